/** What one run needs of its own: the context, the addresses of its buffers, its workspace. */
import koffi from 'koffi';
import type { Communicator } from './communicator.js';
import { encodeContext } from './driver-abi.js';
import { recordSlot } from './encode-plan.js';
import { NativeMemory } from './memory.js';
import type { Plan } from './plan.js';
import { CONTEXT, VIOLATION, VIOLATION_BYTES } from './plan-abi.js';
import { parallelAddress } from './threads.js';

/** What all runs of a program share. */
export interface SharedTables {
  readonly plan: Plan;
  readonly steps: bigint;
  readonly args: bigint;
  readonly ranges: bigint;
  readonly end: number;
  /** Where each constant lies. */
  readonly constants: readonly bigint[];
  readonly checked: boolean;
}

export interface Violation {
  /** Parameter of the kernel that was about to be left. */
  readonly parameter: number;
  readonly index: bigint;
  readonly task: bigint;
}

export class Frame {
  /** Where the context lies: the argument of `thimble_run`. */
  readonly address: bigint;
  private readonly context: DataView;
  private readonly cancelFlag: Int32Array;
  private readonly record = new DataView(new ArrayBuffer(VIOLATION_BYTES));
  private readonly slots: BigUint64Array;
  private readonly places: readonly { readonly slot: number; readonly offset: bigint }[];
  /** The number of the process that runs. */
  private readonly process = new Uint32Array(1);
  private threads = 1;
  private base = 0n;
  private own: NativeMemory | undefined;

  constructor(private readonly shared: SharedTables) {
    const { plan, constants, checked } = shared;
    this.slots = new BigUint64Array(plan.buffers.length + 1);
    const places: { slot: number; offset: bigint }[] = [];
    for (const { id, home } of plan.buffers) {
      if (home.kind === 'constant') this.slots[id] = constants[home.index]!;
      if (home.kind === 'process') this.slots[id] = koffi.address(this.process);
      if (home.kind === 'workspace') places.push({ slot: id, offset: BigInt(home.offset) });
    }
    this.places = places;
    const record = koffi.address(this.record);
    this.slots[recordSlot(plan)] = record;
    this.context = encodeContext({
      steps: shared.steps,
      args: shared.args,
      ranges: shared.ranges,
      slots: koffi.address(this.slots),
      violation: checked ? record : 0n,
      parallel: 0n,
      begin: 0,
      end: shared.end,
      threads: 1,
    });
    this.cancelFlag = new Int32Array(this.context.buffer, CONTEXT.cancel, 1);
    this.address = koffi.address(this.context);
  }

  setSlot(slot: number, address: bigint): void {
    this.slots[slot] = address;
  }

  setThreads(threads: number): void {
    if (threads === this.threads) return;
    this.threads = threads;
    this.context.setInt32(CONTEXT.threads, threads, true);
    this.context.setBigUint64(CONTEXT.parallel, threads > 1 ? parallelAddress() : 0n, true);
  }

  /** As which process the next run goes, and how it reaches the others. */
  setCommunicator({ process, exchange, self }: Communicator): void {
    this.process[0] = process;
    this.context.setBigUint64(CONTEXT.exchange, exchange, true);
    this.context.setBigUint64(CONTEXT.communicator, self, true);
  }

  /** `base`: where the caller wants temporaries to lie; without it, in memory of the frame's own. */
  setWorkspace(base: bigint | undefined): void {
    const { workspaceBytes } = this.shared.plan;
    if (workspaceBytes === 0) return;
    if (base === undefined) {
      this.own ??= NativeMemory.allocate(workspaceBytes);
      base = this.own.address;
    }
    if (base === this.base) return;
    this.base = base;
    for (const { slot, offset } of this.places) this.slots[slot] = base + offset;
  }

  /** Fills the workspace of the frame's own, so that a test sees whether anyone reads it before writing it. */
  poison(byte: number): void {
    this.own?.fill(byte);
  }

  /** Ends the run between two steps; from any thread, at any time. */
  cancel(): void {
    Atomics.store(this.cancelFlag, 0, 1);
  }

  clearCancel(): void {
    Atomics.store(this.cancelFlag, 0, 0);
  }

  /** The row of the step table at which the run ended early. */
  get failedStep(): number {
    return this.context.getInt32(CONTEXT.failedStep, true);
  }

  /** What a checked kernel found; forgotten once taken. */
  takeViolation(): Violation {
    const { record } = this;
    const violation = {
      parameter: Number(record.getBigInt64(VIOLATION.buffer, true)),
      index: record.getBigInt64(VIOLATION.index, true),
      task: record.getBigInt64(VIOLATION.task, true),
    };
    record.setBigInt64(VIOLATION.flag, 0n, true);
    return violation;
  }

  free(): void {
    this.own?.free();
    this.own = undefined;
    this.base = 0n;
  }
}
