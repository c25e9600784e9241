/** The processes of a program as threads of this one, and the memory through which they meet (plan-group-abi.ts). */
import { type Communicator, membersOf, transfersOf } from './communicator.js';
import type { Entry } from './entry.js';
import { alignUp, NativeMemory } from './memory.js';
import { joinThread, joinThreadLater, readInt32, startThread } from './native-threads.js';
import type { ExchangeStep } from './plan.js';
import {
  EXCHANGE,
  EXCHANGE_BYTES,
  HUB,
  HUB_BYTES,
  MEETING_BYTES,
  PROCESS,
  PROCESS_BYTES,
  TRANSFER,
  TRANSFER_BYTES,
} from './plan-group-abi.js';

/** Places in one block of memory, before there is one. */
class Layout {
  bytes = 0;

  place(bytes: number): number {
    const at = this.bytes;
    this.bytes = alignUp(at + bytes, 64);
    return at;
  }
}

/** For one run: whoever has been sent away from a meeting cannot come to another. */
export class ThreadGroup {
  readonly communicators: readonly Communicator[];
  private readonly memory: NativeMemory;
  private readonly layout = new Layout();
  private readonly hub = this.layout.place(HUB_BYTES);
  private readonly places: readonly number[];
  private threads: readonly bigint[] = [];

  /** `contexts`: of the run of each process. */
  constructor(
    private readonly entry: Entry,
    private readonly exchanges: readonly ExchangeStep[],
    private readonly processes: number,
  ) {
    const { layout } = this;
    this.places = Array.from({ length: processes }, () => layout.place(PROCESS_BYTES));
    const fill = this.describe();
    this.memory = NativeMemory.allocate(layout.bytes);
    this.memory.fill(0);
    fill();
    this.communicators = this.places.map((place, process) => ({
      process,
      processes,
      exchange: entry.exchange,
      self: this.memory.address + BigInt(place),
    }));
  }

  /** Lays everything out, and returns what writes it. */
  private describe(): () => void {
    const { layout, processes, exchanges, places, hub } = this;
    const brought = layout.place(8 * processes);
    const meetings = new Map<string, number>();
    const meeting = (number: number, members: readonly number[]): number => {
      const key = `${number}: ${members}`;
      let at = meetings.get(key);
      if (at === undefined) meetings.set(key, (at = layout.place(MEETING_BYTES)));
      return at;
    };
    const rows = places.map((_, p) =>
      exchanges.map((step, number) => {
        const members = membersOf(step, p);
        const transfers = transfersOf(step, p);
        const at = layout.place(TRANSFER_BYTES * transfers.length);
        return { members: members.length, meeting: meeting(number, members), transfers, at };
      }),
    );
    const tables = places.map(() => layout.place(EXCHANGE_BYTES * exchanges.length));
    return () => {
      this.write(hub, HUB_BYTES, (v) => {
        v.setInt32(HUB.alive, processes, true);
        v.setBigUint64(HUB.brought, this.address(brought), true);
      });
      places.forEach((place, p) => {
        this.write(place, PROCESS_BYTES, (v) => {
          v.setBigUint64(PROCESS.hub, this.address(hub), true);
          v.setBigInt64(PROCESS.number, BigInt(p), true);
          v.setBigUint64(PROCESS.exchanges, this.address(tables[p]!), true);
        });
        rows[p]!.forEach((row, number) => {
          this.write(tables[p]! + number * EXCHANGE_BYTES, EXCHANGE_BYTES, (v) => {
            v.setBigInt64(EXCHANGE.members, BigInt(row.members), true);
            v.setBigUint64(EXCHANGE.meeting, this.address(row.meeting), true);
            v.setBigUint64(EXCHANGE.transfers, this.address(row.at), true);
            v.setBigInt64(EXCHANGE.count, BigInt(row.transfers.length), true);
          });
          row.transfers.forEach((t, k) => {
            this.write(row.at + k * TRANSFER_BYTES, TRANSFER_BYTES, (v) => {
              for (const name of ['source', 'from', 'to', 'bytes'] as const) {
                v.setBigInt64(TRANSFER[name], BigInt(t[name]), true);
              }
            });
          });
        });
      });
    };
  }

  private address = (place: number): bigint => this.memory.address + BigInt(place);

  private write(place: number, bytes: number, fill: (v: DataView) => void): void {
    const view = new DataView(new ArrayBuffer(bytes));
    fill(view);
    this.memory.write(place, new Uint8Array(view.buffer));
  }

  /**
   * Starts every process, `contexts` being those of their runs.
   * @throws Error where the system gives not so many threads; those that had begun are over then
   */
  start(contexts: readonly bigint[]): void {
    this.places.forEach((place, p) => {
      const context = new DataView(new ArrayBuffer(8));
      context.setBigUint64(0, contexts[p]!, true);
      this.memory.write(place + PROCESS.context, new Uint8Array(context.buffer));
    });
    const threads: bigint[] = [];
    this.threads = threads;
    for (const place of this.places) {
      const thread = startThread(this.entry.process, this.address(place));
      if (thread === undefined) {
        this.stop();
        this.joinSync();
        throw new Error(`the system has no more threads: ${threads.length} of ${this.processes} could be started`);
      }
      threads.push(thread);
    }
  }

  /** Ends exchanges that wait, from any thread, at any time. */
  stop(): void {
    this.entry.stop(this.address(this.hub));
  }

  /** Waits for all of them: their statuses. */
  joinSync(): number[] {
    for (const t of this.threads) joinThread(t);
    return this.statuses();
  }

  /** The same beside the event loop. */
  async join(): Promise<number[]> {
    for (const t of this.threads) await joinThreadLater(t);
    return this.statuses();
  }

  private statuses = (): number[] => this.places.map((place) => readInt32(this.address(place + PROCESS.status)));

  free(): void {
    this.memory.free();
  }
}
