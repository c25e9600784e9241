/**
 * Why rewriting ends: a lexicographic path order (Kamin and Lévy) over the terms that values are. It is well-founded and
 * respects context, so rules that each lower the term that they replace cannot go on for ever, nor undo each other.
 */
import { ELEMENT, type Opcode, type OpRegistry, type Value } from '../hlo/index.js';

export class TermOrder {
  private readonly ranks = new Map<Opcode, number>();
  private readonly betweenWidths = new Map<Opcode, number>();
  private readonly memo = new Map<Value, Map<Value, boolean>>();

  /** Where ops stand that no group names: heavier than all groups, or in the place of an empty one. */
  private readonly unlisted: number;
  /** What an op weighs more where an operand or a result of it is quantized: than any op without. */
  private readonly quantized: number;

  /**
   * `groups`: canonical op names, light to heavy. Of unlisted ops those that call computations are the heavier.
   * `op:width` is the op where its elements change their width.
   */
  constructor(
    private readonly ops: OpRegistry,
    groups: readonly (readonly string[])[],
  ) {
    const empty = groups.findIndex((names) => names.length === 0);
    this.unlisted = empty < 0 ? groups.length : empty;
    this.quantized = groups.length + 1;
    groups.forEach((names, rank) => {
      for (const name of names) {
        const [op = '', change] = name.split(':');
        (change === 'width' ? this.betweenWidths : this.ranks).set(ops.opcode(op), rank);
      }
    });
  }

  /** Whether the term of `a` is greater than that of `b`. */
  greater(a: Value, b: Value): boolean {
    let known = this.memo.get(a);
    if (!known) this.memo.set(a, (known = new Map()));
    let answer = known.get(b);
    if (answer === undefined) known.set(b, (answer = this.compare(a, b)));
    return answer;
  }

  private compare(a: Value, b: Value): boolean {
    if (a === b || this.isLeaf(a)) return false;
    const args = a.producer.operands;
    if (args.some((x) => this.same(x, b) || this.greater(x, b))) return true;
    if (this.isLeaf(b)) return this.isConstant(b) && !this.isConstant(a);
    const [rank, other] = [this.rank(a), this.rank(b)];
    // Of equal ops the one with more results is the heavier.
    const heavier = rank === other ? a.producer.results.length - b.producer.results.length : rank > other ? 1 : -1;
    if (heavier < 0) return false;
    if (!b.producer.operands.every((y) => this.greater(a, y))) return false;
    if (heavier > 0) return true;
    const { operands } = this.ops.get(a.producer.opcode);
    // Variadic ops compare their operands as multisets, others from the first on.
    if (typeof operands !== 'number') return this.multiset(args, b.producer.operands);
    return this.lexicographic(args, b.producer.operands);
  }

  private multiset(a: readonly Value[], b: readonly Value[]): boolean {
    const left = [...b];
    const more = a.filter((x) => {
      const k = left.findIndex((y) => this.same(x, y));
      if (k >= 0) left.splice(k, 1);
      return k < 0;
    });
    return more.length > 0 && left.every((y) => more.some((x) => this.greater(x, y)));
  }

  /** The first operands that differ decide; of two lists that begin alike, the longer is greater. */
  private lexicographic(a: readonly Value[], b: readonly Value[]): boolean {
    for (let k = 0; k < a.length; k++) {
      if (k >= b.length) return true;
      if (!this.same(a[k]!, b[k]!)) return this.greater(a[k]!, b[k]!);
    }
    return false;
  }

  /** Terms are compared without their attributes; so constants weigh the same, whatever their value. */
  private same(a: Value, b: Value): boolean {
    if (a === b || (this.isConstant(a) && this.isConstant(b))) return true;
    if (this.isLeaf(a) || this.isLeaf(b) || a.index !== b.index || a.producer.opcode !== b.producer.opcode)
      return false;
    if (this.rank(a) !== this.rank(b)) return false;
    const [x, y] = [a.producer.operands, b.producer.operands];
    return x.length === y.length && x.every((v, k) => this.same(v, y[k]!));
  }

  private isConstant = (v: Value): boolean => this.ops.kind(v.producer) === 'constant';

  private isLeaf = (v: Value): boolean => this.isConstant(v) || this.ops.kind(v.producer) === 'parameter';

  private rank(v: Value): number {
    const { opcode, called, operands, results } = v.producer;
    // What a computation is copied out of was heavier than anything the computation may hold.
    const unlisted = called.length > 0 ? this.unlisted + 0.5 : this.unlisted;
    const betweenWidths = changesWidth(v) ? this.betweenWidths.get(opcode) : undefined;
    const rank = betweenWidths ?? this.ranks.get(opcode) ?? unlisted;
    return [...operands, ...results].some(isQuantized) ? rank + this.quantized : rank;
  }
}

function changesWidth(v: Value): boolean {
  const [x] = v.producer.operands;
  if (x?.type.kind !== 'tensor' || v.type.kind !== 'tensor') return false;
  return ELEMENT[x.type.element].bits !== ELEMENT[v.type.element].bits;
}

const isQuantized = ({ type }: Value): boolean => type.kind === 'tensor' && type.quantization !== undefined;
