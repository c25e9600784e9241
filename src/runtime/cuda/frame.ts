/** What one run needs of its own on the device: a stream, a workspace, places for what the host brings and takes. */
import { byteSize } from '../../hlo/types.js';
import { type KernelLaunch, type Plan, type Step, stepsInside } from '../plan.js';
import type { CudaDevice } from './device.js';
import { EVENT_DISABLE_TIMING, KernelParameters, type Stream } from './driver.js';

/** What all runs of a program share. */
export interface CudaProgram {
  readonly device: CudaDevice;
  readonly plan: Plan;
  /** Where each constant lies. */
  readonly constants: readonly bigint[];
}

type Place = 'input' | 'output';

export class CudaFrame {
  /** The frame's own stream, for runs that are given none. */
  readonly stream: Stream;
  /** Where each buffer of the plan lies. */
  private readonly addresses: BigUint64Array;
  private readonly launches: ReadonlyMap<KernelLaunch, KernelParameters>;
  private readonly owned: bigint[] = [];
  private readonly places: { readonly [P in Place]: (bigint | undefined)[] } = { input: [], output: [] };
  private readonly events: bigint[] = [];
  private readonly done: bigint;
  private timing: { readonly start: bigint; readonly end: bigint } | undefined;
  /** A caller's stream in which a run of this frame may still be under way. */
  private pending: Stream | undefined;
  private moved = true;

  constructor(private readonly program: CudaProgram) {
    const { device, plan, constants } = program;
    const { driver } = device;
    this.addresses = new BigUint64Array(plan.buffers.length);
    this.launches = new Map(launchesOf(plan.steps).map((l) => [l, new KernelParameters(l.args.length)]));
    this.stream = device.take((out) => driver.cuStreamCreate(out, 0), 'the device gives no stream');
    try {
      this.done = this.newEvent(EVENT_DISABLE_TIMING);
      const workspace = this.allocate(plan.workspaceBytes);
      for (const { id, home } of plan.buffers) {
        if (home.kind === 'constant') this.addresses[id] = constants[home.index]!;
        if (home.kind === 'workspace') this.addresses[id] = workspace + BigInt(home.offset);
      }
    } catch (e) {
      this.free();
      throw e;
    }
  }

  address(buffer: number): bigint {
    return this.addresses[buffer]!;
  }

  place(buffer: number, address: bigint): void {
    if (this.addresses[buffer] === address) return;
    this.addresses[buffer] = address;
    this.moved = true;
  }

  /** The frame's own memory for an input or output that does not lie on the device. */
  ownPlace(kind: Place, index: number): bigint {
    const { plan } = this.program;
    const places = this.places[kind];
    places[index] ??= this.allocate(byteSize((kind === 'input' ? plan.inputs : plan.outputs)[index]!));
    return places[index];
  }

  parameters(launch: KernelLaunch): KernelParameters {
    return this.launches.get(launch)!;
  }

  /** Before a run's first work: what an earlier run does in another stream comes first. */
  begin(stream: Stream): void {
    const { device } = this.program;
    if (this.pending !== undefined && this.pending !== stream) {
      device.check(device.driver.cuStreamWaitEvent(stream, this.done, 0), 'a run cannot wait for another');
    }
    this.pending = undefined;
    if (!this.moved) return;
    for (const [{ args }, { values }] of this.launches) {
      for (let k = 0; k < args.length; k++) values[k] = this.addresses[args[k]!]!;
    }
    this.moved = false;
  }

  /** Work of this run is under way in a stream, and nobody waits for it. */
  leave(stream: Stream): void {
    const { device } = this.program;
    device.check(device.driver.cuEventRecord(this.done, stream), 'the end of a run cannot be marked');
    this.pending = stream;
  }

  /** Events at the beginning and the end of what the device does. */
  timers(): { readonly start: bigint; readonly end: bigint } {
    this.timing ??= { start: this.newEvent(0), end: this.newEvent(0) };
    return this.timing;
  }

  free(): void {
    const { device } = this.program;
    device.release((driver) => {
      if (this.pending !== undefined) driver.cuEventSynchronize(this.done);
      for (const address of this.owned.splice(0)) device.free(address, this.stream);
      for (const event of this.events.splice(0)) driver.cuEventDestroy(event);
      driver.cuStreamDestroy(this.stream);
    });
  }

  private newEvent(flags: number): bigint {
    const { device } = this.program;
    const event = device.take((out) => device.driver.cuEventCreate(out, flags), 'the device gives no event');
    this.events.push(event);
    return event;
  }

  private allocate(bytes: number): bigint {
    if (bytes === 0) return 0n;
    const { device } = this.program;
    const address = device.allocate(bytes, this.stream);
    this.owned.push(address);
    // Runs may go in other streams, for which it must be there, too.
    device.wait(this.stream, 'memory of a run is not to be had');
    return address;
  }
}

const launchesOf = (steps: readonly Step[]): KernelLaunch[] =>
  steps.flatMap((s) => (s.kind === 'launch' ? s.launches : stepsInside(s).flatMap(launchesOf)));
