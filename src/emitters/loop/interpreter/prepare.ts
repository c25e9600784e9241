/** Kernels as functions: their JavaScript, with memory, helpers and checks bound to it. */
import { codec } from '../../../hlo/numeric/access.js';
import type { TypedArray } from '../../../hlo/tensor.js';
import { partType } from '../../../hlo/types.js';
import type { Kernel, Stmt } from '../ir.js';
import { statementLines } from '../print.js';
import { verifyKernel } from '../verify.js';
import { forEachStatement } from '../walk.js';
import { HELPERS, rounderTo } from './arithmetic.js';
import type { Touch } from './races.js';
import { kernelSource } from './source.js';

/** The memory of a kernel, or of one of its threads, by buffer id. */
export interface KernelMemory {
  readonly data: readonly TypedArray[];
  /** Of buffers of the kernel's own: which elements have been written. */
  readonly written: readonly (Uint8Array | undefined)[];
}

/** What the code asks of whoever runs it. */
export interface Hooks {
  /** Whose turn it is, for messages: `task 3`. */
  readonly who: () => string;
  /** An access of a watched kernel. */
  readonly touched?: (how: Touch, buffer: number, index: number, same: boolean) => string | undefined;
  /** Of kernels of blocks: a thread offers a value to its warp and asks for a lane's, and takes that after it waited. */
  readonly offer?: (thread: number, value: unknown, lane: number) => void;
  readonly taken?: (thread: number) => unknown;
}

export interface Prepared {
  readonly kernel: Kernel;
  readonly statements: readonly Stmt[];
  /** A statement's text, for messages. */
  readonly lineOf: (s: Stmt) => string;
  /** The kernel's function, as `kernelSource` describes it, on the given memory. */
  readonly bind: (memory: KernelMemory, hooks: Hooks) => (task: number, thread: number) => unknown;
}

/** Throws an Error that lists the problems where the kernel is not well formed. */
export function prepare(kernel: Kernel, watched: boolean): Prepared {
  const problems = verifyKernel(kernel);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const { text, statements } = kernelSource(kernel, watched);
  const fixed = { ...HELPERS, ...codecs(kernel), ...rounders(kernel) };
  const lineOf = (s: Stmt) => statementLines(kernel).get(s) ?? s.kind;
  const buffers = kernel.buffers.flatMap((_, i) => [`data${i}`, `written${i}`]);
  const names = [...Object.keys(fixed), ...HOOKS, ...buffers];
  const make = new Function(...names, text);
  return {
    kernel,
    statements,
    lineOf,
    bind: ({ data, written }, hooks) => {
      const checks: Record<string, unknown> = checksOf(kernel, (s) => lineOf(statements[s]!), hooks);
      const bound = [...Object.values(fixed), ...HOOKS.map((name) => checks[name])];
      return make(...bound, ...kernel.buffers.flatMap((_, i) => [data[i], written[i]]));
    },
  };
}

/** Decoding tables and encoders of the buffers that have them. */
function codecs(kernel: Kernel): Record<string, unknown> {
  const scope: Record<string, unknown> = {};
  kernel.buffers.forEach((b, i) => {
    const { table, encode } = codec(partType(b.element));
    if (table) scope[`table${i}`] = table;
    if (encode) scope[`encode${i}`] = encode;
  });
  return scope;
}

function rounders(kernel: Kernel): Record<string, unknown> {
  const scope: Record<string, unknown> = {};
  forEachStatement(kernel.body, (s) => {
    if (s.kind === 'let' && s.operation.op === 'roundTo')
      scope[`roundTo_${s.operation.to}`] = rounderTo(s.operation.to);
  });
  return scope;
}

const HOOKS = [
  'inside',
  'initialised',
  'divisor',
  'shiftAmount',
  'reads',
  'writes',
  'updates',
  'offer',
  'taken',
] as const;

/** The checks that generated code calls; each returns what it checked. */
function checksOf(kernel: Kernel, lineOf: (statement: number) => string, hooks: Hooks) {
  const fail = (statement: number, what: string): never => {
    throw new Error(`kernel ${kernel.name}, ${hooks.who()}: ${what}, in: ${lineOf(statement)}`);
  };
  const nameOf = (buffer: number): string => kernel.buffers[buffer]!.name;
  const touch =
    (how: Touch) =>
    (buffer: number, index: number, statement: number, same = false): number => {
      const race = hooks.touched?.(how, buffer, index, same);
      return race === undefined ? index : fail(statement, `element ${index} of ${nameOf(buffer)} ${race}`);
    };
  return {
    inside(index: number, lanes: number, count: number, buffer: number, statement: number): number {
      if (index >= 0 && index + lanes <= count) return index;
      const elements = lanes === 1 ? `element ${index} is` : `elements ${index} … ${index + lanes - 1} are`;
      return fail(statement, `${elements} outside buffer ${nameOf(buffer)}, which has ${count}`);
    },
    initialised(written: Uint8Array, index: number, buffer: number, statement: number): number {
      if (written[index]) return index;
      const { space, name } = kernel.buffers[buffer]!;
      return fail(statement, `element ${index} of ${space} buffer ${name} is read before it is written`);
    },
    divisor<N extends number | bigint>(a: N, b: N, least: N | undefined, statement: number): N {
      if (!b) return fail(statement, `${a} is divided by zero`);
      if (a === least && Number(b) === -1) return fail(statement, `${a} is divided by -1, which overflows`);
      return b;
    },
    shiftAmount<N extends number | bigint>(amount: N, width: number, statement: number): N {
      if (amount >= 0 && amount < width) return amount;
      return fail(statement, `a shift by ${amount} is outside 0 … ${width - 1}`);
    },
    reads: touch('reads'),
    writes: touch('writes'),
    updates: touch('updates'),
    offer: hooks.offer,
    taken: hooks.taken,
  };
}
