/** Bundles for the processor: machine code as one image, which is mapped and called. */
import { availableParallelism } from 'node:os';
import { entryOf } from '../entry.js';
import type { Executable } from '../executable.js';
import { loadForeign } from '../foreign.js';
import { IMPORT_BYTES, type Image, mapImage, PAGE } from '../image.js';
import { NativeExecutable } from '../native-executable.js';
import { PLAN_ABI } from '../plan-abi.js';
import { processorFlags } from '../processor.js';
import type { Container, NewSection } from './container.js';
import { BundleError, type Field } from './field.js';
import type { DeviceLoader, LoadOptions } from './loader.js';
import type { Manifest } from './manifest.js';
import { planOf } from './plan-section.js';

/** What code for a processor needs of the machine. */
export interface CpuMachine {
  readonly triple: string;
  /** Instruction set extensions, by the kernel's names. */
  readonly features: readonly string[];
  /** Version of the tables that code and runtime share. */
  readonly abi: number;
  /** Do the kernels check their indices? */
  readonly checked: boolean;
}

export const cpuLoader: DeviceLoader = { device: 'cpu', load };

function load(container: Container, manifest: Manifest, { threads = availableParallelism() }: LoadOptions): Executable {
  const machine = readMachine(container.header.get('machine'));
  refuseOtherMachines(machine);
  for (const library of manifest.libraries) loadForeign(library);
  const plan = planOf(container, manifest);
  const code = mapImage(readImage(container));
  try {
    const entry = entryOf(code);
    return new NativeExecutable(plan, code, entry, { target: manifest.target, threads, checked: machine.checked });
  } catch (e) {
    code.dispose();
    throw e;
  }
}

const readMachine = (f: Field): CpuMachine => ({
  triple: f.get('triple').text(),
  features: f
    .get('features')
    .list()
    .map((feature) => feature.text()),
  abi: f.get('abi').count(),
  checked: f.get('checked').flag(),
});

function refuseOtherMachines({ triple, features, abi }: CpuMachine): void {
  if (process.platform !== 'linux' || process.arch !== 'x64' || !triple.startsWith('x86_64-')) {
    throw new BundleError(`it is for ${triple}, and this is ${process.platform} on ${process.arch}`);
  }
  if (abi !== PLAN_ABI) {
    throw new BundleError(`its code is for a runtime of version ${abi}, and this one has ${PLAN_ABI}; make it again`);
  }
  const flags = processorFlags();
  const missing = features.filter((f) => !flags.has(f));
  if (missing.length === 0) return;
  const vectors = [...flags].filter((f) => f.startsWith('avx')).join(', ') || 'no AVX at all';
  throw new BundleError(
    `it needs a processor with ${missing.join(', ')}, which this one lacks (it has ${vectors}); ` +
      'make it with --target cpu:avx2 for any processor with AVX2',
  );
}

/** The sections of machine code. */
export function imageSections({ bytes, codeBytes, symbols, imports }: Image): NewSection[] {
  const link = Buffer.from(JSON.stringify({ codeBytes, symbols: Object.fromEntries(symbols), imports }));
  return [
    { name: 'link', bytes: link.length, content: () => link },
    { name: 'code', bytes: bytes.length, content: () => bytes },
  ];
}

function readImage(container: Container): Image {
  const link = container.json('link');
  const bytes = container.read('code');
  const codeBytes = link.get('codeBytes').count(bytes.length + 1);
  const names = Object.keys(link.get('symbols').object());
  const imports = link.get('imports').list();
  if (codeBytes % PAGE !== 0) throw link.get('codeBytes').error(`must be whole pages of ${PAGE} bytes`);
  if (codeBytes + imports.length * IMPORT_BYTES > bytes.length) throw link.error('must have room for its imports');
  return {
    bytes,
    codeBytes,
    symbols: new Map(names.map((name) => [name, link.get('symbols').get(name).count(codeBytes)])),
    imports: imports.map((f) => f.text()),
  };
}
