/** Random numbers from random bits, which begin at a state that nobody can foresee. */
import {
  type Builder,
  ELEMENT,
  isFloat,
  isSigned,
  op,
  rest,
  rewrite,
  tensorType,
  type Value,
  variables,
} from '../../src/rules/index.js';
import { dimsOf } from './common.js';
import { Terms } from './terms.js';

const { a, b, xs } = variables('a', 'b', 'xs');

class Draws extends Terms {
  /** Fresh bits for each element of the result. */
  bits(element: 'u32' | 'u64'): Value {
    const { dims } = this.build.type;
    const delta = dims.reduce((n, d) => n * d, 1);
    const state = this.build.op('rng-get-and-update-state', [], { delta });
    const types = [tensorType('u64', [2]), tensorType(element, dims)];
    const [, bits] = this.build.results('rng-bit-generator', [state], { algorithm: 'THREE_FRY' }, { type: types });
    return bits!;
  }

  /** Within [0, 1), or in the middle of the steps there: bits as the mantissa of a number within [1, 2). */
  fractions(element: 'f32' | 'f64', middle = false): Value {
    const [unsigned, mantissa, one] =
      element === 'f64' ? (['u64', 52, 0x3ff0000000000000] as const) : (['u32', 23, 0x3f800000] as const);
    const bits = this.bits(unsigned);
    const kept = this.op('shift-right-logical', bits, this.fillLike(bits, ELEMENT[unsigned].bits - mantissa));
    const word = this.op('or', kept, this.fillLike(kept, one));
    const shifted = this.build.op('bitcast-convert', [word], {}, { type: tensorType(element, dimsOf(word)) });
    return this.sub(shifted, this.fillLike(shifted, middle ? 1 - 2 ** -(mantissa + 1) : 1));
  }

  /** low + (high − low) · u */
  uniform(low: Value, high: Value): Value {
    const { element, dims } = this.build.type;
    if (!isFloat(element)) return this.uniformIntegers(low, high);
    const wide = element === 'f64' ? 'f64' : 'f32';
    const [from, to] = [low, high].map((v) => this.broadcast(this.convert(v, wide), dims)) as [Value, Value];
    return this.convert(this.add(from, this.mul(this.sub(to, from), this.fractions(wide))), element);
  }

  private uniformIntegers(low: Value, high: Value): Value {
    const { element, dims } = this.build.type;
    const wide = isSigned(element) ? 's64' : 'u64';
    const [from, to] = [low, high].map((v) => this.convert(v, wide)) as [Value, Value];
    const range = this.broadcast(this.convert(this.sub(to, from), 'u64'), dims);
    const steps = this.convert(this.op('remainder', this.bits('u64'), range), wide);
    return this.convert(this.add(this.broadcast(from, dims), steps), element);
  }

  /** mean + deviation · √2 · erf⁻¹(2u − 1) */
  normal(mean: Value, deviation: Value): Value {
    const { element, dims } = this.build.type;
    const wide = element === 'f64' ? 'f64' : 'f32';
    const u = this.fractions(wide, true);
    const z = this.op('erf-inv', this.sub(this.add(u, u), this.fillLike(u, 1)));
    const [middle, scale] = [mean, deviation].map((v) => this.broadcast(this.convert(v, wide), dims)) as [Value, Value];
    const normal = this.add(middle, this.mul(scale, this.mul(z, this.fillLike(z, Math.SQRT2))));
    return this.convert(normal, element);
  }
}

const drawn =
  (distribution: 'uniform' | 'normal') =>
  ({ a, b }: { readonly a: Value; readonly b: Value }, build: Builder): Value =>
    new Draws(build)[distribution](a, b);

export const Rng_Uniform = rewrite(
  'rng(a, b) = a + (b − a) · u, u of random bits',
  op('rng', [a, b, rest(xs)], { distribution: 'UNIFORM' }),
  { stage: 'decompose', to: drawn('uniform'), fp: 'exact' },
);

export const Rng_Normal = rewrite(
  'rng(a, b) = a + b · √2 · erf⁻¹(2u − 1), u of random bits',
  op('rng', [a, b, rest(xs)], { distribution: 'NORMAL' }),
  { stage: 'decompose', to: drawn('normal'), fp: 'exact' },
);
