/**
 * Loop IR: what a fused kernel is before LLVM sees it.
 *
 * Typed, structured, closed, plain data (JSON-able but for bigint constants). A kernel's body runs once per task; tasks
 * are independent and may run on any thread in any order. A kernel of blocks, for graphics processors, has `threads`: a
 * task is a block, and the body runs once for each of its threads, which share memory, meet at barriers, and hand values
 * around in warps of 32. Everything about floating point is decided here: an `fma` is
 * an fma, an `add` an add, partial accumulators and reduction trees are explicit; lowering changes nothing, so that the
 * interpreter (interpreter.ts) and native code agree bit for bit.
 *
 * Index arithmetic is `s64` with one lane. Vectors are values with several lanes; every scalar operation works lane by
 * lane on equal lane counts (a one-lane operand is spread by an explicit `splat`).
 */
import type { ElementType } from '../../hlo/types.js';
import type { ForeignLibrary } from '../../rules/library.js';

/** Element types that values may have; narrower floats exist in buffers only (`load` widens, `store` narrows them). */
export type LaneType = 'pred' | 's8' | 's16' | 's32' | 's64' | 'u8' | 'u16' | 'u32' | 'u64' | 'f32' | 'f64';

export interface LoopType {
  readonly element: LaneType;
  readonly lanes: number;
}

export const INDEX: LoopType = { element: 's64', lanes: 1 };

/** An SSA value of the kernel. */
export type ValueId = number;

export type UnaryOp =
  | 'neg' // floats: flips the sign bit; integers: wraps
  | 'abs'
  | 'sqrt'
  | 'floor'
  | 'ceil'
  | 'trunc'
  | 'roundEven'
  | 'not' // pred: logical; integers: bitwise
  | 'popcnt'
  | 'clz';

/**
 * `min` and `max` on floats are IEEE 754-2019 minimum and maximum: NaN wins, −0 < +0. Integer `div` and `rem` truncate
 * and must not see a zero divisor or INT_MIN / −1; float `rem` is fmod. Shift amounts must be below the width.
 */
export type BinaryOp =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'rem'
  | 'min'
  | 'max'
  | 'and'
  | 'or'
  | 'xor'
  | 'shl'
  | 'shrl'
  | 'shra'
  | 'copysign';

/** Ordered comparisons but for `ne`, which is true with a NaN. Signedness comes from the element type. */
export type CompareOp = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge';

/** A value defined by an operation without side effects (a load reads memory that is not written meanwhile). */
export type Operation =
  | { readonly op: 'const'; readonly value: number | bigint } // all lanes alike; NaN and −0 kept (NaN is the quiet NaN)
  | { readonly op: UnaryOp; readonly a: ValueId }
  | { readonly op: BinaryOp; readonly a: ValueId; readonly b: ValueId }
  | { readonly op: 'fma'; readonly a: ValueId; readonly b: ValueId; readonly c: ValueId } // a·b + c, rounded once
  | { readonly op: 'select'; readonly cond: ValueId; readonly a: ValueId; readonly b: ValueId } // cond: pred, same lanes
  | { readonly op: 'cmp'; readonly how: CompareOp; readonly a: ValueId; readonly b: ValueId }
  /** Numeric conversion: float → integer truncates, saturates, NaN → 0; integer → integer wraps; → pred is ≠ 0. */
  | { readonly op: 'convert'; readonly a: ValueId }
  /** Same bits, same width. */
  | { readonly op: 'bitcast'; readonly a: ValueId }
  /** The nearest value (ties to even) of a narrower float type `to`, kept in the float type of `a`. */
  | { readonly op: 'roundTo'; readonly a: ValueId; readonly to: ElementType }
  | { readonly op: 'splat'; readonly a: ValueId } // one lane → all lanes
  | { readonly op: 'lanes' } // 0, 1, 2 … in the type's lanes
  | { readonly op: 'part'; readonly a: ValueId; readonly from: number } // lanes from … from + type.lanes
  | { readonly op: 'any'; readonly a: ValueId } // pred, one lane: whether some lane of a is set
  | { readonly op: 'shuffle'; readonly a: ValueId; readonly b: ValueId; readonly pattern: readonly number[] } // lanes of a ++ b
  /**
   * Elements index … index + lanes of a buffer, widened to the value's type (f16, bf16, f8 … → f32; the rest as they
   * are). With `mask` (pred, same lanes) unset lanes are not read and give 0.
   */
  | {
      readonly op: 'load';
      readonly buffer: number;
      readonly index: ValueId;
      readonly mask?: ValueId;
      readonly nontemporal?: boolean;
    }
  /** Lane l is element index[l]: `index` is a vector of s64 (or s32, non-negative). */
  | { readonly op: 'gather'; readonly buffer: number; readonly index: ValueId; readonly mask?: ValueId }
  /**
   * What thread `lane` (an INDEX, 0 … 31) of the running thread's warp has as `a`, of one lane. All threads of the warp
   * must come here together, and the thread asked must exist. Orders no memory.
   */
  | { readonly op: 'fromThread'; readonly a: ValueId; readonly lane: ValueId }
  /**
   * 32-bit words (u32, one each lane) of a shared buffer's memory, from the element at `index` on, which is a multiple of
   * the elements of a word. The first element is in the lowest bits.
   */
  | { readonly op: 'loadWords'; readonly buffer: number; readonly index: ValueId }
  /**
   * All threads of a warp together: c + a·b for tiles of 16 × 8 results over 32 bytes of depth (PTX: mma.sync m16n8k16,
   * of bytes m16n8k32). Thread l has of the 16 × k tile a, in words of u32x4, rows l/4 and l/4 + 8, depths from l mod 4
   * words and 4 words on; of the k × 8 tile b, in u32x2, column l/4 at the same depths; of c and the result (x4), of rows
   * l/4 and l/4 + 8, columns 2 (l mod 4) and the next. Sums of floats are f32, in an order of the machine's own.
   */
  | {
      readonly op: 'mma';
      readonly element: MmaElement;
      readonly a: ValueId;
      readonly b: ValueId;
      readonly c: ValueId;
    };

/** Types of factors that matrix instructions take. */
export type MmaElement = 'bf16' | 'f16' | 's8';

export interface Let {
  readonly kind: 'let';
  readonly id: ValueId;
  readonly type: LoopType;
  readonly operation: Operation;
  /** Set on the root of an HLO op's own arithmetic: a `mul` that only a contractible `add` or `sub` reads may join it as fma. */
  contract?: boolean;
}

/** A value carried from one iteration to the next. */
export interface Carried {
  readonly init: ValueId;
  /** Its value inside the body. */
  readonly param: ValueId;
  /** Its value at the end of the body. */
  next: ValueId;
  /** Its value after the loop. */
  readonly result: ValueId;
  readonly type: LoopType;
}

export interface For {
  readonly kind: 'for';
  readonly iv: ValueId;
  /** What the loop runs over, for readers: `row`, `k`, `n.tile`. */
  readonly label: string;
  readonly lo: ValueId;
  readonly hi: ValueId;
  /** A positive number of index units. Runs while iv < hi; may run zero times. */
  readonly step: number;
  /** Lowering repeats the body that many times a back edge (a hint that changes no result); 1: as it is. */
  readonly unroll?: number;
  readonly carried: Carried[];
  readonly body: Stmt[];
}

export interface If {
  readonly kind: 'if';
  readonly cond: ValueId; // pred, one lane
  readonly then: Stmt[];
  readonly else: Stmt[];
}

/** Elements index … index + lanes of a buffer become the value's lanes, narrowed to the buffer's type. */
export interface Store {
  readonly kind: 'store';
  readonly buffer: number;
  readonly index: ValueId;
  readonly value: ValueId;
  readonly mask?: ValueId;
  /** Past the caches: worth it when the data exceeds the last level. The kernel's end orders such stores. */
  readonly nontemporal?: boolean;
}

/** Lane l of the value goes to element index[l]; lanes in ascending order where indices meet. */
export interface Scatter {
  readonly kind: 'scatter';
  readonly buffer: number;
  readonly index: ValueId;
  readonly value: ValueId;
  readonly mask?: ValueId;
}

export type AtomicOp = 'add' | 'min' | 'max' | 'and' | 'or' | 'xor';

/** Element `index` becomes `how` of itself and the value, at once whoever else does the same; one lane. */
export interface Atomic {
  readonly kind: 'atomic';
  readonly how: AtomicOp;
  readonly buffer: number;
  readonly index: ValueId;
  readonly value: ValueId;
  readonly mask?: ValueId;
}

/** All threads of the block wait here for each other; what they wrote before, all of them see afterwards. */
export interface Barrier {
  readonly kind: 'barrier';
}

export type CallArgument =
  /** The address of an element of a buffer; the function may write what the kernel may. */
  | { readonly kind: 'buffer'; buffer: number; readonly index: ValueId }
  | { readonly kind: 's32' | 's64' | 'f32' | 'f64'; readonly value: number };

/** Calls a function of a foreign library that is loaded in the process: C's calling convention, no result. */
export interface Call {
  readonly kind: 'call';
  readonly library: ForeignLibrary;
  readonly symbol: string;
  readonly args: readonly CallArgument[];
}

export type Stmt = Let | For | If | Store | Scatter | Atomic | Barrier | Call;

export type MemorySpace = 'global' | 'local' | 'shared';

/** Threads that run in step and can hand each other values. */
export const WARP = 32;

export interface Buffer {
  /** Its number in `Operation.buffer`: parameters first, locals behind them. */
  readonly id: number;
  readonly name: string;
  readonly element: ElementType;
  /** Size in elements. Complex types count as two elements of their part type. */
  readonly count: number;
  /**
   * `global`: handed in by the caller. `local`: of the running thread alone. `shared`: of the running block. The content
   * of the last two is undefined at the start.
   */
  readonly space: MemorySpace;
  /** `read` buffers never overlap a written one, but as `inPlaceOf` says. */
  readonly access: 'read' | 'write' | 'readwrite';
}

export interface Kernel {
  readonly name: string;
  readonly buffers: readonly Buffer[];
  /** Number of tasks; the body runs once for each, in any order. */
  readonly tasks: number;
  /** The running task's number, an INDEX value. */
  readonly task: ValueId;
  /** Of a kernel of blocks: how many threads a block has, and the running one's number, an INDEX value. */
  readonly block?: { readonly threads: number; readonly thread: ValueId };
  readonly body: readonly Stmt[];
  /** Every value id is below this. */
  readonly valueCount: number;
}

export const sameLoopType = (a: LoopType, b: LoopType): boolean => a.element === b.element && a.lanes === b.lanes;
export const showLoopType = (t: LoopType): string => (t.lanes === 1 ? t.element : `${t.element}x${t.lanes}`);

/** The value type in which a buffer's elements are computed with. */
export function laneTypeOf(element: ElementType): LaneType {
  switch (element) {
    case 's2':
    case 's4':
      return 's8';
    case 'u2':
    case 'u4':
      return 'u8';
    case 'f32':
    case 'f64':
    case 'pred':
    case 's8':
    case 's16':
    case 's32':
    case 's64':
    case 'u8':
    case 'u16':
    case 'u32':
    case 'u64':
      return element;
    case 'c64':
      return 'f32';
    case 'c128':
      return 'f64';
    default:
      return 'f32'; // every float narrower than f32
  }
}
