/** Errors of the compiler, with the line of the source text that they are about. */
import { CompileError } from './compiler.js';
import { type Location, OpError } from './hlo/index.js';
import { placeOf, SourceError } from './hlo/source-error.js';

/** A `SourceError` for an error that knows where it belongs in the text; any other error as it is. */
export function located(error: unknown, source: Uint8Array | string, file: string | undefined): unknown {
  if (!(error instanceof CompileError || error instanceof OpError) || !error.location) return error;
  const bytes =
    typeof source === 'string' ? Buffer.from(source) : Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  const place = placeOf(bytes, offsetOf(bytes, error.location), file);
  return new SourceError(error.message, place, undefined, { cause: error });
}

function offsetOf(bytes: Buffer, { line, column }: Location): number {
  let start = 0;
  for (let n = 1; n < line; n++) {
    const newline = bytes.indexOf(10, start);
    if (newline < 0) break;
    start = newline + 1;
  }
  return start + column - 1;
}
