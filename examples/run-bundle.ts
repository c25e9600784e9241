/** Runs a bundle of softmax.mlir with the runtime alone: nothing of the compiler is imported, and of packages only koffi. */
import { loadBundle } from 'thimble/runtime';

const program = loadBundle('softmax.bundle', { threads: 1 });
const [y] = await program.run([Float32Array.from({ length: 15 }, (_, k) => k % 4)]);
console.log(y!.data);
program.dispose();
