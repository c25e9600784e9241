/** Random programs of maps, reductions and data movement, for comparing kernels with the interpreter. */
import fc from 'fast-check';
import {
  Computation,
  type Instruction,
  Literal,
  Module,
  type OpRegistry,
  tensorType,
  type Value,
} from '../../src/hlo/index.js';

/** What one step does: which op, on which earlier values, with which choices; resolved against the values there are. */
export interface Step {
  readonly what: number;
  readonly pick: number;
  readonly other: number;
  readonly axis: number;
}

export const steps = (max: number): fc.Arbitrary<readonly Step[]> => {
  const n = fc.nat({ max: 1 << 20 });
  return fc.array(fc.record({ what: n, pick: n, other: n, axis: n }), { minLength: 1, maxLength: max });
};

const F32 = 'f32';

class GraphMaker {
  readonly module = new Module('random');
  readonly main = new Computation('main');
  readonly values: Value[] = [];

  constructor(private readonly ops: OpRegistry) {
    this.module.add(this.main);
  }

  parameter(dims: readonly number[]): void {
    this.values.push(this.main.addParameter(this.ops.opcode('parameter'), tensorType(F32, dims)));
  }

  build(name: string, operands: readonly Value[], rest: Partial<Parameters<OpRegistry['build']>[2]> = {}): Value {
    const i: Instruction = this.ops.build(this.main, this.ops.opcode(name), { operands, ...rest });
    this.values.push(i.result);
    return i.result;
  }

  private reducer(name: string): Computation {
    const c = new Computation(`reducer_${name}`);
    const scalar = tensorType(F32);
    const a = c.addParameter(this.ops.opcode('parameter'), scalar);
    const b = c.addParameter(this.ops.opcode('parameter'), scalar);
    c.setResults([this.ops.build(c, this.ops.opcode(name), { operands: [a, b] }).result]);
    return c;
  }

  private scalar(x: number): Value {
    const value = Literal.splat(tensorType(F32), Float32Array.of(x));
    return this.ops.build(this.main, this.ops.opcode('constant'), { attributes: { value } }).result;
  }

  private at(k: number): Value {
    return this.values[k % this.values.length]!;
  }

  /** Another value of the same shape, the value itself if there is none. */
  private twin(v: Value, k: number): Value {
    const same = this.values.filter((w) => w.tensorType.dims.join() === v.tensorType.dims.join());
    return same[k % same.length]!;
  }

  step(s: Step): void {
    const v = this.at(s.pick);
    const { dims } = v.tensorType;
    const axis = dims.length === 0 ? 0 : s.axis % dims.length;
    const unary = ['negate', 'abs', 'tanh', 'exponential', 'logistic', 'floor'];
    const binary = ['add', 'subtract', 'multiply', 'maximum', 'minimum'];
    const moves = [
      () => this.build(unary[s.other % unary.length]!, [v]),
      () => this.build(binary[s.axis % binary.length]!, [v, this.twin(v, s.other)]),
      () => this.build(binary[s.axis % binary.length]!, [v, this.twin(v, s.other)]),
      () => this.reduce(v, axis, s.other),
      () => this.broadcast(v, s),
      () => this.transpose(v, axis),
      () => this.reshape(v, axis),
      () => this.slice(v, axis, s.other),
      () => this.concatenate(v, axis, s.other),
      () => this.pad(v, axis, s.other),
      () => this.build('reverse', [v], { attributes: { dimensions: dims.length === 0 ? [] : [axis] } }),
    ];
    moves[s.what % moves.length]!();
  }

  private reduce(v: Value, axis: number, k: number): void {
    const name = ['add', 'maximum', 'multiply', 'minimum'][k % 4]!;
    const init = this.scalar([0, Number.NEGATIVE_INFINITY, 1, Number.POSITIVE_INFINITY][k % 4]!);
    if (v.tensorType.dims.length === 0) return;
    const reduced = this.build('reduce', [v, init], {
      attributes: { dimensions: [axis] },
      called: [this.reducer(name)],
    });
    // Back over the reduced axis, as normalisations do.
    const dimensions = v.tensorType.dims.map((_, d) => d).filter((d) => d !== axis);
    const back = this.build('broadcast', [reduced], { attributes: { dimensions }, declared: [v.type] });
    this.build('subtract', [v, back]);
  }

  private broadcast(v: Value, s: Step): void {
    const { dims } = v.tensorType;
    if (dims.length >= 3) return;
    const at = s.axis % (dims.length + 1);
    const extent = 2 + (s.other % 4);
    const result = [...dims.slice(0, at), extent, ...dims.slice(at)];
    const dimensions = dims.map((_, d) => (d < at ? d : d + 1));
    this.build('broadcast', [v], { attributes: { dimensions }, declared: [tensorType(F32, result)] });
  }

  private transpose(v: Value, axis: number): void {
    const rank = v.tensorType.dims.length;
    const permutation = Array.from({ length: rank }, (_, d) => (d + axis) % Math.max(1, rank));
    this.build('transpose', [v], { attributes: { permutation } });
  }

  private reshape(v: Value, axis: number): void {
    const { dims } = v.tensorType;
    if (dims.length < 2) return;
    const d = Math.min(axis, dims.length - 2);
    const merged = [...dims.slice(0, d), dims[d]! * dims[d + 1]!, ...dims.slice(d + 2)];
    this.build('reshape', [v], { declared: [tensorType(F32, merged)] });
  }

  private slice(v: Value, axis: number, k: number): void {
    const { dims } = v.tensorType;
    if (dims.length === 0 || dims[axis]! < 3) return;
    const starts = dims.map((_, d) => (d === axis ? 1 : 0));
    const strides = dims.map((_, d) => (d === axis ? 1 + (k % 2) : 1));
    this.build('slice', [v], { attributes: { starts, limits: [...dims], strides } });
  }

  private concatenate(v: Value, axis: number, k: number): void {
    if (v.tensorType.dims.length === 0 || v.tensorType.dims[axis]! > 40) return;
    this.build('concatenate', [v, this.twin(v, k)], { attributes: { dimension: axis } });
  }

  private pad(v: Value, axis: number, k: number): void {
    const { dims } = v.tensorType;
    if (dims.length === 0 || dims[axis]! > 40) return;
    const only = (n: number) => dims.map((_, d) => (d === axis ? n : 0));
    const attributes = { low: only(k % 3), high: only(1), interior: only(k % 2) };
    this.build('pad', [v, this.scalar(0.5)], { attributes });
  }

  finish(): Module {
    const unused = this.values.filter((v) => v.users.size === 0);
    const wanted = unused.length > 0 ? unused : this.values.slice(-1);
    this.main.setResults(wanted.slice(-4));
    return this.module;
  }
}

/** The program that the steps describe, on two parameters. */
export function randomGraph(ops: OpRegistry, dims: readonly number[], all: readonly Step[]): Module {
  const maker = new GraphMaker(ops);
  maker.parameter(dims);
  maker.parameter(dims);
  for (const s of all) maker.step(s);
  return maker.finish();
}
