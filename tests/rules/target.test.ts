import { describe, expect, it } from 'vitest';
import { avx2Target, hostTarget } from '../../src/rules/target.js';

describe('the host as a target', () => {
  it('says what it has, in LLVM’s names', () => {
    const host = hostTarget();
    expect([...host.features]).toEqual(expect.arrayContaining(['avx2', 'fma', 'f16c', 'sse4.2']));
    expect(host.vectorBits).toBe(host.features.has('avx512f') ? 512 : 256);
    expect(host.threads).toBeGreaterThan(0);
    for (const bytes of [host.l1, host.l2, host.l3]) expect(Number.isSafeInteger(bytes)).toBe(true);
  });

  it('without its widest vectors', () => {
    const narrow = avx2Target();
    expect(narrow).toMatchObject({ cpu: 'x86-64-v3', vectorBits: 256, vectorRegisters: 16, l1: hostTarget().l1 });
    expect(narrow.features.has('avx512f')).toBe(false);
  });
});
