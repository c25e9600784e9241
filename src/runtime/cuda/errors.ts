/** The driver's errors: their names, what they mean, and what to do. */
import type { CudaDriver, Result } from './driver.js';

export const SUCCESS: Result = 0;
/** No error: work has not come to its end yet. */
export const NOT_READY: Result = 600;
export const OUT_OF_MEMORY: Result = 2;

/** Programs for graphics processors run on other machines, too, only slower. */
export const INSTEAD = '`--target simt` runs the kernels without a graphics processor, slowly';
const OURS = '`--target simt` runs the same kernels and names the access that is wrong';
const REBOOT = 'the driver and its kernel module disagree: restart the machine, or install the driver again';

/** By CUresult: what to do about it. */
const ADVICE: { readonly [result: Result]: string } = {
  [OUT_OF_MEMORY]: 'free device tensors and programs that are not needed any more, or end other programs on the device',
  3: 'the driver was not initialised, or the process is about to end',
  34: "the toolkit's stub of libcuda.so.1 was found in place of the driver's own: mend LD_LIBRARY_PATH",
  35: 'the driver is older than what it is to work with: install a newer one',
  46: 'another program has the device for itself',
  100: `the driver sees no device: look at CUDA_VISIBLE_DEVICES and nvidia-smi; ${INSTEAD}`,
  101: 'there is no device of this number: look at CUDA_VISIBLE_DEVICES',
  200: 'the bundle is damaged or no PTX: make it again',
  209: 'the code is for a newer or another processor: compile for cuda:sm_80',
  218: 'the PTX is not as the driver wants it: `ptxas` says more; please report it',
  221: 'the driver came without its compiler (libnvidia-ptxjitcompiler.so.1): install all of it',
  222: 'the driver is older than the PTX: install a newer one, or compile for cuda:sm_80',
  700: `a kernel read or wrote memory that is not its own; ${OURS}`,
  701: 'a block wants more registers, threads or shared memory than the processor has: please report it',
  702: 'a kernel ran longer than the system allows: the device also serves a display',
  710: `a kernel's assertion does not hold; ${OURS}`,
  715: 'a kernel has an instruction that the processor does not know: compile for cuda:sm_80',
  716: `a kernel's access was not aligned; ${OURS}`,
  719: `a kernel failed on the device; ${OURS}`,
  802: 'the system around the device is not ready: is the fabric manager running?',
  803: REBOOT,
  804: REBOOT,
};

/** Something that the CUDA driver refused. */
export class CudaError extends Error {
  override name = 'CudaError';

  constructor(
    message: string,
    /** The CUresult; absent where the driver itself is missing. */
    readonly result?: Result,
  ) {
    super(message);
  }
}

/** `what`: what was about to be done. `more`: what else is known of the failure. */
export function cudaError(driver: CudaDriver, result: Result, what: string, more = ''): CudaError {
  const name = driver.cuGetErrorName(result) ?? `result ${result}`;
  const meaning = driver.cuGetErrorString(result);
  const advice = ADVICE[result];
  const sentence = `${what}: ${name}${meaning ? ` (${meaning})` : ''}`;
  return new CudaError([sentence, ...(more ? [more] : []), ...(advice ? [advice] : [])].join('; '), result);
}
