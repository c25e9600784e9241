/** Leaves for graphics processors that a processor can run as well. */
import fc from 'fast-check';
import koffi from 'koffi';
import { expect, test } from 'vitest';
import { remainderLeaf } from '../../../src/emitters/llvm/leaves-gpu.js';
import { emitObject } from '../../../src/emitters/llvm/llvm19.js';
import { hostTarget } from '../../../src/rules/target.js';
import { loadObject } from '../../../src/runtime/index.js';

const SPECIAL = [
  0,
  -0,
  1,
  -1,
  5e-324,
  -3e-310,
  1e-45,
  1.5e-40,
  2 ** -126,
  1.7e308,
  3e38,
  Infinity,
  -Infinity,
  Number.NaN,
];

test.each(['float', 'double'] as const)('the remainder of %s is exact', (kind) => {
  const { name, text } = remainderLeaf(kind);
  const object = emitObject(text.replace(`@"${name}"`, '@remainder'), [], hostTarget());
  const code = loadObject({ bytes: object, symbols: ['remainder'] });
  const call = koffi.decode(code.address('remainder'), koffi.proto(kind, [kind, kind])) as (
    x: number,
    y: number,
  ) => number;
  const round = kind === 'float' ? Math.fround : (x: number) => x;
  const number = fc.oneof(fc.constantFrom(...SPECIAL), fc.double(), fc.float(), fc.integer());
  fc.assert(
    fc.property(number, number, (a, b) => {
      const [x, y] = [round(a), round(b)];
      expect(call(x, y)).toBe(x % y);
    }),
    { numRuns: 2000 },
  );
  code.dispose();
});
