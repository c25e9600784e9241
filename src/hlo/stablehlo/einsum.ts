/** Einsums as sums, dots and transposes. */
import type { Value } from '../graph.js';
import type { Expanding } from './expansions.js';

/** `ab,bc->ac` as letters of the operands and of the result. */
function equationOf(e: Expanding, operands: number): { given: string[][]; wanted: string[] } {
  const a = e.reading.attributes.get('einsum_config');
  const text = a?.kind === 'string' ? a.value.replaceAll(' ', '') : '';
  const shape = /^[A-Za-z]*(?:,[A-Za-z]*)*->[A-Za-z]*$/.test(text);
  const [left = '', right = ''] = text.split('->');
  const given = left.split(',').map((letters) => [...letters]);
  const wanted = [...right];
  if (!shape || given.length !== operands) {
    const form = operands === 1 ? 'ab->ba' : 'ab,bc->ac';
    e.reading.fail(`'einsum_config' must be letters as in "${form}", a letter a dimension, but is "${text}"`);
  }
  for (const [k, letters] of given.entries()) {
    const { length } = e.operands[k]!.tensorType.dims;
    if (letters.length !== length)
      e.reading.fail(`operand ${k} has rank ${length}, but "${letters.join('')}" names others`);
  }
  for (const letters of [...given, wanted]) {
    if (new Set(letters).size < letters.length) e.reading.fail(`"${letters.join('')}" names a dimension twice`);
  }
  const unknown = wanted.find((l) => !given.flat().includes(l));
  if (unknown) e.reading.fail(`no operand has the dimension "${unknown}" of the result`);
  return { given, wanted };
}

export function unaryEinsum(e: Expanding): Value {
  const { given, wanted } = equationOf(e, 1);
  return arranged(e, ...summed(e, e.operands[0]!, given[0]!, wanted), wanted);
}

export function einsum(e: Expanding): Value {
  const { given, wanted } = equationOf(e, 2);
  const [l, r] = given as [string[], string[]];
  // What only one side has and the result has not is summed first.
  const [x, xs] = summed(e, e.operands[0]!, l, [...wanted, ...r]);
  const [y, ys] = summed(e, e.operands[1]!, r, [...wanted, ...l]);
  const batch = xs.filter((c) => ys.includes(c) && wanted.includes(c));
  const shared = xs.filter((c) => ys.includes(c) && !wanted.includes(c));
  const product = e.make('dot', [x, y], {
    lhsBatch: batch.map((c) => xs.indexOf(c)),
    rhsBatch: batch.map((c) => ys.indexOf(c)),
    lhsContracting: shared.map((c) => xs.indexOf(c)),
    rhsContracting: shared.map((c) => ys.indexOf(c)),
  });
  const free = [...xs, ...ys].filter((c) => !batch.includes(c) && !shared.includes(c));
  return arranged(e, product, [...batch, ...free], wanted);
}

/** Without the dimensions that nobody keeps. */
function summed(e: Expanding, v: Value, letters: string[], kept: readonly string[]): [Value, string[]] {
  const gone = letters.flatMap((c, d) => (kept.includes(c) ? [] : [d]));
  if (gone.length === 0) return [v, letters];
  return [e.sum(v, gone), letters.filter((_, d) => !gone.includes(d))];
}

function arranged(e: Expanding, v: Value, letters: readonly string[], wanted: readonly string[]): Value {
  const permutation = wanted.map((c) => letters.indexOf(c));
  return permutation.every((d, k) => d === k) ? v : e.make('transpose', [v], { permutation });
}
