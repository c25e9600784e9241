/** What a contraction adds up, in which type, and how often it rounds. */
import { ELEMENT, type ElementType, isComplex, isFloat, partType, type Value } from '../../../hlo/index.js';
import { sumType } from '../../../hlo/numeric/contraction.js';
import type { KernelBuilder } from '../../loop/builder.js';
import { type LaneType, laneTypeOf, type ValueId } from '../../loop/ir.js';
import type { PartIds } from '../../stitch/stitcher.js';

export class Arithmetic {
  /** The type that sums are kept in: f32 for narrow floats, s32 or s64 for integers. */
  readonly sum: ElementType;
  readonly lane: LaneType;
  /** Values that one sum is kept in: two where it is complex. */
  readonly parts: number;

  constructor(
    private readonly result: ElementType,
    lhs: ElementType,
    rhs: ElementType,
    /** Product and sum are rounded separately. */
    private readonly sequential: boolean,
  ) {
    this.sum = sumType(lhs, rhs, result);
    this.lane = laneTypeOf(this.sum);
    this.parts = isComplex(this.sum) ? 2 : 1;
  }

  /** What one of its parts is in memory. */
  get sumPart(): ElementType {
    return partType(this.sum);
  }

  get laneBits(): number {
    return Math.max(8, ELEMENT[this.sum].bits / this.parts);
  }

  static of(product: Value, lhs: Value, rhs: Value, sequential: boolean): Arithmetic {
    return new Arithmetic(product.tensorType.element, lhs.tensorType.element, rhs.tensorType.element, sequential);
  }

  zero(b: KernelBuilder, lanes: number): ValueId {
    return b.constant({ element: this.lane, lanes }, 0);
  }

  /** A factor's element in the type of the sum; a real one beside complex ones has no imaginary part. */
  factor(b: KernelBuilder, parts: PartIds): PartIds {
    const wide = parts.map((p) => b.convert(p, this.lane));
    if (this.parts === wide.length) return wide;
    return [wide[0]!, this.zero(b, b.typeOf(wide[0]!).lanes)];
  }

  /** acc + x·y, in as many lanes as acc has. */
  accumulate(b: KernelBuilder, acc: PartIds, x: PartIds, y: PartIds): PartIds {
    const { lanes } = b.typeOf(acc[0]!);
    const [u, v] = [x, y].map((f) => f.map((p) => b.splat(p, lanes))) as [ValueId[], ValueId[]];
    if (this.parts === 2) {
      const [re, im] = acc as [ValueId, ValueId];
      const mul = (p: ValueId, q: ValueId) => b.binary('mul', p, q);
      return [
        b.binary('add', re, b.binary('sub', mul(u[0]!, v[0]!), mul(u[1]!, v[1]!))),
        b.binary('add', im, b.binary('add', mul(u[0]!, v[1]!), mul(u[1]!, v[0]!))),
      ];
    }
    const [total] = acc as [ValueId];
    if (this.lane === 'pred') return [b.binary('or', total, b.binary('and', u[0]!, v[0]!))];
    if (isFloat(this.sum) && !this.sequential) return [b.fma(u[0]!, v[0]!, total)];
    return [b.binary('add', total, b.binary('mul', u[0]!, v[0]!))];
  }

  /** Two sums in one. */
  add(b: KernelBuilder, x: PartIds, y: PartIds): PartIds {
    return x.map((p, k) => b.binary(this.lane === 'pred' ? 'or' : 'add', p, y[k]!));
  }

  /** The sum in the result's own type: rounded once, or wrapped. */
  close(b: KernelBuilder, acc: PartIds): PartIds {
    const to = laneTypeOf(this.result);
    return acc.map((p) => {
      const value = b.convert(p, to);
      return isFloat(this.result) && to !== this.result ? b.roundTo(value, this.result) : value;
    });
  }
}
