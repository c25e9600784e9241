import { describe, expect, test } from 'vitest';
import { avx2Target } from '../../../src/rules/target.js';
import { agree } from '../../support/agree.js';

const NUMBER: Readonly<Record<string, readonly [string, string]>> = {
  FFT: ['complex', 'complex'],
  IFFT: ['complex', 'complex'],
  RFFT: ['real', 'complex'],
  IRFFT: ['complex', 'real'],
};

/** The transform of signals of the given dimensions along the last ones. */
function fft(kind: string, dims: readonly number[], axes: number, float = 'f32'): string {
  const half = [...dims.slice(0, -1), Math.floor(dims[dims.length - 1]! / 2) + 1];
  const type = (what: string, d: readonly number[]) =>
    `tensor<${[...d, what === 'real' ? float : `complex<${float}>`].join('x')}>`;
  const [from, to] = NUMBER[kind]!;
  const input = type(from, kind === 'IRFFT' ? half : dims);
  const output = type(to, kind === 'RFFT' ? half : dims);
  return `func.func @main(%x: ${input}) -> ${output} {
    %0 = stablehlo.fft %x, type = ${kind}, length = [${dims.slice(-axes).join(', ')}] : (${input}) -> ${output}
    return %0 : ${output}
  }`;
}

const KINDS = ['FFT', 'IFFT', 'RFFT', 'IRFFT'];

describe.each(KINDS)('%s', (kind) => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 17, 26, 30, 32, 37, 64, 97, 100, 128])('of %i points', (n) => {
    expect(agree(fft(kind, [n], 1), { tolerance: 2e-6 })).toEqual(['fourier']);
    agree(fft(kind, [19, n], 1), { tolerance: 2e-6 });
  });

  test.each([
    [[4, 6], 2],
    [[3, 8, 10], 2],
    [[5, 4, 3], 3],
    [[2, 17, 4, 6], 3],
  ] as const)('of signals of %j along the last %i dimensions', (dims, axes) => {
    agree(fft(kind, dims, axes), { tolerance: 2e-6 });
  });

  test('in double', () => {
    for (const n of [8, 15, 34]) agree(fft(kind, [9, n], 1, 'f64'), { tolerance: 1e-14 });
  });
});

test('many rows in several tasks, and a signal longer than a task may keep on its stack', () => {
  agree(fft('RFFT', [70, 256], 1), { tolerance: 2e-6 });
  agree(fft('FFT', [16, 1024], 1), { tolerance: 2e-6 });
});

test('with AVX2 alone', () => {
  for (const kind of KINDS) {
    for (const n of [16, 30, 37]) agree(fft(kind, [11, n], 1), { tolerance: 2e-6, target: avx2Target() });
  }
});

test('a signal that is one number repeated', () => {
  agree(`func.func @main() -> tensor<3x5xcomplex<f32>> {
    %x = stablehlo.constant dense<2.5> : tensor<3x8xf32>
    %0 = stablehlo.fft %x, type = RFFT, length = [8] : (tensor<3x8xf32>) -> tensor<3x5xcomplex<f32>>
    return %0 : tensor<3x5xcomplex<f32>>
  }`);
});
