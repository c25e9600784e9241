/**
 * Processes as threads, as native code sees them: what `thimble_process` and `thimble_exchange` read. All of it lies in one
 * block of memory, which the runtime fills (thread-group.ts).
 *
 * Whoever runs a program as processes of another kind (MPI, NCCL) brings a function of its own in the place of
 * `thimble_exchange`, with a first argument of its own: see `Communicator`.
 */

/** What the processes of a group share; the mutex guards all that changes. */
export const HUB_BYTES = 192;
export const HUB = {
  /** pthread_mutex_t and pthread_cond_t; zeros are such as nobody holds. */
  mutex: 0,
  condition: 64,
  /** i32: processes that have not ended. */
  alive: 128,
  /** i32: processes that wait. Where all that are alive do, nobody will ever come. */
  waiting: 132,
  /** i32: 0, or the status with which everybody who waits, or will, is sent away. */
  over: 136,
  /** Of each process, where what it brings lies. */
  brought: 144,
} as const;

/** A process: the argument of `thimble_process`, and the first one of `thimble_exchange`. */
export const PROCESS_BYTES = 64;
export const PROCESS = {
  hub: 0,
  /** i64 */
  number: 8,
  /** Rows of its exchanges. */
  exchanges: 16,
  /** The context of its run. */
  context: 24,
  /** i32, written: the status of its run. */
  status: 32,
} as const;

/** An exchange of a process: with how many it meets, where, and what it copies then. */
export const EXCHANGE_BYTES = 32;
export const EXCHANGE = { members: 0, meeting: 8, transfers: 16, count: 24 } as const;

/** i64s: who gives the block (−1: nobody, it is zeros), where it begins there and here, and its bytes. */
export const TRANSFER_BYTES = 32;
export const TRANSFER = { source: 0, from: 8, to: 16, bytes: 24 } as const;

/** i32s: who has come, and how often all have. One for each exchange and group. */
export const MEETING_BYTES = 8;
export const MEETING = { arrived: 0, rounds: 4 } as const;

export const GROUP_SYMBOLS = {
  /** `void *thimble_process(process *)`: runs the context's steps, leaves the status, tells the others. */
  process: 'thimble_process',
  /** `int32_t thimble_exchange(process *, int64_t number, const void *from, void *to)`: a status. */
  exchange: 'thimble_exchange',
  /** `void thimble_stop(hub *)`: sends everybody who waits away as cancelled. */
  stop: 'thimble_stop',
} as const;
