/** Programs on graphics processors of NVIDIA's, through their driver. */
export type { CudaCode, CudaLaunch } from './code.js';
export { CudaDevice, defaultDevice } from './device.js';
export { type DeviceArgument, DeviceTensor, toDevice, toHost } from './device-tensor.js';
export type { CudaDriver } from './driver.js';
export { CudaError } from './errors.js';
export { CudaExecutable, type CudaProgramOptions, type CudaRunOptions } from './executable.js';
