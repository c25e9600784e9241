import { describe, expect, it } from 'vitest';
import { KernelBuilder } from '../../../src/emitters/loop/builder.js';
import { runKernel } from '../../../src/emitters/loop/interpreter.js';
import type { LaneType } from '../../../src/emitters/loop/ir.js';
import { decodeTable, type NarrowFloat } from '../../../src/hlo/numeric/float-formats.js';
import { storageOf, type TypedArray } from '../../../src/hlo/tensor.js';
import { ELEMENT, ELEMENT_TYPES, type ElementType } from '../../../src/hlo/types.js';
import { runNative } from './harness.js';
import { difference } from './values.js';

const NARROW = ELEMENT_TYPES.filter((t): t is NarrowFloat => ELEMENT[t].class === 'float' && ELEMENT[t].bits < 32);
const LANES = 16;

/** out = in, whatever conversion that is; native and interpreted. */
function compare(from: ElementType, to: ElementType, data: TypedArray, step: (b: KernelBuilder, x: number) => number) {
  const count = Math.ceil(data.length / LANES) * LANES;
  const padded = new (storageOf(from))(count);
  padded.set(data as never);
  const b = new KernelBuilder('convert', count / LANES);
  const x = b.buffer('x', from, count, 'read');
  const y = b.buffer('y', to, count, 'write');
  const at = b.binary('mul', b.task, b.index(LANES));
  b.store(y, at, step(b, b.load(x, at, LANES)));
  const native = new (storageOf(to))(count);
  const expected = new (storageOf(to))(count);
  runKernel(b.finish(), [padded, expected]);
  runNative(b.finish(), [padded, native]);
  return difference(to, native, expected);
}

/** Every number of the format, what lies half way between neighbours, and the numbers just beside both. */
function borders(element: NarrowFloat, source: LaneType): TypedArray {
  const values = [...new Set(decodeTable(element))].filter(Number.isFinite).sort((a, b) => a - b);
  const middles = values.slice(1).map((v, i) => v / 2 + values[i]! / 2);
  const top = values.at(-1)!;
  const points = [...values, ...middles, top * 1.0625, top * 1.125, top * 1.25, top * 2, Number.NaN, -0];
  const tiny = source === 'f32' ? 2 ** -23 : 2 ** -52;
  const beside = points.flatMap((v) => [v, v * (1 + tiny), v * (1 - tiny), v + 2 ** -149]);
  const Storage = storageOf(source) as Float32ArrayConstructor;
  return Storage.from([...beside, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
}

describe.each(NARROW)('%s in native code', (element) => {
  it('widens every pattern as the interpreter does', () => {
    const patterns = (storageOf(element) as Uint16ArrayConstructor).from(decodeTable(element).keys());
    expect(compare(element, 'f32', patterns, (_, x) => x)).toBeUndefined();
  });

  it('rounds at every border as the interpreter does', () => {
    expect(compare('f32', element, borders(element, 'f32'), (_, x) => x)).toBeUndefined();
    const rounded = (source: LaneType) =>
      compare(source, source, borders(element, source), (b, x) => b.roundTo(x, element));
    expect(rounded('f32')).toBeUndefined();
    expect(rounded('f64')).toBeUndefined();
  });
});
