/**
 * How the processes of a program reach each other: the seam at which threads of one process (thread-group.ts) may be
 * replaced by processes on several machines.
 *
 * A plan's exchanges say which blocks go from where to where; a communicator does it. What is combined of the blocks, and
 * how they are put together, are kernels like all others. So a communicator over MPI or NCCL needs no arithmetic: an
 * exchange whose processes all list the same sources is MPI_Allgather, with `parts` MPI_Alltoall, others are sends and
 * receives by `transfersOf`.
 */
import { exchangeMembers } from '../hlo/process-groups.js';
import type { ExchangeStep } from './plan.js';

export interface Communicator {
  /** Number of the process that runs here, and how many there are. */
  readonly process: number;
  readonly processes: number;
  /**
   * Address of `int32_t exchange(void *self, int64_t number, const void *from, void *to)`, which a run calls at each exchange:
   * puts what the plan's exchange `number` says into `to`. Returns a status (plan-abi.ts); must come back in bounded time,
   * as `deserted` where others do not come.
   */
  readonly exchange: bigint;
  readonly self: bigint;
}

/** A block that comes from a process; −1: from nobody, it is zeros. Bytes from the beginning of what is given and taken. */
export interface Transfer {
  readonly source: number;
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

/** What a process takes in an exchange. */
export function transfersOf({ sources, parts, blockBytes }: ExchangeStep, process: number): Transfer[] {
  return sources[process]!.map((source, k) => ({
    source,
    from: parts && source >= 0 ? sources[source]!.indexOf(process) * blockBytes : 0,
    to: k * blockBytes,
    bytes: blockBytes,
  }));
}

/** Whom a process meets in an exchange, itself among them: nobody goes on before all of them have what they need. */
export const membersOf = ({ sources }: ExchangeStep, process: number): number[] => exchangeMembers(sources, process);
