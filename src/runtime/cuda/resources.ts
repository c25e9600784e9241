/** What a program holds on to on its device. */
import { byteSize } from '../../hlo/types.js';
import { alignUp } from '../memory.js';
import type { Plan } from '../plan.js';
import type { CudaModule } from './code.js';
import type { CudaDevice } from './device.js';
import { DEFAULT_STREAM } from './driver.js';
import type { CudaFrame } from './frame.js';

/** Freed when the program is disposed of, or forgotten. */
export class CudaResources {
  readonly frames: CudaFrame[] = [];
  module: CudaModule | undefined;
  /** The address of the block with all constants; 0 where there are none. */
  constants = 0n;

  constructor(readonly device: CudaDevice) {}

  free(): void {
    for (const frame of this.frames.splice(0)) frame.free();
    if (this.constants !== 0n) this.device.free(this.constants, DEFAULT_STREAM);
    this.constants = 0n;
    this.module?.unload();
    this.module = undefined;
  }
}

/** Where each constant of a plan begins: as memory of the driver's own does. */
const ALIGNMENT = 256;

/** All constants in one block of memory, there once this returns; the address of each. */
export function placeConstants(plan: Plan, resources: CudaResources): readonly bigint[] {
  let total = 0;
  const offsets = plan.constants.map(({ type }) => {
    const offset = total;
    total += alignUp(byteSize(type), ALIGNMENT);
    return offset;
  });
  if (total === 0) return offsets.map(() => 0n);
  const { device } = resources;
  device.within(() => {
    const start = (resources.constants = device.allocate(total, DEFAULT_STREAM));
    const what = 'the constants cannot be copied to the device';
    plan.constants.forEach(({ bytes }, k) => {
      const content = bytes();
      if (content.length === 0) return;
      const to = start + BigInt(offsets[k]!);
      device.check(device.driver.cuMemcpyHtoDAsync(to, content, content.length, DEFAULT_STREAM), what);
    });
    device.wait(DEFAULT_STREAM, what);
  });
  return offsets.map((o) => resources.constants + BigInt(o));
}
