/** `thimble doctor`: what is installed, what is missing, and the command that gets it. */
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, totalmem } from 'node:os';
import { compileDriver } from '../../emitters/llvm/index.js';
import { libLlvm } from '../../emitters/llvm/libllvm.js';
import { llvm14 } from '../../emitters/llvm/llvm14.js';
import { hostTarget } from '../../rules/target.js';
import { loadForeign } from '../../runtime/foreign.js';
import { DiskCache, defaultDevice } from '../../runtime/index.js';
import { parallelAddress } from '../../runtime/threads.js';
import { version } from '../../version.js';
import type { AddCommand } from '../cli.js';
import { brief } from '../errors.js';
import type { Io } from '../io.js';

interface Check {
  readonly name: string;
  /** What was found. Throws, with a sentence, where it will not do. */
  readonly look: () => string;
  /** What to do where it will not. */
  readonly remedy: string;
  /** Only some programs need it. */
  readonly optional?: boolean;
}

const MEBI = 2 ** 20;

const CHECKS: readonly Check[] = [
  { name: 'Node', look: node, remedy: 'install Node 20.19 or newer: https://nodejs.org/en/download' },
  { name: 'system', look: system, remedy: 'the cpu target is for Linux on x86-64; --target interpreter runs anywhere' },
  { name: 'processor', look: processor, remedy: 'use --target interpreter' },
  { name: 'koffi', look: () => packageVersion('koffi'), remedy: 'npm install koffi' },
  {
    name: 'llvm-bindings',
    look: () => {
      llvm14();
      return `${packageVersion('llvm-bindings')}, with LLVM 14`;
    },
    remedy:
      'sudo apt-get install -y cmake g++ make llvm-14-dev zlib1g-dev && ' +
      'npm_config_nodedir=$(dirname $(dirname $(readlink -f $(which node)))) npm rebuild llvm-bindings',
  },
  {
    name: 'LLVM 19',
    look: () => {
      libLlvm();
      return 'libLLVM.so.19.1';
    },
    remedy: 'sudo apt-get install -y libllvm19',
  },
  {
    name: 'code generator',
    look: () => `works: ${compileDriver(hostTarget()).length} bytes of machine code made`,
    remedy: 'mend what is missing above',
  },
  {
    name: 'threads',
    look: () => {
      parallelAddress();
      return `libgomp.so.1, ${availableParallelism()} processors`;
    },
    remedy: 'sudo apt-get install -y libgomp1',
  },
  {
    name: 'LAPACK',
    look: () => {
      loadForeign({ file: 'libopenblas.so.0', package: 'libopenblas0' });
      return "libopenblas.so.0, for programs that call LAPACK by name (JAX's linear algebra) and --library openblas";
    },
    remedy: 'sudo apt-get install -y libopenblas0',
    optional: true,
  },
  {
    name: 'CUDA device',
    look: cudaDevice,
    remedy: "for programs compiled with --target cuda: NVIDIA's driver, and a device that it knows",
    optional: true,
  },
  { name: 'cache', look: cache, remedy: 'set THIMBLE_CACHE_DIR to a folder that can be written, or THIMBLE_CACHE=off' },
];

export const addDoctor: AddCommand = (program, io, done) => {
  program
    .command('doctor')
    .description('says what is installed, what is missing, and the command that installs it')
    .addHelpText('after', '\nThe exit code is 1 where something is missing.\n\nExamples:\n  thimble doctor\n')
    .action(() => done(doctor(io)));
};

/** `checks`: for tests. */
export function doctor(io: Io, checks: readonly Check[] = CHECKS): number {
  io.out(`thimble ${version()}\n`);
  let missing = 0;
  for (const { name, look, remedy, optional } of checks) {
    try {
      io.out(`  ok       ${name.padEnd(15)} ${look()}\n`);
    } catch (e) {
      if (!optional) missing++;
      io.out(
        `  ${optional ? 'absent ' : 'MISSING'}  ${name.padEnd(15)} ${brief(e)}\n           ${' '.repeat(15)} ${remedy}\n`,
      );
    }
  }
  io.out(missing === 0 ? 'everything is there\n' : `${missing} missing: programs run on --target interpreter alone\n`);
  return missing === 0 ? 0 : 1;
}

function node(): string {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) throw new Error(`${process.version} is too old`);
  return process.version;
}

function system(): string {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error(`${process.platform} on ${process.arch}`);
  return `Linux on x86-64, ${Math.round(totalmem() / MEBI)} MiB of memory`;
}

function processor(): string {
  const { vectorBits, l1, l2, l3 } = hostTarget();
  const caches = [l1, l2, l3].map((bytes) => `${Math.round(bytes / 1024)}`).join('/');
  return `${vectorBits === 512 ? 'AVX-512' : 'AVX2'}, caches of ${caches} KiB`;
}

function cudaDevice(): string {
  const { name, capability, driverVersion } = defaultDevice();
  return `${name}, capability ${capability / 10}, driver for CUDA ${driverVersion / 1000}`;
}

function packageVersion(name: string): string {
  const require = createRequire(import.meta.url);
  let folder = require.resolve(name);
  while (!existsSync(`${folder}/package.json`)) folder = folder.slice(0, folder.lastIndexOf('/'));
  return require(`${folder}/package.json`).version;
}

function cache(): string {
  const disk = DiskCache.default();
  if (!disk) return 'switched off by THIMBLE_CACHE=off';
  mkdirSync(disk.folder, { recursive: true, mode: 0o700 });
  accessSync(disk.folder, constants.W_OK);
  return disk.folder;
}
