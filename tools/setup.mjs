#!/usr/bin/env node
// Everything a fresh Debian machine needs before Thimble runs: system packages, node_modules (with llvm-bindings
// compiled) and dist/. Does nothing that is already done. Plain JavaScript without dependencies: it runs before
// `npm ci`, by `npm run setup`, `npm run demo` and `npm test`.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { cpus } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const multiarch = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';

const program = (name) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
const library = (name) => [`/usr/lib/${multiarch}/${name}`, `/usr/lib/${name}`, `/usr/lib64/${name}`];

/** Debian packages, why we need them, and files of which one shows that the thing is there. */
const systemPackages = [
  { name: 'make', why: 'compiles llvm-bindings', files: program('make') },
  { name: 'g++', why: 'compiles llvm-bindings', files: program('g++') },
  { name: 'cmake', why: 'compiles llvm-bindings', files: program('cmake') },
  {
    name: 'llvm-14-dev',
    why: 'LLVM 14, which llvm-bindings builds IR with',
    files: ['/usr/lib/llvm-14/lib/cmake/llvm/LLVMConfig.cmake'],
  },
  { name: 'zlib1g-dev', why: 'LLVM 14 links with it', files: ['/usr/include/zlib.h'] },
  { name: 'libllvm19', why: 'LLVM 19, which optimises and generates code', files: library('libLLVM.so.19.1') },
  { name: 'libgomp1', why: 'threads for compiled programs', files: library('libgomp.so.1') },
  {
    name: 'libopenblas0',
    why: "LAPACK, which JAX's programs for processors call",
    files: library('libopenblas.so.0'),
  },
];

/** A failure that its message explains in full: shown without a stack trace. */
class SetupError extends Error {
  name = 'SetupError';
}

/** Brings the checkout to the state in which everything runs; says what it does only where it does something. */
export async function setup() {
  checkNode();
  await installSystemPackages();
  await installModules();
  await build();
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new SetupError(
      `Thimble needs Node 20.19 or newer; this is Node ${process.versions.node} (${process.execPath}).`,
    );
  }
}

// --- system packages

async function installSystemPackages() {
  const missing = systemPackages.filter(({ files }) => !files.some((file) => existsSync(file)));
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name);
  say('System packages to install:');
  for (const { name, why } of missing) say(`  ${name.padEnd(12)} ${why}`);

  const install = ['install', '-y', '--no-install-recommends', ...names];
  const byHand = `sudo apt-get update && sudo apt-get ${install.join(' ')}`;
  if (!program('apt-get').some((file) => existsSync(file))) {
    throw new SetupError(
      `There is no apt-get here. Install what Debian calls ${names.join(', ')}, then run this again.`,
    );
  }
  const apt = aptCommand();
  if (!apt) throw new SetupError(`Installing them needs root. Run\n\n  ${byHand}\n\nand then this again.`);

  // A fresh container has no package lists; old lists may name files that the mirror no longer has.
  const update = () => step('apt-get update', [...apt, 'update']);
  const noLists = !readdirSync('/var/lib/apt/lists').some(
    (file) => file.endsWith('Packages') || file.includes('Packages.'),
  );
  if (noLists) await update();
  const command = [...apt, ...install];
  const title = `apt-get install ${names.join(' ')}`;
  try {
    await step(title, command);
  } catch (error) {
    if (noLists) throw error;
    say('That failed; once more with fresh package lists.');
    await update();
    await step(title, command);
  }
}

/** How to call apt-get with the rights it needs, or nothing when we lack them. */
function aptCommand() {
  const apt = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'];
  if (process.getuid?.() === 0) return apt;
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n', ...apt] : undefined;
}

// --- node_modules

const binding = 'node_modules/llvm-bindings/build/Release/llvm-bindings.node';

async function installModules() {
  const stamp = join(root, 'node_modules/.thimble-setup');
  const state = hash([process.arch, readFileSync(join(root, 'package-lock.json'))]);
  const before = read(stamp);
  const compiled = existsSync(join(root, binding));
  if (before === state && compiled) return;

  // Where an older set-up stands, `npm install` brings it up to date and keeps the compiled llvm-bindings.
  const command = compiled ? ['install', '--no-save'] : ['ci'];
  const options = { env: await npmEnvironment() };
  await step(
    `npm ${command[0]}${compiled ? '' : ' (compiles llvm-bindings: 1 to 2 minutes)'}`,
    ['npm', ...command, '--foreground-scripts'],
    options,
  );
  if (!existsSync(join(root, binding))) {
    // Some npm versions and settings (ignore-scripts) skip the install script without a word.
    await step(
      'npm rebuild llvm-bindings',
      ['npm', 'rebuild', 'llvm-bindings', '--foreground-scripts', '--ignore-scripts=false'],
      options,
    );
  }
  if (!existsSync(join(root, binding))) {
    throw new SetupError(
      `npm did not compile llvm-bindings (${binding} is missing). Run\n\n  npm rebuild llvm-bindings --foreground-scripts\n\nto see why.`,
    );
  }
  writeFileSync(stamp, state);
}

async function npmEnvironment() {
  return {
    ...process.env,
    npm_config_nodedir: await nodeHeaders(),
    CMAKE_BUILD_PARALLEL_LEVEL: String(cpus().length),
  };
}

/** The prefix whose include/node holds Node's headers; without one, cmake-js would download them from nodejs.org. */
async function nodeHeaders() {
  const has = (prefix) => existsSync(join(prefix, 'include/node/node_api.h'));
  const near = [dirname(dirname(process.execPath)), '/usr'].find(has);
  if (near) return near;
  const name = `node-${process.platform}-${process.arch}`;
  const cache = join(root, '.cache/node-headers');
  const prefix = join(cache, 'node_modules', name);
  if (!has(prefix)) {
    mkdirSync(cache, { recursive: true });
    const spec = `${name}@${process.versions.node}`;
    await step(`Node's headers, from the npm package ${spec}`, [
      'npm',
      'install',
      '--prefix',
      cache,
      '--no-save',
      '--ignore-scripts',
      spec,
    ]);
  }
  return prefix;
}

// --- dist

async function build() {
  const sources = ['src', 'rules-db', 'examples', 'bench'].flatMap((folder) => filesUnder(folder));
  const inputs = [...sources, 'tsconfig.json', 'tsconfig.build.json', 'node_modules/.thimble-setup'];
  const state = hash(inputs.map((file) => `${file} ${statSync(join(root, file)).mtimeMs}`));
  const stamp = join(root, 'dist/.thimble-build');
  if (read(stamp) === state) return;
  await step('tsc (builds dist/)', [process.execPath, 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']);
  linkCommand();
  writeFileSync(stamp, state);
}

function filesUnder(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesUnder(path) : path.endsWith('.ts') ? [path] : [];
  });
}

/** Lets `npx thimble` in a checkout find the checkout's own command. */
function linkCommand() {
  const main = 'dist/src/cli/main.js';
  if (!existsSync(join(root, main))) return;
  chmodSync(join(root, main), 0o755);
  const link = join(root, 'node_modules/.bin/thimble');
  rmSync(link, { force: true });
  symlinkSync(`../../${main}`, link);
}

// --- helpers

/** Runs a command; shows that it is alive and, if it fails, the end of what it said. */
async function step(title, [command, ...args], { env = process.env } = {}) {
  const start = Date.now();
  const seconds = () => `${Math.round((Date.now() - start) / 1000)} s`;
  let output = '';
  const live = process.stdout.isTTY;
  const progress = () => {
    const last =
      output
        .trimEnd()
        .split(/[\r\n]/)
        .at(-1) ?? '';
    const line = `  ${title}: ${seconds()}  ${last}`;
    if (live) process.stdout.write(`\r\x1b[K${line.slice(0, (process.stdout.columns ?? 80) - 1)}`);
    else say(line);
  };
  say(`> ${title}`);
  const timer = setInterval(progress, live ? 250 : 15_000);
  const status = await new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve(error.message));
    child.on('close', resolve);
  });
  clearInterval(timer);
  if (live) process.stdout.write('\r\x1b[K');
  if (status !== 0) {
    const end = output.trimEnd().split('\n').slice(-40).join('\n');
    throw new SetupError(
      `${end}\n\n'${[command, ...args].join(' ')}' failed (${status}) after ${seconds()}; the end of its output is above.`,
    );
  }
  say(`  done in ${seconds()}`);
}

const say = (line) => console.log(line);
const read = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);
const hash = (parts) => parts.reduce((sum, part) => sum.update(part).update('\0'), createHash('sha256')).digest('hex');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await setup();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`\nSet-up stopped. ${error.message}`);
    process.exitCode = 1;
  }
}
