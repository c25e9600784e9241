/**
 * Template fourier: discrete Fourier transforms along the last dimensions, one kernel a dimension.
 *
 * Each task transforms blocks of as many rows as a vector has lanes: loaded into memory of its own, a row a lane,
 * transformed there, and stored. A real signal of even length is half as many complex numbers.
 */
import type { Group } from '../../../fusion/group.js';
import type { AloneSpace } from '../../../fusion/space.js';
import { ELEMENT, elementCount, partType, type Value } from '../../../hlo/index.js';
import { rootsOfUnity } from '../../../hlo/numeric/fourier.js';
import { constant } from '../../../rules/index/index.js';
import type { FourierRole } from '../../../rules/index.js';
import type { ValueId } from '../../loop/ir.js';
import { type EmitOptions, type EmittedKernel, KernelContext, Scratch, scheduleFor } from '../kernel-context.js';
import { type Axis, Block } from './axis.js';
import type { Point } from './butterfly.js';
import { Points, pointsFor } from './transform.js';

/** One dimension's transform. */
interface Pass {
  readonly dimension: number;
  /** Points of the signal, and how it is given: complex as it is, or real beside half a spectrum. */
  readonly points: number;
  readonly real: FourierRole['real'];
  /** Dimensions of what it reads and writes, in elements. */
  readonly from: readonly number[];
  readonly to: readonly number[];
}

function passesOf({ lengths, real }: FourierRole, operand: Value): Pass[] {
  const { dims } = operand.tensorType;
  const last = dims.length - 1;
  const order = lengths.map((points, k) => ({ points, dimension: dims.length - lengths.length + k }));
  // Half a spectrum is made first of a real signal, and unmade last.
  if (real === 'operand') order.reverse();
  let from: readonly number[] = dims;
  return order.map(({ points, dimension }) => {
    const kind = dimension === last ? real : 'no';
    const size = kind === 'operand' ? Math.floor(points / 2) + 1 : points;
    const to = from.map((n, d) => (d === dimension ? size : n));
    const pass = { dimension, points, real: kind, from, to };
    from = to;
    return pass;
  });
}

export function emitFourier(g: Group, options: EmitOptions): readonly EmittedKernel[] {
  const { instruction, role } = g.space as AloneSpace<FourierRole>;
  const passes = passesOf(role, instruction.operands[0]!);
  const element = partType(instruction.result.tensorType.element) as 'f32' | 'f64';
  const scratchOf = (p: Pass) => new Scratch(elementCount(p.to) * 2 * ELEMENT[element].bytes);
  let source: Scratch | undefined;
  return passes.map((pass, k) => {
    const target = k === passes.length - 1 ? undefined : scratchOf(pass);
    const kernel = new AxisTransform(g, options, { pass, element, inverse: role.inverse, source, target }).run();
    source = target;
    return kernel;
  });
}

interface Work {
  readonly pass: Pass;
  readonly element: 'f32' | 'f64';
  readonly inverse: boolean;
  /** Where the signal comes from and goes to; absent: the op's operand, its result. */
  readonly source: Scratch | undefined;
  readonly target: Scratch | undefined;
}

class AxisTransform {
  private readonly context: KernelContext;
  private readonly lanes: number;
  private readonly rows: number;
  private readonly rowsPerTask: number;
  private readonly from: Axis<number | undefined>;
  private readonly to: Axis;
  private readonly points: Points;
  private readonly first: ValueId;
  /** A real signal of even length is transformed as half as many complex numbers. */
  private readonly halved: boolean;
  private readonly length: number;
  private readonly operand: Value;

  constructor(
    g: Group,
    options: EmitOptions,
    private readonly work: Work,
  ) {
    const { pass, element, source, target } = work;
    this.rows = elementCount(pass.from.filter((_, d) => d !== pass.dimension));
    this.halved = pass.real === 'operand' && pass.points % 2 === 0 && pass.points > 0;
    this.length = this.halved ? pass.points / 2 : pass.points;
    const problem = { template: 'fourier', rows: Math.max(1, this.rows), length: this.length, element } as const;
    const plan = scheduleFor(options, 'fourier', problem);
    this.lanes = plan.lanes;
    this.rowsPerTask = plan.rowsPerTask;
    this.context = new KernelContext(g, options, Math.ceil(this.rows / plan.rowsPerTask), target ? [] : g.outputs);
    const { instruction } = g.space as AloneSpace;
    this.operand = instruction.operands[0]!;
    const count = (dims: readonly number[]) => 2 * elementCount(dims);
    const input = source
      ? this.context.scratch(source, element, count(pass.from), 'read')
      : this.context.input(this.operand);
    const output = target
      ? this.context.scratch(target, element, count(pass.to), 'write')
      : this.context.output(instruction.result);
    this.from = axisOf(input, pass.from, pass.dimension, pass.real === 'operand' ? 1 : 2);
    this.to = axisOf(output, pass.to, pass.dimension, pass.real === 'result' ? 1 : 2);
    const size = Math.max(pointsFor(Math.max(1, this.length)), this.length + 1);
    const area = 2 * size * this.lanes;
    const [memory] = this.context.own(2 * area, element);
    const { builder: b } = this.context;
    const { base, buffer } = memory!;
    this.first = base;
    const starts = [base, b.binary('add', base, b.index(area))] as const;
    this.points = new Points({ context: this.context, buffer, starts, element, lanes: plan.lanes, radix: plan.radix });
  }

  run(): EmittedKernel {
    const { builder: b } = this.context;
    const lo = b.binary('mul', b.task, b.index(this.rowsPerTask));
    const hi = b.binary('min', b.binary('add', lo, b.index(this.rowsPerTask)), b.index(this.rows));
    b.loop('rows', lo, hi, this.lanes, [], (first) => {
      // The last rows may be done twice rather than in part.
      const row = b.binary('min', first, b.index(this.rows - this.lanes));
      const block = new Block(this.context, this.lanes, row);
      this.load(block);
      const done = this.points.transform(this.length, this.first);
      if (this.halved) this.storeUnfolded(block, done);
      else this.store(block, done);
      return [];
    });
    return this.context.finish();
  }

  /** The inverse transform is the forward one with real and imaginary parts exchanged. */
  private slot(point: ValueId, part: number): ValueId {
    const { builder: b } = this.context;
    const odd = this.work.inverse ? 1 - part : part;
    return b.binary('add', b.binary('mul', point, b.index(2)), b.index(odd));
  }

  private load(block: Block): void {
    const { builder: b } = this.context;
    const { real, points } = this.work.pass;
    const { first } = this;
    const zero = b.constant({ element: this.work.element, lanes: this.lanes }, 0);
    const put = (position: ValueId, part: number, value: ValueId): void => {
      if (this.halved) this.points.storeSlot(first, position, value);
      else this.points.storeSlot(first, this.slot(position, part), value);
      if (real === 'operand' && !this.halved) this.points.storeSlot(first, this.slot(position, 1), zero);
    };
    const { from } = this;
    if (from.buffer !== undefined) block.load({ ...from, buffer: from.buffer }, put);
    else {
      this.points.each('point', 0, from.length, (p) => {
        for (const [part, v] of this.repeated().entries()) put(p, part, v);
      });
    }
    if (real !== 'result') return;
    // Of a real signal's spectrum X[n − k] is the conjugate of X[k].
    this.points.each('mirror', Math.floor(points / 2) + 1, points, (k) => {
      const twin = b.binary('sub', b.index(points), k);
      this.points.storeSlot(first, this.slot(k, 0), this.points.loadSlot(first, this.slot(twin, 0)));
      const im = this.points.loadSlot(first, this.slot(twin, 1));
      this.points.storeSlot(first, this.slot(k, 1), b.unary('neg', im));
    });
  }

  /** The parts of an operand that is one number repeated. */
  private repeated(): readonly ValueId[] {
    const zero = this.operand.tensorType.dims.map(() => constant(0));
    return this.context.stitch.value(this.operand, zero);
  }

  private store(block: Block, area: ValueId): void {
    const { builder: b } = this.context;
    const type = { element: this.work.element, lanes: this.lanes } as const;
    const scale = b.constant(type, 1 / this.work.pass.points);
    block.store(this.to, (position, part) => {
      const value = this.points.loadSlot(area, this.slot(position, part));
      return this.work.inverse ? b.binary('mul', value, scale) : value;
    });
  }

  /** Both parts of an element are asked for one after the other: they are computed together. */
  private storeUnfolded(block: Block, area: ValueId): void {
    const { builder: b } = this.context;
    // Z is periodic: Z[N/2] is Z[0].
    this.points.store(area, b.index(this.length), this.points.load(area, b.index(0)));
    const { cos, sin } = rootsOfUnity(2 * this.length);
    const roots = [...cos.subarray(0, this.length), -1].flatMap((c, k) => [c, k < this.length ? sin[k]! : 0]);
    const root = this.points.table(roots);
    let last: { position: ValueId; x: Point } | undefined;
    block.store(this.to, (position, part) => {
      if (last?.position !== position) last = { position, x: this.unfolded(area, position, root(position)) };
      return part === 0 ? last.x.re : last.x.im;
    });
  }

  /**
   * From Z, the transform of z[n] = x[2n] + i·x[2n + 1], to that of x: X[k] = E + w·O with w = exp(−2πi·k/N), where
   * E = (Z[k] + conj Z[N/2 − k]) / 2 and O = (Z[k] − conj Z[N/2 − k]) / 2i.
   */
  private unfolded(area: ValueId, k: ValueId, w: Point): Point {
    const { builder: b } = this.context;
    const half = (v: ValueId) => b.binary('mul', v, b.constant(b.typeOf(v), 0.5));
    const z = this.points.load(area, k);
    const y = this.points.load(area, b.binary('sub', b.index(this.length), k));
    const even: Point = { re: half(b.binary('add', z.re, y.re)), im: half(b.binary('sub', z.im, y.im)) };
    const odd: Point = { re: half(b.binary('add', z.im, y.im)), im: half(b.binary('sub', y.re, z.re)) };
    const re = b.fma(w.re, odd.re, even.re);
    const im = b.fma(w.re, odd.im, even.im);
    return { re: b.fma(b.unary('neg', w.im), odd.im, re), im: b.fma(w.im, odd.re, im) };
  }
}

function axisOf<B>(buffer: B, dims: readonly number[], dimension: number, parts: 1 | 2): Axis<B> {
  return {
    buffer,
    outer: elementCount(dims.slice(0, dimension)),
    length: dims[dimension]!,
    inner: elementCount(dims.slice(dimension + 1)),
    parts,
  };
}
