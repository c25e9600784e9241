/** NVIDIA's assembler, where there is one: whether it takes PTX, and what kernels then take of a processor. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import type { Compilation } from '../compiler.js';
import { compilePtx } from '../emitters/llvm/ptx.js';

/** The first is where the tests' set-up puts it (tools/ptxas.mjs). */
const FOLDERS = [
  'node_modules/.cache/ptxas/nvidia/cuda_nvcc/bin',
  ...(process.env.PATH ?? '').split(delimiter),
  '/usr/local/cuda/bin',
];

/** The program's file; undefined where there is none. */
export const findPtxas = (): string | undefined =>
  FOLDERS.map((folder) => resolve(folder, 'ptxas')).find((file) => existsSync(file));

export interface KernelUse {
  /** Of a thread. */
  readonly registers: number;
  /** Bytes that a thread stores and loads again because it has too few. */
  readonly spillBytes: number;
}

/** By the kernel's name. */
export type KernelUses = ReadonlyMap<string, KernelUse>;

export interface Assembled {
  /** What is wrong with the text; undefined where nothing is. */
  readonly error: string | undefined;
  readonly uses: KernelUses;
}

export function assemble(ptxas: string, ptx: string, processor: string): Assembled {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-ptx-'));
  try {
    writeFileSync(join(folder, 'kernels.ptx'), ptx);
    const args = [`-arch=${processor}`, '-v', 'kernels.ptx', '-o', 'kernels.cubin'];
    const { status, stderr, error } = spawnSync(ptxas, args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) return { error: error?.message ?? stderr, uses: new Map() };
    return { error: undefined, uses: usesIn(stderr) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What ptxas -v says of each entry, in lines of its own. */
function usesIn(log: string): KernelUses {
  const uses = new Map<string, KernelUse>();
  for (const part of log.split("Compiling entry function '").slice(1)) {
    const name = part.slice(0, part.indexOf("'"));
    const number = (pattern: RegExp): number => Number(pattern.exec(part)?.[1] ?? 0);
    uses.set(name, {
      registers: number(/Used (\d+) registers/),
      spillBytes: number(/(\d+) bytes spill stores/) + number(/(\d+) bytes spill loads/),
    });
  }
  return uses;
}

/** Of a compilation for a graphics processor; undefined for others, and where there is no ptxas. */
export function kernelUses({ kernels, options: { target } }: Compilation): KernelUses | undefined {
  const ptxas = target.arch === 'nvptx' ? findPtxas() : undefined;
  if (target.arch !== 'nvptx' || ptxas === undefined || kernels!.length === 0) return undefined;
  const { error, uses } = assemble(ptxas, compilePtx(kernels!, target), target.processor);
  if (error !== undefined) throw new Error(`internal error: ${ptxas} does not take the PTX: ${error}`);
  return uses;
}
