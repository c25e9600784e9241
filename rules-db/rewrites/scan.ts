/** Scans as loops over the slices of their inputs. */
import { type Computation, op, rest, rewrite, tensorType, type Value, variables } from '../../src/rules/index.js';
import { capturesOf, dimsOf, elementOf, type Numbers } from './common.js';
import { Terms } from './terms.js';

const { xs, f } = variables('xs', 'f');

type ScanAttributes = { readonly dimension: number; readonly isReverse?: boolean };

/** The operands that are scanned: they have one dimension more than the slices that the body takes. */
function countInputs(operands: readonly Value[], body: Computation): number {
  const isSliced = (v: Value, k: number) => dimsOf(v).length === dimsOf(body.parameters[k]!.result).length + 1;
  const end = operands.findIndex((v, k) => !isSliced(v, k));
  return end < 0 ? operands.length : end;
}

class Scan extends Terms {
  /** With another slice at an index. */
  placeAt(v: Value, slice: Value, dimension: number, at: Value): Value {
    const piece = this.reshape(
      slice,
      dimsOf(v).map((n, d) => (d === dimension ? 1 : n)),
    );
    return this.op('dynamic-update-slice', v, piece, ...this.startsAt(v, dimension, at));
  }
}

const inserted = (dims: Numbers, at: number, n: number): Numbers => [...dims.slice(0, at), n, ...dims.slice(at)];

export const Scan_IsLoop = rewrite('scan(xs; f) = a loop that runs f on slices', op('scan', [rest(xs)], {}, [f]), {
  stage: 'decompose',
  to: ({ xs, f }, build) => {
    const { dimension, isReverse = false } = build.attributes as ScanAttributes;
    const operands = xs.slice(0, xs.length - capturesOf(build.attributes));
    const captured = xs.slice(operands.length);
    const sliced = countInputs(operands, f);
    const [inputs, carries] = [operands.slice(0, sliced), operands.slice(sliced)];
    const n = dimsOf(inputs[0]!)[dimension]!;
    const outputs = f.results.length - carries.length;
    const t = new Scan(build);
    if (n === 0) return build.root.results.map((r, k) => carries[k - outputs] ?? t.build.fill(r.tensorType, 0));
    const stacked = f.results
      .slice(0, outputs)
      .map((r) => build.fill(tensorType(elementOf(r), inserted(dimsOf(r), dimension, n)), 0));
    const first = [...stacked, ...carries, ...inputs, ...captured];
    const last = t.repeat(n, first, (inner, step, now) => {
      const b = new Scan(inner.build);
      const at = isReverse ? b.sub(b.scalar('s32', n - 1), step) : step;
      const [built, state] = [now.slice(0, outputs), now.slice(outputs, outputs + carries.length)];
      const given = now.slice(outputs + carries.length);
      const slices = given.slice(0, sliced).map((v) => b.sliceAt(v, dimension, at));
      const results = inner.build.inline(f, [...slices, ...state, ...given.slice(sliced)]);
      return [...built.map((v, k) => b.placeAt(v, results[k]!, dimension, at)), ...results.slice(outputs), ...given];
    });
    return last.slice(0, f.results.length);
  },
  fp: 'exact',
});
