/**
 * The plan as native code sees it: the tables that `thimble_run(context)` walks. Part of the plan's format; emitters
 * write the code that reads them, the runtime writes the tables.
 *
 * A kernel is `void kernel(void **slots, const int32_t *args, int64_t lo, int64_t hi)`: it runs tasks lo … hi, and its
 * buffer parameter p lies at `slots[args[p]]`. A checked kernel with P parameters has one more, `slots[args[P]]`: a
 * violation record.
 *
 * Step, 64 bytes, little endian:
 *
 * | offset | launch                | copy             | loop             | branch                   | repeat                  |
 * |--------|-----------------------|------------------|------------------|--------------------------|-------------------------|
 * | 0  i32 | kind 0                | kind 1           | kind 2           | kind 3                   | kind 5                  |
 * | 4  i32 | index of its args     | source slot      | predicate's slot | selector's slot          | index of its ranges     |
 * | 8  i64 | address of the kernel | destination slot | condition begin  | 0: pred, 1: s32          | trips, or −1            |
 * | 16 i64 | tasks                 | bytes            | condition end    | index of the first range | slot of the low number  |
 * | 24 i64 |                       |                  | body begin       | number of ranges         | slot of the high number |
 * | 32 i64 |                       |                  | body end         |                          | number of their type    |
 *
 * Begin and end are step numbers; such steps are outside the range that the context runs. A loop runs its condition,
 * reads the predicate (one byte), and while that is not 0 its body and its condition again. A branch runs range 0 when
 * its pred is true, else 1; an s32 picks its range, one outside 0 … n picks the last. A range is two i32s. A repeat has
 * three: of its first, third … run, of its second, fourth …, and of what follows an odd number of runs. Trips of −1 are
 * what the high number, of the type with that number in `COUNTER_TYPES`, has more than the low one.
 *
 * Kind 4 is an exchange: the slot of what is given, at 8 the slot of what is taken, at 16 its number among the plan's
 * exchanges. It is a call of the context's function, which says what becomes of the run.
 */

/** Raised with every change of this file: code in bundles was made for one of these versions. */
export const PLAN_ABI = 3;

export const STEP_BYTES = 64;
export const STEP = { kind: 0, first: 4, a: 8, b: 16, c: 24, d: 32 } as const;
export const STEP_KIND = { launch: 0, copy: 1, loop: 2, branch: 3, exchange: 4, repeat: 5 } as const;
export const SELECTOR = { pred: 0, s32: 1 } as const;

/** The argument of `thimble_run`. Pointers and i64 at the given offsets but for the i32s that say so. */
export const CONTEXT_BYTES = 96;
export const CONTEXT = {
  steps: 0,
  /** i32: the slot of each parameter of each launch. */
  args: 8,
  /** The address of each buffer. */
  slots: 16,
  /** Pairs of i32: the step ranges of branches. */
  ranges: 24,
  /** A violation record, or 0 where kernels are not checked. */
  violation: 32,
  /** Address of `GOMP_parallel` or a function like it, or 0 to run in the calling thread alone. */
  parallel: 40,
  /** i32: the steps to run. */
  begin: 48,
  /** i32 */
  end: 52,
  /** i32 */
  threads: 56,
  /** i32: set to anything but 0 by anyone, ends the run between two steps. */
  cancel: 60,
  /** i32, written: the step at which the run ended early. */
  failedStep: 64,
  /** `int32_t exchange(void *communicator, int64_t number, const void *from, void *to)`: a status. */
  exchange: 72,
  /** Its first argument. */
  communicator: 80,
} as const;

/** What `thimble_run` returns. `deserted`: in an exchange, another process will never come. */
export const STATUS = { ok: 0, cancelled: 1, violation: 2, deserted: 3 } as const;

/** Written by a checked kernel that was about to leave a buffer; i64s. `flag` is 0 until then. */
export const VIOLATION_BYTES = 32;
export const VIOLATION = { flag: 0, buffer: 8, index: 16, task: 24 } as const;

export const ENTRY_SYMBOL = 'thimble_run';
