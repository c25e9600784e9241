/** What runs the bundles of one kind of device. */
import type { CudaDevice } from '../cuda/device.js';
import type { Executable } from '../executable.js';
import type { Container } from './container.js';
import type { Manifest } from './manifest.js';

export interface LoadOptions {
  /** Threads of runs that do not say how many. Default: one for each processor that may be used. */
  readonly threads?: number | undefined;
  /** Of a program for graphics processors, the one to run on. Default: the first that the driver has. */
  readonly device?: CudaDevice | undefined;
}

export interface DeviceLoader {
  /** `cpu`: the `device` of the manifests that it takes. */
  readonly device: string;
  /**
   * Reads the sections that are its own, checks `machine` of the header, and makes the program ready.
   * Throws where this machine cannot run it.
   */
  load(container: Container, manifest: Manifest, options: LoadOptions): Executable;
}
