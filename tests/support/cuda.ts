/** Programs for graphics processors on a driver's double. */
import { defaultRules } from '../../src/default-rules.js';
import type { Kernel } from '../../src/emitters/loop/ir.js';
import { launchOf } from '../../src/emitters/loop/launch.js';
import { parseStablehlo } from '../../src/hlo/stablehlo/index.js';
import { gpuTarget } from '../../src/rules/target.js';
import { type CudaCode, CudaDevice, CudaExecutable } from '../../src/runtime/index.js';
import { CudaDouble, type DoubleOptions } from './cuda-double.js';
import { compileToLoops } from './plan-runner.js';

/** PTX that has the kernels' names and nothing else: the double runs the loop IR of these. */
export const namesOnly = (kernels: readonly Kernel[], processor = 'sm_80'): string =>
  `.version 7.1\n.target ${processor}\n${kernels.map((k) => `.visible .entry ${k.name}()\n`).join('')}`;

export function codeOf(kernels: readonly Kernel[], processor = 'sm_80'): CudaCode {
  const { capability } = gpuTarget(processor);
  return { processor, capability, ptx: namesOnly(kernels, processor), launches: kernels.map(launchOf) };
}

export interface OnDouble {
  readonly double: CudaDouble;
  readonly device: CudaDevice;
  readonly program: CudaExecutable;
}

export interface OnDoubleOptions extends Omit<DoubleOptions, 'kernels'> {
  readonly donate?: boolean;
  /** Done to the double before anything is. */
  readonly prepare?: (double: CudaDouble) => void;
}

export function compiledFor(source: string | Uint8Array, donate = false) {
  const target = gpuTarget('sm_80');
  return compileToLoops(parseStablehlo(source, defaultRules().ops), { target, donate });
}

export function onDouble(source: string | Uint8Array, options: OnDoubleOptions = {}): OnDouble {
  const { plan, kernels } = compiledFor(source, options.donate);
  const double = new CudaDouble({ kernels: kernels!, ...options });
  options.prepare?.(double);
  const device = CudaDevice.open(0, double.driver);
  const program = new CudaExecutable(plan!, codeOf(kernels!), { target: 'cuda', device });
  return { double, device, program };
}
