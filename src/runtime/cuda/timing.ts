/** How long the device takes for a program, in microseconds a run. */
import type { Tensor } from '../../hlo/tensor.js';
import { DeviceTensor, toDevice } from './device-tensor.js';
import type { CudaExecutable } from './executable.js';

const WARM_RUNS = 3;
const MIN_RUNS = 10;
const MAX_RUNS = 10_000;
const MICROSECONDS = 5e5;

/** Runs it for half a second, ten times at least, on tensors that stay on the device. */
export function timeOnDevice(program: CudaExecutable, inputs: readonly Tensor[]): number[] {
  const { device } = program;
  const held: DeviceTensor[] = [];
  const hold = (tensor: DeviceTensor): DeviceTensor => {
    held.push(tensor);
    return tensor;
  };
  try {
    const there = inputs.map((x) => hold(toDevice(device, x)));
    const outputs = program.outputs.map((type, o) => {
      const donation = program.donations.find((d) => d.output === o);
      return donation ? there[donation.input]! : hold(DeviceTensor.allocate(device, type));
    });
    const times: number[] = [];
    const run = () => program.runSync(there, { onDevice: true, outputs, timing: (us) => times.push(us) });
    for (let k = 0; k < WARM_RUNS; k++) run();
    times.length = 0;
    const start = performance.now();
    const elapsed = () => 1e3 * (performance.now() - start);
    while (times.length < MIN_RUNS || (times.length < MAX_RUNS && elapsed() < MICROSECONDS)) run();
    return times;
  } finally {
    for (const tensor of held) tensor.dispose();
  }
}
