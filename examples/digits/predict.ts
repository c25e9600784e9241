/** Runs the model on images, a batch at a time. */
import type { Executable } from 'thimble';
import { batchAt, type Digits } from './data.js';

export const CLASSES = 10;

export interface Prediction {
  readonly digit: number;
  readonly probability: number;
}

/** The likeliest class of a row of probabilities. */
function likeliest(probabilities: ArrayLike<number>): Prediction {
  let digit = 0;
  for (let c = 1; c < CLASSES; c++) if (probabilities[c]! > probabilities[digit]!) digit = c;
  return { digit, probability: probabilities[digit]! };
}

/** Probabilities of every class for a batch of images: [batch, 10], row-major. */
export function probabilities(model: Executable, digits: Digits, from: number): Float32Array {
  const [result] = model.runSync([batchAt(digits, from), ...digits.weights]);
  return result!.data as Float32Array;
}

export const predictions = (batch: Float32Array): Prediction[] =>
  Array.from({ length: batch.length / CLASSES }, (_, k) => likeliest(batch.subarray(k * CLASSES, (k + 1) * CLASSES)));
