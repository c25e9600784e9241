/** The demo's models and data, as train.py and train_transformer.py wrote them. */
import { existsSync, readFileSync } from 'node:fs';
import { readNpy, type Tensor, tensor } from 'thimble';

/** This folder; the compiled demo stands in dist/examples/digits, and the data is not copied there. */
const FOLDER = ['./', '../../../examples/digits/']
  .map((path) => new URL(path, import.meta.url))
  .find((url) => existsSync(new URL('model.mlir', url)))!;

const read = (name: string): Uint8Array => readFileSync(new URL(name, FOLDER));
const array = (name: string): Tensor => readNpy(read(`${name}.npy`));

export interface Digits {
  /** Its program's file, from here. */
  readonly file: string;
  /** StableHLO; its first argument is a batch of images, the others are the weights. */
  readonly program: Uint8Array;
  readonly weights: readonly Tensor[];
  /** f32[n, 8, 8, 1], from 0 (white) to 1. */
  readonly images: Tensor;
  readonly labels: ArrayLike<number>;
  readonly batch: number;
  /** What JAX makes of the same images: f32[n, 10], and the share that it gets right. */
  readonly jax: { readonly version: string; readonly probabilities: Tensor; readonly accuracy: number };
}

/** The test images with the model of this folder, the convolutional network, or of one inside it. */
export function loadDigits(model: '' | 'transformer/' = ''): Digits {
  const file = `${model}model.mlir`;
  const about = JSON.parse(Buffer.from(read(`${model}model.json`)).toString('utf8'));
  const [, ...weights] = about.arguments as string[];
  return {
    file,
    program: read(file),
    weights: weights.map((name) => array(model + name)),
    images: array('images'),
    labels: array('labels').data as Int32Array,
    batch: about.batch,
    jax: { version: about.trainedWith, probabilities: array(`${model}probabilities`), accuracy: about.accuracy },
  };
}

/** Images `from` … `from + batch`, as the program's first argument. No copy: a view. */
export function batchAt({ images, batch }: Digits, from: number): Tensor {
  const [, ...image] = images.type.dims;
  const size = image.reduce((n, d) => n * d, 1);
  return tensor('f32', [batch, ...image], images.data.subarray(from * size, (from + batch) * size));
}
