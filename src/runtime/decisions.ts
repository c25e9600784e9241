/** What loops and branches do, by what lies in memory: for who runs a plan's steps from JavaScript. */
import { storageOf } from '../hlo/tensor.js';
import type { Between, BranchStep, CounterType } from './plan.js';

/** The number of the branch that a selector picks. */
export function selectedBranch({ selects, branches }: BranchStep, selector: Uint8Array): number {
  if (selects === 'pred') return selector[0] === 0 ? 1 : 0;
  const k = numberIn('s32', selector);
  return k >= 0n && k < branches.length ? Number(k) : branches.length - 1;
}

/** How often a loop runs that counts from one number to another. */
export function tripsBetween({ type }: Between, low: Uint8Array, high: Uint8Array): number {
  const difference = numberIn(type, high) - numberIn(type, low);
  return difference > 0n ? Number(difference) : 0;
}

function numberIn(type: CounterType, { buffer, byteOffset }: Uint8Array): bigint {
  return BigInt(new (storageOf(type))(buffer as ArrayBuffer, byteOffset, 1)[0]!);
}
