/**
 * Runs kernels in JavaScript: the meaning of loop IR, bit for bit (but for the sign and payload of NaN, which
 * JavaScript does not keep), and the judge of native code.
 *
 * It refuses what a kernel must not do: indices out of bounds, reads of local elements that the task has not written,
 * integer division by zero or of the least integer by −1, shifts by the width or more.
 */
import { codec } from '../../hlo/numeric/access.js';
import { storageOf, type TypedArray } from '../../hlo/tensor.js';
import { partType } from '../../hlo/types.js';
import { HELPERS, rounderTo } from './interpreter/arithmetic.js';
import { kernelSource } from './interpreter/source.js';
import type { Kernel, Stmt } from './ir.js';
import { statementLines } from './print.js';
import { verifyKernel } from './verify.js';
import { forEachStatement } from './walk.js';

export interface RunOptions {
  /** Tasks lo … hi − 1 only. */
  readonly tasks?: readonly [number, number];
}

/**
 * Runs all tasks, or some, in ascending order. `buffers` holds the global buffers' storage by id: arrays as `storageOf`
 * of the element type says, of at least `count` numbers. Written buffers are changed in place.
 *
 * Throws an Error that names kernel, task, statement and buffer where the kernel does what it must not, and one that
 * lists the problems where the kernel is not well-formed.
 */
export function runKernel(kernel: Kernel, buffers: readonly TypedArray[], options: RunOptions = {}): void {
  const [lo, hi] = options.tasks ?? [0, kernel.tasks];
  if (!(lo >= 0 && lo <= hi && hi <= kernel.tasks)) {
    throw new RangeError(`kernel ${kernel.name} has tasks 0 … ${kernel.tasks - 1}, so it cannot run ${lo} … ${hi - 1}`);
  }
  compiledKernel(kernel)(storage(kernel, buffers), lo, hi);
}

type CompiledKernel = (data: readonly TypedArray[], lo: number, hi: number) => void;

/** Kernels are immutable, so each is compiled once. */
const compiled = new WeakMap<Kernel, CompiledKernel>();

function compiledKernel(kernel: Kernel): CompiledKernel {
  let run = compiled.get(kernel);
  if (!run) compiled.set(kernel, (run = compile(kernel)));
  return run;
}

function compile(kernel: Kernel): CompiledKernel {
  const problems = verifyKernel(kernel);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const { text, statements } = kernelSource(kernel);
  const fixed = { ...HELPERS, ...codecs(kernel), ...rounders(kernel) };
  return (data, lo, hi) => {
    let task = lo;
    const scope: Record<string, unknown> = { ...fixed, ...checks(kernel, statements, () => task) };
    kernel.buffers.forEach((b, i) => {
      scope[`data${i}`] = data[i];
      if (b.space === 'local') scope[`written${i}`] = new Uint8Array(b.count);
    });
    const runTask = new Function(...Object.keys(scope), text)(...Object.values(scope)) as (task: number) => void;
    for (; task < hi; task++) runTask(task);
  };
}

/** The caller's arrays, checked, and fresh ones for local buffers. */
function storage(kernel: Kernel, given: readonly TypedArray[]): TypedArray[] {
  const globals = kernel.buffers.filter((b) => b.space === 'global').length;
  if (given.length !== globals)
    throw new RangeError(`kernel ${kernel.name} takes ${globals} buffers, not ${given.length}`);
  return kernel.buffers.map((b, i) => {
    const Storage = storageOf(b.element);
    if (b.space === 'local') return new Storage(b.count);
    const data = given[i]!;
    if (!(data instanceof Storage) || data.length < b.count) {
      const found = `${data.constructor.name} of ${data.length}`;
      throw new TypeError(
        `kernel ${kernel.name}: buffer ${b.name} needs a ${Storage.name} of ${b.count}, not a ${found}`,
      );
    }
    return data;
  });
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

/** The checks that generated code calls; each returns what it checked. */
function checks(kernel: Kernel, statements: readonly Stmt[], task: () => number) {
  const fail = (statement: number, what: string): never => {
    const s = statements[statement]!;
    throw new Error(`kernel ${kernel.name}, task ${task()}: ${what}, in: ${statementLines(kernel).get(s) ?? s.kind}`);
  };
  return {
    inside(index: number, lanes: number, count: number, buffer: number, statement: number): number {
      if (index >= 0 && index + lanes <= count) return index;
      const elements = lanes === 1 ? `element ${index} is` : `elements ${index} … ${index + lanes - 1} are`;
      return fail(statement, `${elements} outside buffer ${kernel.buffers[buffer]!.name}, which has ${count}`);
    },
    initialised(written: Uint8Array, index: number, buffer: number, statement: number): number {
      if (written[index]) return index;
      return fail(
        statement,
        `element ${index} of local buffer ${kernel.buffers[buffer]!.name} is read before it is written`,
      );
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
  };
}
