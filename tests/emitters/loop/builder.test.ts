import { describe, expect, it } from 'vitest';
import { KernelBuilder } from '../../../src/emitters/loop/builder.js';
import type { Kernel, Stmt, ValueId } from '../../../src/emitters/loop/ir.js';
import { verifyKernel } from '../../../src/emitters/loop/verify.js';
import { forEachStatement } from '../../../src/emitters/loop/walk.js';

/** Labels of the loops and branches around the definition of a value, outermost first. */
function blocksAround(kernel: Kernel, value: ValueId): string[] | undefined {
  const find = (body: readonly Stmt[], path: string[]): string[] | undefined => {
    for (const s of body) {
      if (s.kind === 'let' && s.id === value) return path;
      const inner =
        s.kind === 'for'
          ? find(s.body, [...path, s.label])
          : s.kind === 'if'
            ? (find(s.then, [...path, 'then']) ?? find(s.else, [...path, 'else']))
            : undefined;
      if (inner) return inner;
    }
    return undefined;
  };
  return find(kernel.body, []);
}

const count = (kernel: Kernel, op: string): number => {
  let n = 0;
  forEachStatement(kernel.body, (s) => {
    if (s.kind === 'let' && s.operation.op === op) n++;
  });
  return n;
};

const f32 = { element: 'f32', lanes: 1 } as const;

function setUp() {
  const b = new KernelBuilder('k', 4);
  return {
    b,
    data: b.buffer('data', 'f32', 64, 'read'),
    integers: b.buffer('integers', 's32', 64, 'read'),
    both: b.buffer('both', 'f32', 64, 'readwrite'),
    out: b.buffer('out', 'f32', 64, 'write'),
  };
}

describe('the builder', () => {
  it('places pure operations in the outermost block that their operands allow', () => {
    const { b, data, out } = setUp();
    let [invariant, perRow, perColumn, loaded] = [-1, -1, -1, -1];
    b.loop('row', b.index(0), b.index(8), 1, [], (row) => {
      b.loop('column', b.index(0), b.index(8), 1, [], (column) => {
        invariant = b.binary('mul', b.task, b.task);
        perRow = b.binary('mul', row, b.index(8));
        perColumn = b.binary('add', perRow, column);
        loaded = b.load(data, row);
        b.store(out, perColumn, b.unary('sqrt', loaded));
        return [];
      });
      return [];
    });
    const kernel = b.finish();
    expect(verifyKernel(kernel)).toEqual([]);
    expect(blocksAround(kernel, invariant)).toEqual([]);
    expect(blocksAround(kernel, perRow)).toEqual(['row']);
    expect(blocksAround(kernel, loaded)).toEqual(['row']);
    expect(blocksAround(kernel, perColumn)).toEqual(['row', 'column']);
  });

  it('emits equal operations once, and keeps unlike ones apart', () => {
    const { b, data, out } = setUp();
    const x = b.load(data, b.task);
    const product = b.binary('mul', x, x);
    expect(b.load(data, b.task)).toBe(x);
    expect(b.binary('mul', x, x)).toBe(product);
    expect(b.load(data, b.task, 4)).not.toBe(x);
    expect(b.constant(f32, -0)).not.toBe(b.constant(f32, 0));
    expect(b.constant(f32, Number.NaN)).toBe(b.constant(f32, Number.NaN));
    expect(b.splat(b.constant(f32, 1), 4)).toBe(b.constant({ ...f32, lanes: 4 }, 1));
    b.store(out, b.task, product);
    expect(verifyKernel(b.finish())).toEqual([]);
  });

  it('does not share a value between branches', () => {
    const { b, out } = setUp();
    const halved = (i: ValueId) => b.binary('div', i, b.index(2));
    let [first, second] = [-1, -1];
    const isEven = b.compare('eq', b.binary('and', b.task, b.index(1)), b.index(0));
    const store = (at: ValueId) => b.store(out, at, b.constant(f32, 1));
    b.if(
      isEven,
      () => store((first = halved(b.task))),
      () => store((second = halved(b.task))),
    );
    expect(second).not.toBe(first);
    expect(verifyKernel(b.finish())).toEqual([]);
  });

  it('hoists nothing that may fault out of an if, but all else', () => {
    const { b, data, integers, out } = setUp();
    let [division, remainder, loaded, gathered, sum] = [-1, -1, -1, -1, -1];
    const n = b.load(integers, b.task);
    const m = b.load(integers, b.binary('add', b.task, b.index(1)));
    b.loop('outer', b.index(0), b.index(2), 1, [], () => {
      b.if(b.compare('ne', m, b.constant({ element: 's32', lanes: 1 }, 0)), () => {
        b.loop('inner', b.index(0), b.index(2), 1, [], (i) => {
          division = b.binary('div', n, m);
          remainder = b.binary('rem', n, m);
          sum = b.binary('add', n, m);
          loaded = b.load(data, b.convert(n, 's64'));
          gathered = b.gather(data, b.splat(n, 4));
          const x = b.convert(b.binary('add', b.binary('add', division, remainder), sum), 'f32');
          b.store(out, i, b.binary('add', b.binary('add', x, loaded), b.part(gathered, 0, 1)));
          return [];
        });
      });
      return [];
    });
    const kernel = b.finish();
    expect(verifyKernel(kernel)).toEqual([]);
    for (const v of [division, remainder, loaded, gathered]) expect(blocksAround(kernel, v)).toEqual(['outer', 'then']);
    expect(blocksAround(kernel, sum)).toEqual([]);
  });

  it('leaves loads from written buffers where they are', () => {
    const { b, both } = setUp();
    const before = b.load(both, b.index(0));
    b.store(both, b.index(0), b.binary('add', before, b.constant(f32, 1)));
    const after = b.load(both, b.index(0));
    expect(after).not.toBe(before);
    let inLoop = -1;
    b.loop('i', b.index(0), b.index(4), 1, [], () => {
      inLoop = b.load(both, b.index(0));
      b.store(both, b.index(0), b.binary('add', inLoop, after));
      return [];
    });
    const kernel = b.finish();
    expect(verifyKernel(kernel)).toEqual([]);
    expect(blocksAround(kernel, inLoop)).toEqual(['i']);
  });

  it('computes with constant indices itself', () => {
    const { b, out } = setUp();
    const { task } = b;
    expect(b.binary('add', task, b.index(0))).toBe(task);
    expect(b.binary('mul', b.index(1), task)).toBe(task);
    expect(b.binary('mul', task, b.index(0))).toBe(b.index(0));
    expect(b.binary('sub', b.index(7), b.index(9))).toBe(b.index(-2));
    b.store(out, b.binary('add', b.index(3), b.index(4)), b.constant(f32, 1));
    const kernel = b.finish();
    expect(count(kernel, 'add') + count(kernel, 'mul') + count(kernel, 'sub')).toBe(0);
  });

  it('refuses mixed types', () => {
    const { b, data } = setUp();
    expect(() => b.binary('add', b.task, b.load(data, b.task))).toThrow('add of s64 and f32');
    expect(() => b.splat(b.load(data, b.task, 4), 8)).toThrow('cannot spread f32x4 over 8 lanes');
    expect(() => b.loop('i', b.index(0), b.index(1), 1, [b.task], () => [b.load(data, b.task)])).toThrow(
      'i carries s64 but goes on with f32',
    );
  });
});
