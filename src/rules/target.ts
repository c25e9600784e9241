/**
 * What rules, planner and lowering may know of the machine that code is for. Of this machine's processor it is read
 * from the operating system, so that it costs nothing native.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** A processor. */
export interface TargetInfo {
  readonly arch: 'x86-64';
  /** LLVM's name of the processor to tune and emit for; `native`: the one this runs on. */
  readonly cpu: string;
  /** Instruction set extensions by their LLVM names: `avx2`, `fma`, `avx512f` … */
  readonly features: ReadonlySet<string>;
  /** Width of the vectors that kernels should use. */
  readonly vectorBits: 256 | 512;
  readonly vectorRegisters: 16 | 32;
  /** Bytes of data cache that a core sees at each level; 0 where the system does not tell. */
  readonly l1: number;
  readonly l2: number;
  readonly l3: number;
  readonly threads: number;
}

/** A graphics processor. */
export interface GpuTarget {
  readonly arch: 'nvptx';
  /** LLVM's and ptxas' name of it: `sm_80`. */
  readonly processor: string;
  /** The number in that name: 80. */
  readonly capability: number;
  /** Of the widest access of a thread. */
  readonly vectorBits: 128;
  /** Threads that a block may have. */
  readonly blockThreads: number;
  /** Bytes of shared memory that a block may have. */
  readonly sharedBytes: number;
  /** 32-bit registers that the blocks of a multiprocessor share. */
  readonly registers: number;
  readonly multiprocessors: number;
}

export type Target = TargetInfo | GpuTarget;
export type Arch = Target['arch'];
export type TargetOf<A extends Arch> = Extract<Target, { readonly arch: A }>;

/** By processor: multiprocessors of the usual card with it. */
const GPUS = {
  sm_80: { capability: 80, multiprocessors: 108 },
  sm_86: { capability: 86, multiprocessors: 82 },
  sm_89: { capability: 89, multiprocessors: 128 },
  sm_90: { capability: 90, multiprocessors: 132 },
  sm_90a: { capability: 90, multiprocessors: 132 },
} as const;
export type GpuProcessor = keyof typeof GPUS;
export const GPU_PROCESSORS = Object.keys(GPUS) as readonly GpuProcessor[];

/** Throws on a processor that is none of `GPU_PROCESSORS`. */
export function gpuTarget(processor: string): GpuTarget {
  const known = (GPUS as Readonly<Record<string, (typeof GPUS)[GpuProcessor]>>)[processor];
  if (!known) throw new TypeError(`there is no target processor ${processor}; choose ${GPU_PROCESSORS.join(', ')}`);
  return {
    arch: 'nvptx',
    processor,
    ...known,
    vectorBits: 128,
    blockThreads: 1024,
    // What every block may have without being asked for more.
    sharedBytes: 48 * 1024,
    registers: 65536,
  };
}

const AVX512 = ['avx512f', 'avx512dq', 'avx512bw', 'avx512vl'];
const AVX2 = ['avx2', 'fma', 'f16c'];

/** Where the kernel's flag has another name than LLVM's feature. */
const LLVM_NAME: Readonly<Record<string, string>> = { abm: 'lzcnt', sse4_1: 'sse4.1', sse4_2: 'sse4.2', bmi1: 'bmi' };

function hostFeatures(): Set<string> {
  const text = readOr('/proc/cpuinfo', '');
  const flags = /^flags\s*:(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/) ?? [];
  return new Set(flags.map((flag) => LLVM_NAME[flag] ?? flag));
}

/** Extensions that code generators choose by themselves, by the kernel's names. */
const CHOSEN = /^(pni|ssse3|sse\d\w*|avx(?!512_vp2)\w*|fma4?|f16c|bmi[12]|abm|popcnt|movbe|gfni|xop|tbm|apx\w*)$/;

/** What a processor must have to run code for the target, by the kernel's names. */
export function neededFlags({ features }: TargetInfo): string[] {
  const kernelName = new Map(Object.entries(LLVM_NAME).map(([kernel, llvm]) => [llvm, kernel]));
  return [...features]
    .map((feature) => kernelName.get(feature) ?? feature)
    .filter((flag) => CHOSEN.test(flag))
    .sort();
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return otherwise;
  }
}

/** `48K` → 49152. */
function bytesOf(size: string): number {
  const m = /^(\d+)([KMG]?)$/.exec(size);
  return m ? Number(m[1]) * { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }[m[2] as '' | 'K' | 'M' | 'G'] : 0;
}

function cacheSizes(): Map<number, number> {
  const folder = '/sys/devices/system/cpu/cpu0/cache';
  const sizes = new Map<number, number>();
  let entries: string[] = [];
  try {
    entries = readdirSync(folder).filter((name) => name.startsWith('index'));
  } catch {
    return sizes;
  }
  for (const entry of entries) {
    if (readOr(`${folder}/${entry}/type`, 'Data') === 'Instruction') continue;
    sizes.set(Number(readOr(`${folder}/${entry}/level`, '0')), bytesOf(readOr(`${folder}/${entry}/size`, '0')));
  }
  return sizes;
}

let host: TargetInfo | undefined;

/** The machine this runs on. Throws where it is not one that kernels can be compiled for. */
export function hostTarget(): TargetInfo {
  if (host) return host;
  if (process.arch !== 'x64') {
    throw new Error(
      `the cpu target needs an x86-64 processor, not ${process.arch}; --target interpreter runs anywhere`,
    );
  }
  const features = hostFeatures();
  const missing = AVX2.filter((f) => !features.has(f));
  if (missing.length > 0) {
    throw new Error(
      `the cpu target needs a processor with AVX2, FMA and F16C; this one lacks ${missing.join(', ')}; --target interpreter runs anywhere`,
    );
  }
  const caches = cacheSizes();
  const wide = AVX512.every((f) => features.has(f));
  host = {
    arch: 'x86-64',
    cpu: 'native',
    features,
    vectorBits: wide ? 512 : 256,
    vectorRegisters: wide ? 32 : 16,
    l1: caches.get(1) ?? 0,
    l2: caches.get(2) ?? 0,
    l3: caches.get(3) ?? 0,
    threads: availableParallelism(),
  };
  return host;
}

/** The same machine, with AVX2 and nothing wider. */
export function avx2Target(of: TargetInfo = hostTarget()): TargetInfo {
  const features = new Set([...AVX2, 'bmi', 'bmi2', 'lzcnt', 'movbe', 'popcnt', 'sse4.1', 'sse4.2', 'avx']);
  return { ...of, cpu: 'x86-64-v3', features, vectorBits: 256, vectorRegisters: 16 };
}
