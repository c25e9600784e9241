/** What launching a kernel on a graphics processor takes. */
import { ELEMENT } from '../../hlo/types.js';
import type { Kernel } from './ir.js';

/** Threads of a block where each runs a task of its own. */
export const TASK_THREADS = 128;

/** Where shared buffers start, in bytes. */
const SHARED_ALIGNMENT = 128;

export interface Launch {
  readonly blocks: number;
  readonly threads: number;
  /** Bytes of shared memory of a block. */
  readonly sharedBytes: number;
}

/** A block for each task; or, where tasks are single threads, as many blocks of `TASK_THREADS` as it takes. */
export function launchOf(kernel: Kernel): Launch {
  const { tasks, block } = kernel;
  const [blocks, threads] = block ? [tasks, block.threads] : [Math.ceil(tasks / TASK_THREADS), TASK_THREADS];
  return { blocks, threads, sharedBytes: sharedLayout(kernel).bytes };
}

/** Where in the block's shared memory each shared buffer starts. */
export function sharedLayout({ buffers }: Kernel): {
  readonly offsets: ReadonlyMap<number, number>;
  readonly bytes: number;
} {
  const offsets = new Map<number, number>();
  let bytes = 0;
  for (const b of buffers) {
    if (b.space !== 'shared') continue;
    offsets.set(b.id, bytes);
    const size = b.count * ELEMENT[b.element].bytes;
    bytes += Math.ceil(size / SHARED_ALIGNMENT) * SHARED_ALIGNMENT;
  }
  return { offsets, bytes };
}
