/** A plan's steps, handed to the device one after the other; loops and branches are decided by the host. */

import { ELEMENT } from '../../hlo/types.js';
import { selectedBranch, tripsBetween } from '../decisions.js';
import type { BranchStep, KernelLaunch, Plan, RepeatStep, Step } from '../plan.js';
import type { CudaCode } from './code.js';
import type { CudaDevice } from './device.js';
import type { Stream } from './driver.js';
import type { CudaFrame } from './frame.js';

export interface StepRun {
  readonly device: CudaDevice;
  readonly plan: Plan;
  readonly code: CudaCode;
  readonly functions: readonly bigint[];
  readonly frame: CudaFrame;
  readonly stream: Stream;
}

/**
 * Hands steps over. Comes back (yields) where the host has to know what the device makes of them so far, and goes on by
 * waiting for that in the calling thread: who wants to wait otherwise has done so before.
 */
export function* enqueue(run: StepRun, steps: readonly Step[]): Generator<undefined, void> {
  for (const step of steps) {
    switch (step.kind) {
      case 'launch':
        for (const l of step.launches) launch(run, l, step.label);
        break;
      case 'copy':
        copy(run, step.from, step.to, step.label);
        break;
      case 'loop':
        yield* enqueue(run, step.condition);
        while ((yield* read(run, step.predicate, 1, step.label))[0] !== 0) {
          yield* enqueue(run, step.body);
          yield* enqueue(run, step.condition);
        }
        break;
      case 'repeat': {
        const trips = yield* tripsOf(run, step);
        for (let k = 0; k < trips; k++)
          yield* enqueue(run, k % 2 === 1 && step.other.length > 0 ? step.other : step.body);
        if (trips % 2 === 1) yield* enqueue(run, step.odd);
        break;
      }
      case 'branch':
        yield* enqueue(run, step.branches[yield* selection(run, step)]!);
        break;
      case 'exchange':
        throw new Error(`internal error: ${step.label} needs several processes`);
    }
  }
}

function launch({ device, plan, code, functions, frame, stream }: StepRun, l: KernelLaunch, label: string): void {
  const { blocks, threads, sharedBytes } = code.launches[l.kernel]!;
  if (blocks === 0) return;
  const { driver } = device;
  device.check(
    driver.cuLaunchKernel(functions[l.kernel]!, blocks, threads, sharedBytes, stream, frame.parameters(l)),
    () =>
      `step '${label}': kernel ${plan.kernels[l.kernel]!.symbol} of ${blocks} blocks of ${threads} threads does not start`,
  );
}

function copy({ device, plan, frame, stream }: StepRun, from: number, to: number, label: string): void {
  const { bytes } = plan.buffers[to]!;
  if (bytes === 0) return;
  device.check(
    device.driver.cuMemcpyDtoDAsync(frame.address(to), frame.address(from), bytes, stream),
    () => `step '${label}' does not start`,
  );
}

function* selection(run: StepRun, step: BranchStep): Generator<undefined, number> {
  return selectedBranch(step, yield* read(run, step.selector, step.selects === 'pred' ? 1 : 4, step.label));
}

function* tripsOf(run: StepRun, { trips, label }: RepeatStep): Generator<undefined, number> {
  if (typeof trips === 'number') return trips;
  const { bytes } = ELEMENT[trips.type];
  const low = yield* read(run, trips.low, bytes, label);
  const high = yield* read(run, trips.high, bytes, label);
  return tripsBetween(trips, low, high);
}

/** What a buffer holds once all steps so far are done. */
function* read(
  { device, frame, stream }: StepRun,
  buffer: number,
  bytes: number,
  label: string,
): Generator<undefined, Uint8Array> {
  const to = new Uint8Array(bytes);
  const what = () => `what decides step '${label}' cannot be read`;
  yield;
  device.check(device.driver.cuMemcpyDtoHAsync(to, frame.address(buffer), bytes, stream), what);
  device.wait(stream, what);
  return to;
}
