import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { printTensor } from '../../src/hlo/print-tensor.js';
import type { Scalar } from '../../src/hlo/registry.js';
import type { ElementType } from '../../src/hlo/types.js';
import { make, s32 } from './support.js';

interface Case {
  element: ElementType;
  dims: number[];
  values: (number | string | boolean | [number, number])[];
  text: string;
}

/** What NumPy 2.4 printed for these arrays. */
const cases: Case[] = JSON.parse(readFileSync(new URL('numpy-printing.json', import.meta.url), 'utf8'));

const scalar = (v: Case['values'][number]): Scalar => {
  if (typeof v === 'string') return v.endsWith('inf') ? (v.startsWith('-') ? -Infinity : Infinity) : Number(v);
  return typeof v === 'boolean' ? Number(v) : v;
};

describe('printTensor', () => {
  test.each(cases)('as NumPy: $text', ({ element, dims, values, text }) => {
    expect(printTensor(make(element, dims, values.map(scalar)))).toBe(text);
  });

  test('leaves out the middle of large tensors', () => {
    const range = Array.from({ length: 2000 }, (_, i) => i);
    expect(printTensor(s32([2000], range))).toBe('[   0    1    2 ... 1997 1998 1999]');
    expect(printTensor(s32([40, 50], range))).toBe(
      [
        '[[   0    1    2 ...   47   48   49]',
        ' [  50   51   52 ...   97   98   99]',
        ' [ 100  101  102 ...  147  148  149]',
        ' ...',
        ' [1850 1851 1852 ... 1897 1898 1899]',
        ' [1900 1901 1902 ... 1947 1948 1949]',
        ' [1950 1951 1952 ... 1997 1998 1999]]',
      ].join('\n'),
    );
  });
});
