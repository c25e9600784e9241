/**
 * LAPACK's routines, by the names under which JAX's programs call them, as calls of OpenBLAS' Fortran functions. The
 * programs themselves ask for these, so nobody need allow the library.
 *
 * Fortran takes numbers by address, matrices column by column, and the lengths of texts behind all other arguments.
 * Work spaces are as large as LAPACK's manual demands, and where blocks are faster as these need (64 columns).
 */
import {
  type ElementType,
  type ForeignArgument,
  type ForeignCall,
  type ForeignMemory,
  isComplex,
  type LibraryRule,
  library,
  type OpView,
  partType,
} from '../../src/rules/index.js';
import { OPENBLAS } from './openblas.js';

const LETTERS: { readonly [T in ElementType]?: string } = { f32: 's', f64: 'd', c64: 'c', c128: 'z' };
const BLOCK = 64;

/** The arguments of one call, in order. */
class Fortran {
  private readonly args: ForeignArgument[] = [];
  private readonly memory: ForeignMemory[] = [];
  private texts = 0;
  /** The type computed in, and that of its parts. */
  readonly element: ElementType;
  readonly real: 'f32' | 'f64';
  readonly complex: boolean;
  /** Rows and columns of operand 0. */
  readonly m: number;
  readonly n: number;
  private readonly calls: number;

  constructor(readonly op: OpView) {
    const { element, dims } = op.operands[0]!;
    this.element = element;
    this.real = partType(element) as 'f32' | 'f64';
    this.complex = isComplex(element);
    [this.m, this.n] = [dims.at(-2) ?? 1, dims.at(-1)!];
    // Every routine takes a matrix; what else it takes are vectors, of the same batch.
    const rank = Math.max(...op.operands.map((t) => t.dims.length));
    const matrix = op.operands.find((t) => t.dims.length === rank)!;
    this.calls = matrix.dims.slice(0, -2).reduce((a, b) => a * b, 1);
  }

  attribute(name: string): string {
    const given = this.op.attributes[name] as number | string;
    return typeof given === 'string' ? given : String.fromCharCode(given);
  }

  text(letter: string): this {
    this.texts++;
    return this.constants('u8', [letter.charCodeAt(0)]);
  }

  int = (...values: number[]): this => values.reduce((call: this, v) => call.constants('s32', [v]), this);
  /** A leading dimension: at least 1, empty matrices too. */
  stride = (rows: number): this => this.int(Math.max(1, rows));
  number = (x: number): this => this.constants(this.real, this.complex ? [x, 0] : [x]);

  private constants(element: 's32' | 'u8' | 'f32' | 'f64', values: readonly number[]): this {
    this.args.push({ kind: 'constants', element, values });
    return this;
  }

  operand(index: number): this {
    this.args.push({ kind: 'operand', index });
    return this;
  }

  result(index: number): this {
    this.args.push({ kind: 'result', index });
    return this;
  }

  nothing(): this {
    this.args.push({ kind: 's64', value: 0 });
    return this;
  }

  /** Memory of the call; the argument is the address of its element `from`. */
  private held(m: ForeignMemory, from = 0): this {
    this.args.push({ kind: 'memory', index: this.memory.push(m) - 1, element: from });
    return this;
  }

  work = (count: number, element = this.element): this => this.held({ element, count: Math.max(1, count) });

  /** An operand that the function turns into a result, as it lies. */
  inPlace(operand: number, result: number, from = 0): this {
    const { element, dims } = this.op.operands[operand]!;
    return this.held(
      { element, count: dims.reduce((a, b) => a * b, 1) / Math.max(1, this.calls), operand, result },
      from,
    );
  }

  /** A matrix column by column: what it is before the call, and after it. */
  matrix(what: { readonly operand?: number; readonly result?: number; readonly zero?: boolean }): this {
    const type = what.operand === undefined ? this.op.results[what.result!]! : this.op.operands[what.operand]!;
    const [rows = 1, columns = 1] = type.dims.slice(-2);
    return this.held({ ...what, element: type.element, count: rows * columns, columnMajor: [rows, columns] });
  }

  /** The function's own work space and its size. */
  sized = (count: number, element = this.element): this => this.work(count, element).int(Math.max(1, count));

  call(name: string, complexName = name): ForeignCall {
    const lengths = Array.from({ length: this.texts }, (): ForeignArgument => ({ kind: 's64', value: 1 }));
    return {
      symbol: `${LETTERS[this.element]}${this.complex ? complexName : name}_`,
      args: [...this.args, ...lengths],
      memory: this.memory,
      calls: this.calls,
    };
  }
}

/** `info` where the op has no such result. */
const unseenInfo = (f: Fortran): Fortran => f.work(1, 's32');
const flipped: Record<string, string> = { L: 'U', U: 'L' };
const otherSide: Record<string, string> = { L: 'R', R: 'L' };

/** Row by row, A is Aᵀ column by column: its other triangle, and the factor's other side. Nothing need be turned. */
const potrf = (f: Fortran) =>
  f.text(flipped[f.attribute('uplo')]!).int(f.n).inPlace(0, 0).stride(f.n).result(1).call('potrf');

function trsm(f: Fortran): ForeignCall {
  const [rows, columns] = f.op.operands[1]!.dims.slice(-2) as [number, number];
  return f
    .text(otherSide[f.attribute('side')]!)
    .text(flipped[f.attribute('uplo')]!)
    .text(f.attribute('transX'))
    .text(f.attribute('diag'))
    .int(columns, rows)
    .number(1)
    .operand(0)
    .stride(f.n)
    .inPlace(1, 0)
    .stride(columns)
    .call('trsm');
}

const inPlace = { operand: 0, result: 0 } as const;

const getrf = (f: Fortran) => f.int(f.m, f.n).matrix(inPlace).stride(f.m).result(1).result(2).call('getrf');

const geqrf = (f: Fortran) =>
  unseenInfo(
    f
      .int(f.m, f.n)
      .matrix(inPlace)
      .stride(f.m)
      .result(1)
      .sized(f.n * BLOCK),
  ).call('geqrf');

function geqp3(f: Fortran): ForeignCall {
  f.int(f.m, f.n).matrix(inPlace).stride(f.m).inPlace(1, 1).result(2);
  f.sized(2 * f.n + (f.n + 1) * BLOCK);
  if (f.complex) f.work(2 * f.n, f.real);
  return unseenInfo(f).call('geqp3');
}

const orgqr = (f: Fortran) =>
  unseenInfo(
    f
      .int(f.m, f.n, f.op.operands[1]!.dims.at(-1)!)
      .matrix(inPlace)
      .stride(f.m)
      .operand(1)
      .sized(f.n * BLOCK),
  ).call('orgqr', 'ungqr');

function ormqr(f: Fortran): ForeignCall {
  const { left, transpose } = f.op.attributes;
  const [rows, columns] = f.op.operands[2]!.dims.slice(-2) as [number, number];
  f.text(left ? 'L' : 'R').text(transpose ? (f.complex ? 'C' : 'T') : 'N');
  f.int(rows, columns, f.op.operands[1]!.dims.at(-1)!).matrix({ operand: 0 }).stride(f.m).operand(1);
  f.matrix({ operand: 2, result: 0 }).stride(rows);
  // ormqr keeps a triangle of 65 × 64 beside the block.
  return unseenInfo(f.sized((left ? columns : rows) * BLOCK + (BLOCK + 1) * BLOCK)).call('ormqr', 'unmqr');
}

function gehrd(f: Fortran): ForeignCall {
  const { low = 1, high = f.n } = f.op.attributes as { low?: number; high?: number };
  f.int(f.n, low, high).matrix(inPlace).stride(f.n).result(1);
  return f
    .sized(f.n * BLOCK + (BLOCK + 1) * BLOCK)
    .result(2)
    .call('gehrd');
}

const sytrd = (f: Fortran) =>
  f
    .text(f.attribute('uplo'))
    .int(f.n)
    .matrix(inPlace)
    .stride(f.n)
    .result(1)
    .result(2)
    .result(3)
    .sized(f.n * BLOCK)
    .result(4)
    .call('sytrd', 'hetrd');

function gtsv(f: Fortran): ForeignCall {
  const [rows, columns] = f.op.operands[3]!.dims.slice(-2) as [number, number];
  // JAX's diagonal below has an unused element in front.
  f.int(rows, columns)
    .inPlace(0, 0, rows > 1 ? 1 : 0)
    .inPlace(1, 1)
    .inPlace(2, 2);
  return f.matrix({ operand: 3, result: 3 }).stride(rows).result(4).call('gtsv');
}

/** A, s, u, vt as gesdd and gesvd take them. */
function factors(f: Fortran): Fortran {
  f.int(f.m, f.n).matrix(inPlace).stride(f.m).result(1);
  f.matrix({ result: 2, zero: true }).stride(f.m);
  return f.matrix({ result: 3, zero: true }).stride(f.op.results[3]!.dims.at(-2)!);
}

function gesdd(f: Fortran): ForeignCall {
  const [k, most] = [Math.min(f.m, f.n), Math.max(f.m, f.n)];
  factors(f.text(f.attribute('mode')));
  f.sized(4 * k * k + 7 * k + most + BLOCK * (f.m + f.n));
  if (f.complex) f.work(Math.max(7 * k, 5 * k * k + 5 * k, 2 * most * k + 2 * k * k + k), f.real);
  return f
    .work(8 * k, 's32')
    .result(4)
    .call('gesdd');
}

function gesvd(f: Fortran): ForeignCall {
  const [k, most] = [Math.min(f.m, f.n), Math.max(f.m, f.n)];
  factors(f.text(f.attribute('mode')).text(f.attribute('mode')));
  f.sized(k * k + 5 * k + most + BLOCK * (f.m + f.n));
  if (f.complex) f.work(5 * k, f.real);
  return f.result(4).call('gesvd');
}

function syevd(f: Fortran): ForeignCall {
  const { n } = f;
  f.text(f.attribute('mode')).text(f.attribute('uplo')).int(n).matrix(inPlace).stride(n).result(1);
  if (f.complex) f.sized(2 * n + n * n + BLOCK * n).sized(1 + 5 * n + 2 * n * n, f.real);
  else f.sized(1 + 6 * n + 2 * n * n + BLOCK * n);
  return f
    .sized(3 + 5 * n, 's32')
    .result(2)
    .call('syevd', 'heevd');
}

function geev(f: Fortran): ForeignCall {
  const { n } = f;
  f.text(f.attribute('computeLeft')).text(f.attribute('computeRight')).int(n).matrix({ operand: 0 }).stride(n);
  const values = f.complex ? 1 : 2;
  for (let k = 0; k < values; k++) f.result(k);
  for (const k of [values, values + 1]) f.matrix({ result: k, zero: true }).stride(n);
  f.sized((BLOCK + 4) * n);
  if (f.complex) f.work(2 * n, f.real);
  return f.result(values + 2).call('geev');
}

function gees(f: Fortran): ForeignCall {
  const { n } = f;
  const values = f.complex ? 1 : 2;
  // No function selects eigenvalues: sort is 'N'.
  f.text(f.attribute('mode')).text('N').nothing().int(n).matrix(inPlace).stride(n);
  f.result(2 + values);
  for (let k = 0; k < values; k++) f.result(2 + k);
  f.matrix({ result: 1, zero: true }).stride(n);
  f.sized((BLOCK + 3) * n);
  if (f.complex) f.work(n, f.real);
  return f
    .nothing()
    .result(3 + values)
    .call('gees');
}

const ROUTINES: { readonly [op: string]: (f: Fortran) => ForeignCall } = {
  ...{ potrf, trsm, getrf, geqrf, geqp3, orgqr, ormqr, gehrd, sytrd, gtsv, gesdd, gesvd, syevd, gees },
  'geev-parts': geev,
};

export const LAPACK_RULES: readonly LibraryRule[] = Object.entries(ROUTINES).map(([name, call]) =>
  library({
    name: `Lapack_${name}`,
    library: OPENBLAS,
    op: `lapack-${name}`,
    when: 'always: the program calls the routine by its name',
    askedByProgram: true,
    applies: () => true,
    call: (op) => call(new Fortran(op)),
  }),
);
