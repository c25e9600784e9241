/** Every routine with what must hold of its results: the same for the interpreter and for machine code. */

import type { ElementType, Tensor } from '../../src/hlo/index.js';
import { conjugate } from '../../src/hlo/numeric/complex.js';
import { Matrix, ONE, ZERO } from '../../src/hlo/numeric/linear/matrix.js';
import {
  type Call,
  complexOf,
  diagonal,
  distance,
  exchanged,
  type LapackType,
  mapMatrices,
  matrixOf,
  numbersOf,
  offUnitary,
  realOf,
  scalarOf,
  scaledColumns,
  triangle,
  vectorOf,
  wholeQ,
} from './lapack.js';

/** A routine on matrices of some shape, and how far its results are from what they promise. */
export interface Law {
  readonly title: string;
  readonly call: (type: LapackType) => Call;
  /** Makes operands of random ones that the routine is for. */
  readonly prepare?: (operands: readonly Tensor[], type: LapackType) => readonly Tensor[];
  /** Distances that are 0 but for rounding, for matrix b of the batch. */
  readonly distances: (operands: readonly Tensor[], results: readonly Tensor[], b: number) => readonly number[];
}

type Shape = { readonly element: ElementType; readonly dims: readonly number[] };
const of = (element: ElementType, ...dims: number[]): Shape => ({ element, dims });
const INFO = of('s32');
const code = (letter: string): string => `${letter.charCodeAt(0)} : ui8`;

/** Hermitian, eigenvalues from 1 on. */
const positive = ([a]: readonly Tensor[]): Tensor[] => [
  mapMatrices(a!, (m) => {
    const product = m.times(m.adjoint());
    return Matrix.of(m.rows, m.rows, (i, j) => {
      const [re, im] = product.get(i, j);
      return i === j ? [re + 1, 0] : [re, im];
    });
  }),
];

const hermitian = ([a]: readonly Tensor[]): Tensor[] => [mapMatrices(a!, (m) => m.hermitian(true))];
const min = Math.min;

const potrf = (uplo: 'L' | 'U', n: number): Law => ({
  title: `potrf, uplo ${uplo}, ${n} × ${n}`,
  call: (t) => ({
    name: 'potrf',
    config: `uplo = ${code(uplo)}`,
    operands: [of(t, n, n)],
    results: [of(t, n, n), INFO],
  }),
  prepare: positive,
  distances: ([a], [l, info], b) => {
    const given = matrixOf(a!, b);
    const made = matrixOf(l!, b);
    const factor = triangle(made, uplo === 'L' ? 'lower' : 'upper');
    const product = uplo === 'L' ? factor.times(factor.adjoint()) : factor.adjoint().times(factor);
    const other = uplo === 'L' ? 'upper' : 'lower';
    const strict = (m: Matrix) => triangle(m, other, true);
    return [scalarOf(info!, b), distance(product, given), distance(strict(made), strict(given))];
  },
});

const trsm = (side: 'L' | 'R', uplo: 'L' | 'U', as: 'N' | 'T' | 'C', diag: 'N' | 'U', m: number, n: number): Law => {
  const order = side === 'L' ? m : n;
  return {
    title: `trsm ${side}${uplo}${as}${diag}, ${m} × ${n}`,
    call: (t) => ({
      name: 'trsm',
      config: `diag = ${code(diag)}, side = ${code(side)}, trans_x = ${code(as)}, uplo = ${code(uplo)}`,
      operands: [of(t, order, order), of(t, m, n)],
      results: [of(t, m, n)],
    }),
    prepare: ([a, b]) => [
      mapMatrices(a!, (x) =>
        Matrix.of(order, order, (i, j) => {
          const [re, im] = x.get(i, j);
          return i === j ? [re + 3, im] : [re / order, im / order];
        }),
      ),
      b!,
    ],
    distances: ([a, rhs], [x], b) => {
      const factor = triangle(matrixOf(a!, b), uplo === 'L' ? 'lower' : 'upper', diag === 'U');
      const op = as === 'N' ? factor : as === 'T' ? factor.transposed() : factor.adjoint();
      const made = matrixOf(x!, b);
      return [distance(side === 'L' ? op.times(made) : made.times(op), matrixOf(rhs!, b))];
    },
  };
};

const getrf = (m: number, n: number): Law => ({
  title: `getrf, ${m} × ${n}`,
  call: (t) => ({
    name: 'getrf',
    operands: [of(t, m, n)],
    results: [of(t, m, n), of('s32', min(m, n)), INFO],
  }),
  distances: ([a], [lu, pivots, info], b) => {
    const k = min(m, n);
    const made = matrixOf(lu!, b);
    const lower = triangle(made, 'lower', true).part(0, k);
    const upper = Matrix.of(k, n, (i, j) => (i <= j ? made.get(i, j) : ZERO));
    return [scalarOf(info!, b), distance(lower.times(upper), exchanged(matrixOf(a!, b), numbersOf(pivots!, b)))];
  },
});

const geqrf = (m: number, n: number): Law => ({
  title: `geqrf, ${m} × ${n}`,
  call: (t) => ({ name: 'geqrf', operands: [of(t, m, n)], results: [of(t, m, n), of(t, min(m, n))] }),
  distances: ([a], [qr, taus], b) => {
    const made = matrixOf(qr!, b);
    const q = wholeQ(made, vectorOf(taus!, b));
    return [offUnitary(q), distance(q.times(triangle(made, 'upper')), matrixOf(a!, b))];
  },
});

const geqp3 = (m: number, n: number): Law => ({
  title: `geqp3, ${m} × ${n}`,
  call: (t) => ({
    name: 'geqp3',
    operands: [of(t, m, n), of('s32', n)],
    results: [of(t, m, n), of('s32', n), of(t, min(m, n))],
  }),
  prepare: ([a, order]) => {
    order!.data.fill(0 as never);
    return [a!, order!];
  },
  distances: ([a], [qr, order, taus], b) => {
    const made = matrixOf(qr!, b);
    const q = wholeQ(made, vectorOf(taus!, b));
    const given = matrixOf(a!, b);
    const columns = numbersOf(order!, b);
    const moved = Matrix.of(m, n, (i, j) => given.get(i, columns[j]! - 1));
    const lengths = Array.from({ length: min(m, n) }, (_, i) => Math.abs(made.get(i, i)[0]));
    const falling = lengths.every((x, i) => i === 0 || x <= lengths[i - 1]! * (1 + 1e-5));
    return [offUnitary(q), distance(q.times(triangle(made, 'upper')), moved), falling ? 0 : 1];
  },
});

/** Unitary reflections: factors τ that belong to the vectors below the diagonal. */
function reflections(a: Tensor, taus: Tensor, k: number): readonly [Tensor, Tensor] {
  const vectors = mapMatrices(a, (m) => m);
  const parts = taus.data.length / (vectors.type.dims.slice(0, -2).reduce((x, y) => x * y, 1) * k);
  taus.data.fill(0 as never);
  for (let b = 0; b < taus.data.length / (parts * k); b++) {
    const m = matrixOf(vectors, b);
    for (let j = 0; j < k; j++) {
      const tail = m.column(j).slice(j + 1);
      taus.data[(b * k + j) * parts] = 2 / (1 + tail.reduce((n, [re, im]) => n + re * re + im * im, 0));
    }
  }
  return [vectors, taus];
}

const orgqr = (m: number, n: number, k: number): Law => ({
  title: `orgqr, ${m} × ${n} of ${k}`,
  call: (t) => ({
    name: 'orgqr',
    complexName: 'ungqr',
    operands: [of(t, m, n), of(t, k)],
    results: [of(t, m, n)],
  }),
  prepare: ([a, taus]) => reflections(a!, taus!, k),
  distances: ([a, taus], [q], b) => {
    const made = matrixOf(q!, b);
    const whole = wholeQ(matrixOf(a!, b).part(0, k), vectorOf(taus!, b));
    return [offUnitary(made), distance(made, whole.part(0, n))];
  },
});

const ormqr = (left: boolean, transpose: boolean, m: number, n: number, k: number): Law => {
  const order = left ? m : n;
  return {
    title: `ormqr, ${left ? 'left' : 'right'}${transpose ? ', adjoint' : ''}, ${m} × ${n} by ${k}`,
    call: (t) => ({
      name: 'ormqr',
      complexName: 'unmqr',
      config: `left = ${left}, transpose = ${transpose}`,
      operands: [of(t, order, k), of(t, k), of(t, m, n)],
      results: [of(t, m, n)],
    }),
    prepare: ([a, taus, c]) => [...reflections(a!, taus!, k), c!],
    distances: ([a, taus, c], [made], b) => {
      const whole = wholeQ(matrixOf(a!, b), vectorOf(taus!, b));
      const q = transpose ? whole.adjoint() : whole;
      const given = matrixOf(c!, b);
      return [distance(matrixOf(made!, b), left ? q.times(given) : given.times(q))];
    },
  };
};

const gehrd = (n: number): Law => ({
  title: `gehrd, ${n} × ${n}`,
  call: (t) => ({
    name: 'gehrd',
    config: `high = ${n} : i32, low = 1 : i32`,
    operands: [of(t, n, n)],
    results: [of(t, n, n), of(t, n - 1), INFO],
  }),
  distances: ([a], [h, taus, info], b) => {
    const made = matrixOf(h!, b);
    const q = hessenbergQ(made, vectorOf(taus!, b));
    const form = Matrix.of(n, n, (i, j) => (i <= j + 1 ? made.get(i, j) : ZERO));
    return [scalarOf(info!, b), offUnitary(q), distance(q.times(form).times(q.adjoint()), matrixOf(a!, b))];
  },
});

/** Q of reflections whose vectors lie below the first subdiagonal. */
function hessenbergQ(a: Matrix, taus: ReturnType<typeof vectorOf>): Matrix {
  const n = a.rows;
  const shifted = Matrix.of(n - 1, n - 1, (i, j) => a.get(i + 1, j));
  const inner = wholeQ(shifted, taus);
  return Matrix.of(n, n, (i, j) => (i && j ? inner.get(i - 1, j - 1) : i === j ? ONE : ZERO));
}

const sytrd = (uplo: 'L' | 'U', n: number): Law => ({
  title: `sytrd, uplo ${uplo}, ${n} × ${n}`,
  call: (t) => ({
    name: 'sytrd',
    complexName: 'hetrd',
    config: `uplo = ${code(uplo)}`,
    operands: [of(t, n, n)],
    results: [of(t, n, n), of(realOf(t), n), of(realOf(t), n - 1), of(t, n - 1), INFO],
  }),
  prepare: hermitian,
  distances: ([a], [made, d, e, taus, info], b) => {
    const given = matrixOf(a!, b);
    const [on, off] = [numbersOf(d!, b), numbersOf(e!, b)];
    const form = Matrix.of(n, n, (i, j) => {
      if (i === j) return [on[i]!, 0];
      return Math.abs(i - j) === 1 ? [off[min(i, j)]!, 0] : ZERO;
    });
    const vectors = matrixOf(made!, b);
    if (uplo === 'L') {
      const q = hessenbergQ(vectors, vectorOf(taus!, b));
      return [scalarOf(info!, b), offUnitary(q), distance(q.times(form).times(q.adjoint()), given)];
    }
    // Q = H(n−1) ⋯ H(1), v(i) with a one in place i and its head above: the mirror image of the lower form.
    const mirrored = Matrix.of(n, n, (i, j) => vectors.get(n - 1 - i, n - 1 - j));
    const inner = hessenbergQ(mirrored, [...vectorOf(taus!, b)].reverse());
    const q = Matrix.of(n, n, (i, j) => inner.get(n - 1 - i, n - 1 - j));
    return [scalarOf(info!, b), offUnitary(q), distance(q.times(form).times(q.adjoint()), given)];
  },
});

const gtsv = (n: number, columns: number): Law => ({
  title: `gtsv, ${n} × ${n}, ${columns} columns`,
  call: (t) => ({
    name: 'gtsv',
    operands: [of(t, n), of(t, n), of(t, n), of(t, n, columns)],
    results: [of(t, n), of(t, n), of(t, n), of(t, n, columns), INFO],
  }),
  distances: ([dl, d, du, rhs], [, , , x, info], b) => {
    const [lower, on, upper] = [vectorOf(dl!, b), vectorOf(d!, b), vectorOf(du!, b)];
    const t = Matrix.of(n, n, (i, j) => (i === j ? on[i]! : i === j + 1 ? lower[i]! : i === j - 1 ? upper[i]! : ZERO));
    return [scalarOf(info!, b), distance(t.times(matrixOf(x!, b)), matrixOf(rhs!, b))];
  },
});

const svd = (name: 'gesdd' | 'gesvd', mode: 'A' | 'S' | 'N', m: number, n: number): Law => {
  const k = min(m, n);
  const [columns, rows] = mode === 'A' ? [m, n] : [k, k];
  return {
    title: `${name}, mode ${mode}, ${m} × ${n}`,
    call: (t) => ({
      name,
      config: `mode = ${code(mode)}`,
      operands: [of(t, m, n)],
      results: [of(t, m, n), of(realOf(t), k), of(t, m, columns), of(t, rows, n), INFO],
    }),
    distances: ([a], [, s, u, vh, info], b) => {
      const values = numbersOf(s!, b);
      const given = matrixOf(a!, b);
      const falling = values.every((x, i) => x >= 0 && (i === 0 || x <= values[i - 1]!)) ? 0 : 1;
      const length = Math.hypot(...values) - Math.hypot(...given.elements.flat());
      const rest = [scalarOf(info!, b), falling, length / Math.hypot(...values)];
      if (mode === 'N') return rest;
      const [left, right] = [matrixOf(u!, b), matrixOf(vh!, b)];
      const sigma = diagonal(
        values.map((x) => [x, 0]),
        columns,
        rows,
      );
      const product = left.times(inShape(sigma, columns, rows)).times(right);
      return [...rest, offUnitary(left), offUnitary(right.adjoint()), distance(product, given)];
    },
  };
};

const inShape = (m: Matrix, rows: number, columns: number): Matrix =>
  Matrix.of(rows, columns, (i, j) => (i < m.rows && j < m.columns ? m.get(i, j) : ZERO));

const syevd = (uplo: 'L' | 'U', mode: 'N' | 'V', n: number): Law => ({
  title: `syevd, uplo ${uplo}, mode ${mode}, ${n} × ${n}`,
  call: (t) => ({
    name: 'syevd',
    complexName: 'heevd',
    config: `mode = ${code(mode)}, uplo = ${code(uplo)}`,
    operands: [of(t, n, n)],
    results: [of(t, n, n), of(realOf(t), n), INFO],
  }),
  prepare: hermitian,
  distances: ([a], [v, w, info], b) => {
    const given = matrixOf(a!, b);
    const values = numbersOf(w!, b);
    const rising = values.every((x, i) => i === 0 || x >= values[i - 1]!) ? 0 : 1;
    const length = Math.hypot(...values) / Math.hypot(...given.elements.flat()) - 1;
    const rest = [scalarOf(info!, b), rising, length];
    if (mode === 'N') return rest;
    const vectors = matrixOf(v!, b);
    const scaled = scaledColumns(
      vectors,
      values.map((x) => [x, 0]),
    );
    return [...rest, offUnitary(vectors), distance(given.times(vectors), scaled)];
  },
});

/** Eigenvalues from results `at` …, as complex numbers. */
function eigenvalues(results: readonly Tensor[], at: number, real: boolean, b: number) {
  const values = vectorOf(results[at]!, b);
  if (!real) return values;
  const im = numbersOf(results[at + 1]!, b);
  return values.map(([re], i): [number, number] => [re, im[i]!]);
}

const geev = (left: boolean, right: boolean, n: number): Law => ({
  title: `geev, ${left ? 'left' : 'no left'}, ${right ? 'right' : 'no right'}, ${n} × ${n}`,
  call: (t) => ({
    name: 'geev',
    config: `compute_left = ${code(left ? 'V' : 'N')}, compute_right = ${code(right ? 'V' : 'N')}`,
    operands: [of(t, n, n)],
    results: [of(t, n), ...(t === realOf(t) ? [of(t, n)] : []), of(complexOf(t), n, n), of(complexOf(t), n, n), INFO],
  }),
  distances: ([a], results, b) => {
    const given = matrixOf(a!, b);
    const real = results.length === 5;
    const values = eigenvalues(results, 0, real, b);
    const [l, r, info] = results.slice(-3) as [Tensor, Tensor, Tensor];
    const trace = given.elements.filter((_, i) => i % (n + 1) === 0);
    const sum = (list: readonly (readonly [number, number])[]) =>
      list.reduce((s, [re, im]) => [s[0]! + re, s[1]! + im], [0, 0]);
    const [s, t] = [sum(values), sum(trace)];
    const out = [
      scalarOf(info, b),
      Math.hypot(s[0]! - t[0]!, s[1]! - t[1]!) / (1 + Math.hypot(...given.elements.flat())),
    ];
    const lengths = (m: Matrix) => Math.max(...values.map((_, j) => Math.abs(Math.hypot(...m.column(j).flat()) - 1)));
    const residual = (m: Matrix, with_: typeof values, v: Matrix) =>
      Math.hypot(
        ...m.times(v).elements.flatMap((x, i) => {
          const y = scaledColumns(v, with_).elements[i]!;
          return [x[0] - y[0], x[1] - y[1]];
        }),
      ) / Math.hypot(...given.elements.flat());
    if (right) out.push(residual(given, values, matrixOf(r, b)), lengths(matrixOf(r, b)));
    if (left)
      out.push(
        residual(given.adjoint(), values.map(conjugate) as typeof values, matrixOf(l, b)),
        lengths(matrixOf(l, b)),
      );
    return out;
  },
});

const gees = (mode: 'N' | 'V', n: number): Law => ({
  title: `gees, mode ${mode}, ${n} × ${n}`,
  call: (t) => ({
    name: 'gees',
    config: `mode = ${code(mode)}, sort = ${code('N')}`,
    operands: [of(t, n, n)],
    results: [of(t, n, n), of(t, n, n), of(t, n), ...(t === realOf(t) ? [of(t, n)] : []), INFO, INFO],
  }),
  distances: ([a], results, b) => {
    const given = matrixOf(a!, b);
    const real = results.length === 6;
    const form = matrixOf(results[0]!, b);
    const values = eigenvalues(results, 2, real, b);
    const out = [scalarOf(results.at(-1)!, b), scalarOf(results.at(-2)!, b)];
    for (let j = 0; j < n; j++) {
      for (let i = j + 1; i < n; i++) {
        const block = real && i === j + 1 && values[j]![1] > 0;
        if (!block) out.push(Math.hypot(...form.get(i, j)));
      }
      // A block's diagonal is the real part of its eigenvalues.
      out.push(Math.abs(form.get(j, j)[0] - values[j]![0]));
    }
    if (mode === 'N') return out;
    const z = matrixOf(results[1]!, b);
    return [...out, offUnitary(z), distance(z.times(form).times(z.adjoint()), given)];
  },
});

export const LAWS: readonly Law[] = [
  potrf('L', 5),
  potrf('U', 5),
  potrf('L', 1),
  ...(['L', 'R'] as const).flatMap((side) =>
    (['L', 'U'] as const).flatMap((uplo) =>
      (['N', 'T', 'C'] as const).map((as, k) => trsm(side, uplo, as, k % 2 ? 'U' : 'N', 4, 3)),
    ),
  ),
  trsm('L', 'L', 'N', 'N', 5, 1),
  ...[
    [4, 4],
    [6, 3],
    [3, 6],
    [1, 4],
    [70, 70],
  ].flatMap(([m, n]) => [getrf(m!, n!), geqrf(m!, n!)]),
  geqp3(6, 4),
  geqp3(4, 6),
  orgqr(6, 4, 3),
  orgqr(4, 4, 4),
  ...[true, false].flatMap((left) => [true, false].map((adjoint) => ormqr(left, adjoint, 5, 4, 3))),
  gehrd(5),
  sytrd('L', 5),
  sytrd('U', 5),
  gtsv(6, 2),
  gtsv(1, 1),
  ...(['gesdd', 'gesvd'] as const).flatMap((name) =>
    (['A', 'S', 'N'] as const).flatMap((mode) => [svd(name, mode, 5, 3), svd(name, mode, 3, 5)]),
  ),
  syevd('L', 'V', 5),
  syevd('U', 'V', 5),
  syevd('L', 'N', 4),
  geev(true, true, 5),
  geev(false, true, 6),
  geev(false, false, 4),
  geev(true, true, 1),
  gees('V', 5),
  gees('N', 4),
];
