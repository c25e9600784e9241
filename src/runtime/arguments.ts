/** What the caller hands in: checked, and its address found. */
import koffi from 'koffi';
import { partsOf, storageOf, type Tensor, type TypedArray } from '../hlo/tensor.js';
import { byteSize, elementCount, sameDims, showType, type TensorType } from '../hlo/types.js';

/** A tensor, or an array with the elements of one in row-major order. */
export type Argument = Tensor | TypedArray;

/** An argument of a run that does not fit; the message names it. */
export class ArgumentError extends TypeError {
  override name = 'ArgumentError';
}

/** One input or output of a program. */
export class Slot {
  readonly bytes: number;
  private readonly length: number;
  private readonly Storage: ReturnType<typeof storageOf>;

  constructor(
    /** `input 0`. */
    readonly name: string,
    readonly type: TensorType,
  ) {
    this.bytes = byteSize(type);
    this.length = elementCount(type.dims) * partsOf(type.element);
    this.Storage = storageOf(type.element);
  }

  /** Where the argument's elements lie; 0 where it has none. Throws `ArgumentError`. */
  addressOf(argument: Argument): bigint {
    const data = this.arrayOf(argument);
    if (!(data instanceof this.Storage) || data.length !== this.length) this.refuse(data);
    const { buffer } = data as { buffer: ArrayBufferLike & { resizable?: boolean } };
    if (buffer.resizable) throw this.error('lies in a resizable ArrayBuffer, which could move; copy it with slice()');
    if (!(buffer instanceof ArrayBuffer)) {
      throw this.error('lies in a SharedArrayBuffer, which others may write during the run; copy it with slice()');
    }
    return this.bytes === 0 ? 0n : koffi.address(data);
  }

  arrayOf(argument: Argument): TypedArray {
    const type = (argument as Tensor | undefined)?.type;
    if (type === undefined) return argument as TypedArray;
    if (type !== this.type && (type.element !== this.type.element || !sameDims(type.dims, this.type.dims))) {
      throw this.error(`must be ${showType(this.type)}, but is ${showType(type)}`);
    }
    return (argument as Tensor).data;
  }

  private refuse(data: unknown): never {
    const { Storage, length, type } = this;
    const wanted = `must be ${showType(type)}, a ${Storage.name} of ${length} numbers`;
    if (!ArrayBuffer.isView(data)) throw this.error(`${wanted}, or a tensor; ${describe(data)} was given`);
    const array = data as TypedArray;
    if (!(array instanceof Storage)) throw this.error(`${wanted}, but is a ${array.constructor.name}`);
    if (array.length === 0 && isDetached(array.buffer)) {
      throw this.error('has a detached ArrayBuffer: it was transferred to someone else');
    }
    throw this.error(`${wanted}, but has ${array.length}`);
  }

  private error = (sentence: string): ArgumentError => new ArgumentError(`${this.name} ${sentence}`);
}

function describe(x: unknown): string {
  if (x === null || x === undefined) return String(x);
  const name = typeof x === 'object' ? (x.constructor?.name ?? 'bare object') : typeof x;
  return `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name}`;
}

function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

/** Throws `ArgumentError` unless `given` is a list with one entry for each slot. */
/** One list of inputs a process; `processes`: how many there are, where the program says so. */
export function checkProcesses(inputs: readonly unknown[], processes: number | undefined): void {
  if (inputs.length === 0) throw new ArgumentError('a program runs as one process at least: inputs of none are given');
  if (processes === undefined || processes === inputs.length) return;
  throw new ArgumentError(`the program runs as ${processes} processes, but inputs of ${inputs.length} are given`);
}

export function checkCount(what: 'input' | 'output', given: readonly unknown[], wanted: number): void {
  if (!Array.isArray(given))
    throw new ArgumentError(`the ${what}s must be an array of tensors, not ${describe(given)}`);
  if (given.length === wanted) return;
  throw new ArgumentError(`the program has ${wanted} ${what}${wanted === 1 ? '' : 's'}, but ${given.length} are given`);
}
