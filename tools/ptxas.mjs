// NVIDIA's assembler for the tests that ask it about PTX, from its wheel on PyPI, where the machine has none. Nothing here
// ever fails the tests: without it they say that they are skipped.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const PACKAGE = 'nvidia-cuda-nvcc-cu12';
const VERSION = '12.9.86';
/** Where the program is within the wheel. */
const PROGRAM = 'nvidia/cuda_nvcc/bin/ptxas';
/** For a sign of life, and for all of it. */
const [QUICK_SECONDS, SECONDS] = [20, 300];

/** Where it is put; src/cli/ptxas.ts looks there, too. */
const place = join(root, 'node_modules/.cache/ptxas', PROGRAM);

const folders = [dirname(place), ...(process.env.PATH ?? '').split(delimiter), '/usr/local/cuda/bin'];

/** Fetches it where there is none, and says in a line what came of that. */
export async function fetchPtxas() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return;
  if (folders.some((folder) => existsSync(resolve(folder, 'ptxas')))) return;
  console.log(`> ptxas, from the Python package ${PACKAGE} ${VERSION} (40 MB)`);
  try {
    await unpack(await theWheel());
    console.log('  done');
  } catch (error) {
    console.log(`  not to be had (${String(error.message).split('\n')[0]}): tests that need ptxas are skipped`);
  }
}

/** The wheel's bytes: by pip, which knows of mirrors, else from pypi.org. */
async function theWheel() {
  return byPip() ?? (await byFetch());
}

function byPip() {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-ptxas-'));
  try {
    const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--retries', '1', '--dest', folder];
    pip.push('--timeout', String(QUICK_SECONDS));
    const options = { stdio: 'ignore', timeout: 1000 * SECONDS };
    if (spawnSync('python3', [...pip, `${PACKAGE}==${VERSION}`], options).status !== 0) return undefined;
    const [file] = readdirSync(folder);
    return readFileSync(join(folder, file));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** By the index's JSON (PEP 691). */
async function byFetch() {
  const get = async (url, seconds, headers = {}) => {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(1000 * seconds) });
    if (!response.ok) throw new Error(`${url} gives ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  };
  const accept = { accept: 'application/vnd.pypi.simple.v1+json' };
  const { files } = JSON.parse(await get(`https://pypi.org/simple/${PACKAGE}/`, QUICK_SECONDS, accept));
  const start = `${PACKAGE.replaceAll('-', '_')}-${VERSION}-`;
  const found = files.find(({ filename: f }) => f.startsWith(start) && /manylinux.*x86_64\.whl$/.test(f));
  if (!found) throw new Error(`PyPI has no wheel of ${PACKAGE} ${VERSION} for Linux on x86-64`);
  const wheel = await get(found.url, SECONDS);
  if (createHash('sha256').update(wheel).digest('hex') !== found.hashes.sha256) {
    throw new Error(`the checksum of ${found.filename} does not match`);
  }
  return wheel;
}

/** A wheel is a zip archive; put into place at once, so that who looks finds all of it or nothing. */
async function unpack(wheel) {
  const { unzipSync } = await import('fflate');
  const program = unzipSync(wheel, { filter: ({ name }) => name === PROGRAM })[PROGRAM];
  if (!program) throw new Error(`the wheel holds no ${PROGRAM}`);
  mkdirSync(dirname(place), { recursive: true });
  const temporary = `${place}.${process.pid}`;
  writeFileSync(temporary, program, { mode: 0o755 });
  renameSync(temporary, place);
}
