/** Errors as people see them: what is wrong, where, and what to do. Never a stack trace of ours. */
import { CompileError } from '../compiler.js';
import { OpError } from '../hlo/index.js';
import { SourceError } from '../hlo/source-error.js';
import { RuleError } from '../rules/index.js';
import { ArgumentError, BundleError, CudaError, ViolationError } from '../runtime/index.js';

/** What is wrong with how a command is used. */
export class UsageError extends Error {
  override name = 'UsageError';

  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

const EXPECTED = [CompileError, OpError, RuleError, ArgumentError, ViolationError, BundleError, CudaError, RangeError];

/** The error as lines for the error output. `debug`: with the stack, for who works on thimble itself. */
export function render(error: unknown, debug = process.env.THIMBLE_DEBUG === '1'): string {
  const stack = debug && error instanceof Error ? `\n${error.stack}` : '';
  if (error instanceof SourceError) return `${error.render()}${stack}\n`;
  if (error instanceof UsageError)
    return `error: ${error.message}\n${error.hint ? `hint: ${error.hint}\n` : ''}${stack}`;
  const message = error instanceof Error ? error.message : String(error);
  const known = EXPECTED.some((E) => error instanceof E) || message.startsWith('internal error') || isSystem(error);
  // Whatever else gets here is ours to mend; its message alone may say little.
  const note = known || debug ? '' : '\nhint: set THIMBLE_DEBUG=1 to see where this comes from';
  return `error: ${message}${note}${stack}\n`;
}

const isSystem = (e: unknown): boolean => typeof (e as NodeJS.ErrnoException)?.code === 'string';

/** The error in one line, for lists. */
export function brief(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}
