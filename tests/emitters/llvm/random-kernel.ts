/** Small random kernels, decided by a list of numbers, which shrinks well. They keep to what ir.ts allows. */
import { KernelBuilder } from '../../../src/emitters/loop/builder.js';
import type {
  BinaryOp,
  CompareOp,
  Kernel,
  LaneType,
  LoopType,
  UnaryOp,
  ValueId,
} from '../../../src/emitters/loop/ir.js';
import { laneTypeOf } from '../../../src/emitters/loop/ir.js';
import type { ElementType } from '../../../src/hlo/types.js';

const COUNT = 96;
const ELEMENTS: ElementType[] = ['f32', 'f64', 's32', 'u8', 's64', 'f16', 'bf16', 'f8e4m3fn', 'pred', 's16'];
const FLOAT_UNARY: UnaryOp[] = ['neg', 'abs', 'sqrt', 'floor', 'ceil', 'trunc', 'roundEven'];
const INTEGER_UNARY: UnaryOp[] = ['neg', 'not', 'popcnt', 'clz'];
const FLOAT_BINARY: BinaryOp[] = ['add', 'sub', 'mul', 'div', 'min', 'max'];
const INTEGER_BINARY: BinaryOp[] = ['add', 'sub', 'mul', 'min', 'max', 'and', 'or', 'xor'];
const COMPARES: CompareOp[] = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'];

const isFloat = (t: LaneType): boolean => t === 'f32' || t === 'f64';

export function randomKernel(choices: readonly number[]): Kernel {
  return new Generator(choices).kernel();
}

class Generator {
  private next = 0;
  private readonly b = new KernelBuilder('random', 3);
  private readonly lanes: number;
  private readonly buffers: { id: number; element: ElementType; readable: boolean; writable: boolean }[] = [];

  constructor(private readonly choices: readonly number[]) {
    this.lanes = [1, 2, 4, 8, 16, 32, 3][this.choose(7)]!;
  }

  private choose(n: number): number {
    return (this.choices[this.next++] ?? 0) % n;
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.choose(from.length)]!;
  }

  kernel(): Kernel {
    const { b } = this;
    for (let i = 0; i < 3; i++) this.buffer(`in${i}`, true, false);
    for (let i = 0; i < 2; i++) this.buffer(`out${i}`, true, true);
    const local = this.pick(ELEMENTS);
    const id = b.buffer('local', local, COUNT, 'readwrite', 'local');
    this.buffers.push({ id, element: local, readable: true, writable: true });
    const zero = b.constant({ element: laneTypeOf(local), lanes: 1 }, 0);
    b.loop('i', b.index(0), b.index(COUNT), 1, [], (i) => {
      b.store(id, i, zero);
      return [];
    });
    const pool = [b.task, b.index(5)];
    for (let i = 0; i < 3; i++) pool.push(this.load(pool));
    this.block(pool, 3);
    while (this.next < this.choices.length) this.statement(pool, 2);
    return b.finish();
  }

  private buffer(name: string, readable: boolean, writable: boolean): void {
    const element = this.pick(ELEMENTS);
    const id = this.b.buffer(name, element, COUNT, writable ? 'readwrite' : 'read');
    this.buffers.push({ id, element, readable, writable });
  }

  /** Statements that end when the choices do. */
  private block(pool: ValueId[], depth: number): void {
    const n = 2 + this.choose(6);
    for (let i = 0; i < n && this.next < this.choices.length; i++) this.statement(pool, depth);
  }

  private statement(pool: ValueId[], depth: number): void {
    switch (this.choose(depth > 0 ? 12 : 9)) {
      case 0:
      case 1:
        pool.push(this.load(pool));
        break;
      case 2:
      case 3:
        this.store(pool);
        break;
      case 9:
      case 10:
        this.loop(pool, depth);
        break;
      case 11:
        this.b.if(
          this.condition(pool, 1),
          () => this.block([...pool], depth - 1),
          () => this.block([...pool], depth - 1),
        );
        break;
      default:
        pool.push(this.compute(pool));
    }
  }

  private like(pool: readonly ValueId[], type: LoopType): ValueId {
    const { b } = this;
    const v = this.pick(pool);
    const from = b.typeOf(v);
    const shaped =
      from.lanes === type.lanes
        ? v
        : from.lanes === 1
          ? b.splat(v, type.lanes)
          : type.lanes === 1
            ? b.part(v, this.choose(from.lanes), 1)
            : b.splat(b.part(v, 0, 1), type.lanes);
    return b.convert(shaped, type.element);
  }

  private condition(pool: readonly ValueId[], lanes: number): ValueId {
    const { b } = this;
    const type = { element: b.typeOf(this.pick(pool)).element, lanes };
    return b.compare(this.pick(COMPARES), this.like(pool, type), this.like(pool, type));
  }

  /** An index for `lanes` elements from there on, inside every buffer. */
  private index(pool: readonly ValueId[], lanes: number, indexLanes = 1): ValueId {
    const { b } = this;
    const type: LoopType = { element: 's64', lanes: indexLanes };
    const raw = this.like(pool, type);
    return b.binary('min', b.binary('max', raw, b.constant(type, 0)), b.constant(type, COUNT - lanes));
  }

  private load(pool: readonly ValueId[]): ValueId {
    const { b } = this;
    const { id } = this.pick(this.buffers);
    const lanes = this.choose(3) === 0 ? 1 : this.lanes;
    const mask = this.choose(3) === 0 ? this.condition(pool, lanes) : undefined;
    if (this.choose(3) === 0) return b.gather(id, this.index(pool, 1, lanes), mask);
    return b.load(id, this.index(pool, lanes), lanes, mask);
  }

  private store(pool: readonly ValueId[]): void {
    const { b } = this;
    const { id, element } = this.pick(this.buffers.filter((x) => x.writable));
    const lanes = this.choose(3) === 0 ? 1 : this.lanes;
    const value = this.like(pool, { element: laneTypeOf(element), lanes });
    const mask = this.choose(3) === 0 ? this.condition(pool, lanes) : undefined;
    if (this.choose(4) === 0) b.scatter(id, this.index(pool, 1, lanes), value, mask);
    else b.store(id, this.index(pool, lanes), value, mask === undefined ? { nontemporal: true } : { mask });
  }

  private compute(pool: readonly ValueId[]): ValueId {
    const { b } = this;
    const type = b.typeOf(this.pick(pool));
    const float = isFloat(type.element);
    const a = this.like(pool, type);
    if (type.element === 'pred') {
      const c = this.like(pool, type);
      return this.choose(2) ? b.unary('not', a) : b.binary(this.pick(['and', 'or', 'xor', 'min', 'max']), a, c);
    }
    switch (this.choose(5)) {
      case 0:
        return b.unary(this.pick(float ? FLOAT_UNARY : INTEGER_UNARY), a);
      case 1:
        return b.select(this.condition(pool, type.lanes), a, this.like(pool, type));
      case 2:
        return float ? b.fma(a, this.like(pool, type), this.like(pool, type)) : b.convert(a, 'f32');
      case 3:
        if (type.lanes > 1)
          return b.shuffle(
            a,
            a,
            Array.from({ length: type.lanes }, () => this.choose(type.lanes)),
          );
        return float ? b.roundTo(a, this.pick(['bf16', 'f16', 'f8e5m2'] as const)) : a;
      default:
        return b.binary(this.pick(float ? FLOAT_BINARY : INTEGER_BINARY), a, this.like(pool, type));
    }
  }

  private loop(pool: ValueId[], depth: number): void {
    const { b } = this;
    const lo = this.choose(2) ? b.index(this.choose(4)) : this.small(pool);
    const hi = this.choose(2) ? b.index(this.choose(9)) : this.small(pool);
    const inits = Array.from({ length: this.choose(3) }, () => this.pick(pool));
    const results = b.loop(
      'i',
      lo,
      hi,
      1 + this.choose(3),
      inits,
      (i, carried) => {
        const inner = [...pool, i, ...carried];
        this.block(inner, depth - 1);
        return inits.map((v) => this.like(inner, b.typeOf(v)));
      },
      1 + this.choose(3),
    );
    pool.push(...results);
  }

  /** An index in 0 … 8. */
  private small(pool: readonly ValueId[]): ValueId {
    const { b } = this;
    return b.binary('min', b.binary('max', this.like(pool, { element: 's64', lanes: 1 }), b.index(0)), b.index(8));
  }
}
