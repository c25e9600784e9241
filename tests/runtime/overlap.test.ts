import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OverlapCheck } from '../../src/runtime/overlap.js';

const never = () => false;

describe('OverlapCheck', () => {
  it('lets neighbours be', () => {
    const check = new OverlapCheck([8], [8, 8], never);
    expect(check.find(Float64Array.of(100), Float64Array.of(108, 92))).toBeUndefined();
  });

  it('names outputs that overlap', () => {
    const check = new OverlapCheck([], [8, 8], never);
    expect(check.find(new Float64Array(0), Float64Array.of(100, 107))).toEqual({
      output: 1,
      other: { kind: 'output', index: 0 },
    });
  });

  it('allows what it is told to allow', () => {
    const check = new OverlapCheck([8, 8], [8], (input) => input === 1);
    expect(check.find(Float64Array.of(0, 100), Float64Array.of(100))).toBeUndefined();
    expect(check.find(Float64Array.of(100, 0), Float64Array.of(100))).toMatchObject({ output: 0 });
  });

  it('passes over what has no bytes', () => {
    const check = new OverlapCheck([0, 8], [0, 8], never);
    expect(check.find(Float64Array.of(0, 50), Float64Array.of(0, 100))).toBeUndefined();
  });

  it('finds an overlap exactly where comparing every pair does', () => {
    const range = fc.record({ start: fc.integer({ min: 1, max: 60 }), bytes: fc.integer({ min: 0, max: 9 }) });
    fc.assert(
      fc.property(fc.array(range, { maxLength: 6 }), fc.array(range, { maxLength: 6 }), (inputs, outputs) => {
        const starts = (list: typeof inputs) => Float64Array.from(list, (r) => (r.bytes === 0 ? 0 : r.start));
        const meet = (a: (typeof inputs)[0], b: (typeof inputs)[0]) =>
          a.bytes > 0 && b.bytes > 0 && a.start < b.start + b.bytes && b.start < a.start + a.bytes;
        const expected = outputs.some(
          (o, k) => outputs.some((p, j) => j < k && meet(o, p)) || inputs.some((i) => meet(o, i)),
        );
        const check = new OverlapCheck(
          inputs.map((r) => r.bytes),
          outputs.map((r) => r.bytes),
          never,
        );
        expect(check.find(starts(inputs), starts(outputs)) !== undefined).toBe(expected);
      }),
    );
  });
});
