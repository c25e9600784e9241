/** Bundles for graphics processors of NVIDIA's: PTX, which the driver compiles for its own, and how kernels are launched. */
import { type CudaCode, type CudaLaunch, ptxVersion } from '../cuda/code.js';
import { CudaExecutable } from '../cuda/executable.js';
import type { Container, NewSection } from './container.js';
import { BundleError, type Field } from './field.js';
import type { DeviceLoader } from './loader.js';
import { planOf } from './plan-section.js';

/** What code for a graphics processor needs of the machine. */
export interface CudaMachine {
  /** `sm_80`: a processor of its capability or a higher one; `sm_90a`: that one alone. */
  readonly processor: string;
  /** 80 of `sm_80`. */
  readonly capability: number;
  /** The version of PTX that the driver must know. */
  readonly ptx: string;
}

export const cudaLoader: DeviceLoader = {
  device: 'cuda',
  load: (container, manifest, { device }) => {
    const machine = readMachine(container.header.get('machine'));
    const plan = planOf(container, manifest);
    const code = readCode(container, machine, plan.kernels.length);
    return new CudaExecutable(plan, code, { target: manifest.target, device });
  },
};

const readMachine = (f: Field): CudaMachine => ({
  processor: f.get('processor').text(),
  capability: f.get('capability').count(),
  ptx: f.get('ptx').text(),
});

/** The sections of PTX. */
export function codeSections({ ptx, launches }: CudaCode): NewSection[] {
  const [code, launch] = [Buffer.from(ptx), Buffer.from(JSON.stringify(launches))];
  return [
    { name: 'launches', bytes: launch.length, content: () => launch },
    { name: 'code', bytes: code.length, content: () => code },
  ];
}

function readCode(
  container: Container,
  { processor, capability, ptx: version }: CudaMachine,
  kernels: number,
): CudaCode {
  const ptx = Buffer.from(container.read('code')).toString('utf8');
  if (ptxVersion(ptx) !== version) throw new BundleError(`its code is PTX ${ptxVersion(ptx)}, not ${version}`);
  const list = container.json('launches');
  const launches = list.list().map(readLaunch);
  if (launches.length !== kernels) throw list.error(`must say how each of ${kernels} kernels is launched`);
  return { processor, capability, ptx, launches };
}

const MOST_BLOCKS = 2 ** 31;
const MOST_THREADS = 1024;

const readLaunch = (f: Field): CudaLaunch => ({
  blocks: f.get('blocks').count(MOST_BLOCKS),
  threads: f.get('threads').count(MOST_THREADS + 1, 1),
  sharedBytes: f.get('sharedBytes').count(MOST_BLOCKS),
});
