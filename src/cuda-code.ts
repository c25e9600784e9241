/** A compilation for a graphics processor, as the runtime takes it. */
import type { Compilation } from './compiler.js';
import { launchOf } from './emitters/loop/launch.js';
import type { GpuTarget } from './rules/target.js';
import type { CudaCode } from './runtime/index.js';

/** Of a compilation that went through all passes. */
export const cudaCode = ({ objects, kernels }: Compilation, { processor, capability }: GpuTarget): CudaCode => ({
  processor,
  capability,
  ptx: Buffer.concat(objects!.map((o) => o.bytes)).toString('utf8'),
  launches: kernels!.map(launchOf),
});
