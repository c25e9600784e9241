/** Machine code and PTX of kernels: from memory, from the disk cache, or compiled. */
import { createHash } from 'node:crypto';
import { loweringFingerprint, targetFingerprint } from './emitters/llvm/fingerprint.js';
import {
  type CompiledKernels,
  compileDriver,
  compileKernels,
  compileKernelsInParallel,
  type LlvmOptions,
} from './emitters/llvm/index.js';
import { compilePtx } from './emitters/llvm/ptx.js';
import type { Kernel } from './emitters/loop/ir.js';
import type { GpuTarget, TargetInfo } from './rules/target.js';
import {
  type CodeObject,
  CodePool,
  DiskCache,
  ENTRY_SYMBOLS,
  type Entry,
  entryOf,
  type LoadedCode,
  loadObject,
} from './runtime/index.js';
import { parallelAddress } from './runtime/threads.js';

/** Bytes of objects that are kept in memory for programs to come. */
const MEMORY_BYTES = 64 * 2 ** 20;

const pool = new CodePool();
/** Sets objects apart that are not to be shared. */
let unshared = 0;

const keyOf = (...parts: readonly string[]): string => {
  const hash = createHash('sha256');
  for (const p of parts) hash.update(`${p}\n`);
  return hash.digest('hex');
};

/** The object that holds a kernel, by the kernel's key. */
const known = new Map<string, CodeObject>();
let knownBytes = 0;

function remember(kernelKey: string, object: CodeObject): CodeObject {
  known.set(kernelKey, object);
  knownBytes += object.bytes.length / object.symbols.length;
  for (const [oldest, old] of known) {
    if (knownBytes <= MEMORY_BYTES) break;
    known.delete(oldest);
    knownBytes -= old.bytes.length / old.symbols.length;
  }
  return object;
}

/** On disk a kernel's entry names its object and what that defines; the object is an entry of its own. */
function stored(disk: DiskCache, kernelKey: string): CodeObject | undefined {
  const entry = disk.get(kernelKey);
  if (!entry) return undefined;
  const [key = '', ...symbols] = Buffer.from(entry).toString('utf8').split('\n');
  const bytes = disk.get(key);
  return bytes && { key, bytes, symbols };
}

function store(disk: DiskCache, kernelKeys: readonly string[], object: CodeObject): void {
  disk.put(object.key, object.bytes);
  const entry = Buffer.from([object.key, ...object.symbols].join('\n'));
  for (const key of kernelKeys) disk.put(key, entry);
}

function compileAll(kernels: readonly Kernel[], options: LlvmOptions): CompiledKernels[] {
  if (kernels.length <= 1) return kernels.map((k) => compileKernels([k], options));
  return compileKernelsInParallel(kernels, options, { parallel: parallelAddress(), load: loadObject });
}

/** Objects that hold all the kernels; a kernel's name is its identity. */
export function kernelObjects(kernels: readonly Kernel[], options: LlvmOptions): CodeObject[] {
  const how = [loweringFingerprint(), targetFingerprint(options.target), String(options.checked ?? false)];
  const keys = new Map(kernels.map((k) => [k.name, keyOf(k.name, ...how)]));
  const disk = DiskCache.default();
  const found = new Map<string, CodeObject>();
  const missing: Kernel[] = [];
  for (const kernel of kernels) {
    const key = keys.get(kernel.name)!;
    const onDisk = () => {
      const object = disk && stored(disk, key);
      return object && remember(key, found.get(object.key) ?? object);
    };
    const object = known.get(key) ?? onDisk();
    if (object) found.set(object.key, object);
    else missing.push(kernel);
  }
  for (const { bytes, symbols } of compileAll(missing, options)) {
    const kernelKeys = symbols.map((s) => keys.get(s)!);
    const object = { key: keyOf('object', ...kernelKeys), bytes, symbols };
    for (const key of kernelKeys) remember(key, object);
    found.set(object.key, object);
    if (disk) store(disk, kernelKeys, object);
  }
  return [...found.values()];
}

/** The same, compiled anew and shared with nobody. */
export const freshObjects = (kernels: readonly Kernel[], options: LlvmOptions): CodeObject[] =>
  compileAll(kernels, options).map(({ bytes, symbols }) => ({
    key: `unshared ${unshared++}`,
    bytes,
    symbols,
  }));

/** PTX of all kernels as one module, from the disk cache unless `cache` is off. */
export function ptxObject(kernels: readonly Kernel[], target: GpuTarget, cache: boolean): CodeObject {
  const symbols = kernels.map((k) => k.name);
  const key = keyOf('ptx', loweringFingerprint(), target.processor, ...symbols);
  const disk = cache ? DiskCache.default() : undefined;
  const stored = disk?.get(key);
  const bytes = stored ?? Buffer.from(compilePtx(kernels, target));
  if (!stored) disk?.put(key, bytes);
  return { key, bytes, symbols };
}

export const linkObjects = (objects: readonly CodeObject[]): LoadedCode => pool.link(objects);

/** The object with the function that runs plans. */
export function driverObject(target: TargetInfo): CodeObject {
  const key = keyOf(ENTRY_SYMBOLS.join(), loweringFingerprint(), targetFingerprint(target));
  const disk = DiskCache.default();
  const stored = disk?.get(key);
  const bytes = stored ?? compileDriver(target);
  if (!stored) disk?.put(key, bytes);
  return { key, bytes, symbols: ENTRY_SYMBOLS };
}

let entry: Entry | undefined;

/** That function: one for the process, whatever its programs are compiled for. */
export function driverEntry(target: TargetInfo): Entry {
  entry ??= entryOf(loadObject(driverObject(target)));
  return entry;
}
