/** Bundles: compiled programs as files that run without the compiler. docs/bundle.md describes the format. */
import type { ProgramSpec } from '../../hlo/recipe.js';
import type { Executable } from '../executable.js';
import { Container } from './container.js';
import { cpuLoader } from './cpu.js';
import { cudaLoader } from './cuda.js';
import { BundleError } from './field.js';
import type { DeviceLoader, LoadOptions } from './loader.js';
import { type Manifest, readManifest } from './manifest.js';
import { sourceOf } from './source.js';

const LOADERS: readonly DeviceLoader[] = [cpuLoader, cudaLoader];

/** A bundle whose header has been read; its sections are read, and checked, when they are needed. */
export class Bundle {
  private constructor(
    private readonly name: string,
    private readonly container: Container,
    readonly manifest: Manifest,
  ) {}

  /** Throws `BundleError` where it is none, or a damaged one. */
  static open(from: string | Uint8Array): Bundle {
    const name = typeof from === 'string' ? from : 'the bundle';
    return naming(name, () => {
      const container = Container.open(sourceOf(from));
      return new Bundle(name, container, readManifest(container));
    });
  }

  /** The inputs to try it with and the outputs to expect, where it carries some. */
  expectations(): ProgramSpec | undefined {
    const { container } = this;
    if (!container.has('expectations')) return undefined;
    return naming(this.name, () => {
      const spec = container.json('expectations');
      spec.get('inputs').list();
      return spec.object() as unknown as ProgramSpec;
    });
  }

  /** The program, ready to run. Throws `BundleError` where this machine cannot run it. */
  load(options: LoadOptions = {}): Executable {
    const { container, manifest } = this;
    return naming(this.name, () => {
      const loader = LOADERS.find((l) => l.device === manifest.device);
      if (loader) return loader.load(container, manifest, options);
      const known = LOADERS.map((l) => l.device).join(', ');
      throw new BundleError(`it is for ${manifest.target}, and this runtime runs bundles for: ${known}`);
    });
  }
}

/**
 * The program of a bundle, ready to run: a file's path, or its bytes.
 * Throws `BundleError` where it is damaged, or this machine cannot run it; the message says what is missing.
 */
export const loadBundle = (from: string | Uint8Array, options: LoadOptions = {}): Executable =>
  Bundle.open(from).load(options);

/** Whatever goes wrong with a bundle says which one it was. */
function naming<T>(name: string, use: () => T): T {
  try {
    return use();
  } catch (e) {
    throw new BundleError(`${name} cannot be used: ${(e as Error).message}`, { cause: e });
  }
}
