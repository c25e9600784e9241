/**
 * Contraction: a product that only a contractible sum or difference reads joins it as one fma.
 *
 * `a·b + c`, `c + a·b` → fma(a, b, c); `a·b − c` → fma(a, b, −c); `c − a·b` → fma(−a, b, c). Of a sum of two products
 * the first joins. The fma stands where the sum stood.
 */
import { isFloat } from '../../hlo/types.js';
import type { Kernel, Let, Stmt, ValueId } from './ir.js';
import { countUses, forEachStatement } from './walk.js';

export function formFma(kernel: Kernel): Kernel {
  const products = onceReadProducts(kernel);
  const joined = new Set<ValueId>();
  let valueCount = kernel.valueCount;

  /** The statements that stand for a contractible sum, or itself if it has no product to join. */
  const contract = (s: Let): Stmt[] => {
    const o = s.operation;
    if (!s.contract || (o.op !== 'add' && o.op !== 'sub')) return [s];
    const first = products.get(o.a);
    const product = first ?? products.get(o.b);
    if (!product) return [s];
    joined.add(first ? o.a : o.b);
    const other = first ? o.b : o.a;
    const fma = (a: ValueId, c: ValueId): Let => ({
      kind: 'let',
      id: s.id,
      type: s.type,
      operation: { op: 'fma', a, b: product.b, c },
    });
    if (o.op === 'add') return [fma(product.a, other)];
    const negated = valueCount++;
    const negation: Let = {
      kind: 'let',
      id: negated,
      type: s.type,
      operation: { op: 'neg', a: first ? other : product.a },
    };
    return [negation, first ? fma(product.a, negated) : fma(negated, other)];
  };
  const rewrite = (body: readonly Stmt[]): Stmt[] =>
    body.flatMap((s) => (s.kind === 'let' ? contract(s) : [withBodies(s, rewrite)]));
  const dropJoined = (body: readonly Stmt[]): Stmt[] =>
    body.flatMap((s) => (s.kind === 'let' ? (joined.has(s.id) ? [] : [s]) : [withBodies(s, dropJoined)]));

  const body = dropJoined(rewrite(kernel.body));
  return joined.size === 0 ? kernel : { ...kernel, body, valueCount };
}

/** The statement with its bodies replaced by `f` of them. */
function withBodies(s: Stmt, f: (body: readonly Stmt[]) => Stmt[]): Stmt {
  if (s.kind === 'for') return { ...s, body: f(s.body) };
  return s.kind === 'if' ? { ...s, then: f(s.then), else: f(s.else) } : s;
}

/** Contractible float products that are read once. */
function onceReadProducts(kernel: Kernel): Map<ValueId, { a: ValueId; b: ValueId }> {
  const uses = countUses(kernel);
  const products = new Map<ValueId, { a: ValueId; b: ValueId }>();
  forEachStatement(kernel.body, (s) => {
    if (s.kind !== 'let' || !s.contract || s.operation.op !== 'mul' || !isFloat(s.type.element)) return;
    if (uses[s.id] === 1) products.set(s.id, s.operation);
  });
  return products;
}
