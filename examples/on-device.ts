/** A state that stays on a graphics processor from run to run: only the first and the last one are copied. */
import { type CudaExecutable, type Tensor, toDevice, toHost } from 'thimble';

/** `program` takes one tensor and gives one of its kind. */
export function iterate(program: CudaExecutable, first: Tensor, times: number): Tensor {
  let state = toDevice(program.device, first);
  for (let k = 0; k < times; k++) {
    const [next] = program.runSync([state], { onDevice: true });
    state.dispose();
    state = next!;
  }
  const last = toHost(state);
  state.dispose();
  return last;
}
