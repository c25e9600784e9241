/** What a loaded program holds on to outside of JavaScript's memory. */
import { byteSize } from '../hlo/types.js';
import type { LoadedCode } from './code.js';
import type { Frame } from './frame.js';
import { alignUp, NativeMemory } from './memory.js';
import type { Plan } from './plan.js';

/** Native memory and code, which go when the program is disposed of, or forgotten. */
export class Resources {
  readonly frames: Frame[] = [];

  constructor(
    readonly constants: NativeMemory,
    readonly code: LoadedCode,
  ) {}

  free(): void {
    for (const f of this.frames.splice(0)) f.free();
    this.constants.free();
    this.code.dispose();
  }
}

/** All constants in one block of memory. */
export function placeConstants(plan: Plan): { readonly memory: NativeMemory; readonly addresses: readonly bigint[] } {
  let total = 0;
  const offsets = plan.constants.map(({ type }) => {
    const offset = total;
    total += alignUp(byteSize(type));
    return offset;
  });
  const memory = NativeMemory.allocate(total);
  try {
    plan.constants.forEach(({ bytes }, k) => {
      memory.write(offsets[k]!, bytes());
    });
  } catch (e) {
    memory.free();
    throw e;
  }
  return { memory, addresses: offsets.map((o) => memory.address + BigInt(o)) };
}
