import { readFileSync } from 'node:fs';
import { allocate, compile, printTensor, tensor } from 'thimble';

const program = compile(readFileSync('examples/softmax.mlir'));
const values = Float32Array.from({ length: 15 }, (_, k) => k % 4);
const x = tensor('f32', [3, 5], values);

const [y] = program.runSync([x]);
console.log(printTensor(y!));

// Into memory of the caller's, on one thread.
const outputs = program.outputs.map((type) => allocate(type));
program.runSync([x], { outputs, threads: 1 });

// Beside the event loop, within a second.
await program.run([x], { signal: AbortSignal.timeout(1000) });
program.dispose();
