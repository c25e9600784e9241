/** Squares of vectors turned round in registers. */
import type { KernelBuilder } from '../../loop/builder.js';
import type { ValueId } from '../../loop/ir.js';

/** n vectors of n lanes → vector k has lane k of each: log₂ n rounds of exchanging blocks between pairs. */
export function transpose(b: KernelBuilder, lines: readonly ValueId[]): ValueId[] {
  const n = lines.length;
  let now = [...lines];
  for (let h = n / 2; h >= 1; h /= 2) {
    const lanes = Array.from({ length: n }, (_, l) => l);
    const low = lanes.map((l) => (l & h ? n + (l ^ h) : l));
    const high = lanes.map((l) => (l & h ? n + l : l ^ h));
    now = now.map((v, i) => (i & h ? b.shuffle(now[i ^ h]!, v, high) : b.shuffle(v, now[i ^ h]!, low)));
  }
  return now;
}

/** v mod a power of two or any other constant; v ≥ 0. */
export function remainder(b: KernelBuilder, v: ValueId, by: number): ValueId {
  const known = b.constantOf(v);
  return known === undefined ? b.binary('rem', v, b.index(by)) : b.index(Number(known) % by);
}
