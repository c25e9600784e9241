/** Bundles that are not what they should be: an error that says why, never a crash. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomInput } from '../../src/hlo/recipe.js';
import { Field } from '../../src/runtime/bundle/field.js';
import { planFromJson } from '../../src/runtime/bundle/plan-json.js';
import { Bundle, BundleError, loadBundle } from '../../src/runtime/index.js';
import {
  ADD,
  altered,
  alteredJson,
  bundleOf,
  CONTROL,
  folder,
  SUM,
  TABLES,
  TWO_PROCESSES,
} from '../support/bundles.js';

const SPEC = { inputs: [{ shape: [64, 32], dtype: 'float32', lo: 0, hi: 1, seed: 0 }] };
const tables = bundleOf(TABLES, {}, SPEC);
const control = bundleOf(CONTROL);
const content = readFileSync(tables);

function readAll(from: string | Uint8Array): void {
  const bundle = Bundle.open(from);
  bundle.expectations();
  bundle.load({ threads: 1 }).dispose();
}

test('a bundle without a fault is read', () => readAll(content));

describe('damage is found', () => {
  test('wherever a bit is flipped', () => {
    const place = fc.record({ at: fc.nat(content.length - 1), bit: fc.nat(7) });
    fc.assert(
      fc.property(place, ({ at, bit }) => {
        const damaged = Uint8Array.from(content);
        damaged[at]! ^= 1 << bit;
        expect(() => readAll(damaged)).toThrow(BundleError);
      }),
      { numRuns: 400, examples: Array.from({ length: 48 }, (_, at) => [{ at, bit: 0 }]) },
    );
  });

  test('wherever it is cut off, and where something follows', () => {
    fc.assert(
      fc.property(fc.nat(content.length - 1), (length) => {
        expect(() => readAll(content.subarray(0, length))).toThrow(BundleError);
      }),
    );
    expect(() => readAll(Buffer.concat([content, Buffer.alloc(1)]))).toThrow('it has 1 bytes too many');
  });

  test('in files as in memory', () => {
    const file = join(folder, 'cut.bundle');
    writeFileSync(file, content.subarray(0, -1));
    expect(() => readAll(file)).toThrow(`${file} cannot be used: it ends too early`);
    writeFileSync(file, '');
    expect(() => readAll(file)).toThrow('it is no bundle');
    expect(() => readAll(folder)).toThrow(`${folder} cannot be used: it is no file`);
    expect(() => readAll(join(folder, 'nowhere'))).toThrow('no such file');
  });

  test('in anything at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => readAll(bytes)).toThrow(BundleError);
        expect(() => readAll(Buffer.concat([content.subarray(0, 8), bytes]))).toThrow(BundleError);
      }),
    );
  });
});

/** Every place in a JSON value, as the keys on the way there. */
function placesIn(value: unknown, way: readonly string[] = []): string[][] {
  const inside = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [[...way], ...inside.flatMap(([key, x]) => placesIn(x, [...way, key]))];
}

// biome-ignore lint/suspicious/noExplicitAny: any JSON
function put(root: any, way: readonly string[], x: unknown): void {
  const last = way.at(-1)!;
  let at = root;
  for (const key of way.slice(0, -1)) at = at[key];
  if (x === undefined) delete at[last];
  else at[last] = x;
}

describe('what checksums do not find is found', () => {
  const odd = fc.constantFrom<unknown>(undefined, null, -1, 0, 1, 3, 0.5, 1e6, 2 ** 53, '', 'copy', [], [[]], {}, true);

  test.each([
    ['loops and branches', control],
    ['exchanges between processes', bundleOf(SUM, TWO_PROCESSES)],
  ])('in a plan with %s: it is refused, or touches its own buffers alone', (_, file) => {
    const json = JSON.parse(Buffer.from(sectionOf(file, 'plan')).toString('utf8'));
    const places = placesIn(json).slice(1);
    const { inputs, outputs, donations } = Bundle.open(file).manifest;
    const signature = { inputs: inputs.map((i) => i.type), outputs: outputs.map((o) => o.type), donations };
    fc.assert(
      fc.property(fc.constantFrom(...places), odd, (way, x) => {
        const copy = structuredClone(json);
        put(copy, way, x);
        let plan: ReturnType<typeof planFromJson>;
        try {
          plan = planFromJson(new Field(JSON.parse(JSON.stringify(copy)), 'plan'), signature, () => new Uint8Array());
        } catch (e) {
          expect(e).toBeInstanceOf(BundleError);
          expect((e as Error).message).toMatch(/^plan\.\w/);
          return;
        }
        for (const { home, bytes } of plan.buffers) {
          if (home.kind === 'workspace') expect(home.offset + bytes).toBeLessThanOrEqual(plan.workspaceBytes);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each<[string, (machine: { features: string[]; abi: number; triple: string }) => void, string]>([
    ['another processor', (m) => m.features.push('avx4096'), 'it needs a processor with avx4096, which this one lacks'],
    [
      'another architecture',
      (m) => (m.triple = 'aarch64-unknown-linux-gnu'),
      'it is for aarch64-unknown-linux-gnu, and',
    ],
    ['another runtime', (m) => (m.abi = 99), 'its code is for a runtime of version 99, and this one has'],
  ])('code for %s', (_, change, message) => {
    expect(() => readAll(altered(control, ({ header }) => change(header.machine)))).toThrow(message);
  });

  test('code for another device', () => {
    const other = altered(control, ({ header }) => Object.assign(header, { device: 'tpu', target: 'tpu:v9' }));
    expect(() => readAll(other)).toThrow(
      `${other} cannot be used: it is for tpu:v9, and this runtime runs bundles for: cpu, cuda`,
    );
  });

  test('a library that is missing', () => {
    const library = { name: 'nowhere', file: 'libnowhere.so.9', package: 'libnowhere9' };
    const file = altered(control, ({ header }) => header.libraries.push(library));
    expect(() => readAll(file)).toThrow('libnowhere.so.9 is missing; install it with: apt-get install -y libnowhere9');
  });

  test('a function that is missing', () => {
    const file = alteredJson(tables, 'link', (link) => (link.imports[0] = 'no_such_function'));
    expect(() => readAll(file)).toThrow('the machine code calls no_such_function, which no library');
  });

  test('a kernel that is missing', () => {
    const file = alteredJson(tables, 'link', (link) => delete link.symbols[Object.keys(link.symbols)[1]!]);
    expect(() => readAll(file)).toThrow('no machine code defines thimble_');
  });

  test('code, or constants, that are too short', () => {
    const short = (name: string) => (parts: { sections: Map<string, Uint8Array> }) =>
      void parts.sections.set(name, parts.sections.get(name)!.subarray(0, 8));
    expect(() => readAll(altered(tables, short('code')))).toThrow('link.codeBytes must be below 9');
    expect(() => readAll(altered(tables, short('constant 0')))).toThrow('plan.constants[0] must have');
  });

  test('a section that is missing', () => {
    expect(() => readAll(altered(tables, ({ sections }) => sections.delete('plan')))).toThrow('it has no section plan');
  });

  test('a newer format', () => {
    const newer = Uint8Array.from(content);
    newer[8] = 2;
    expect(() => readAll(newer)).toThrow('the bundle cannot be used: it has format 2, and this runtime reads format 1');
  });
});

function sectionOf(file: string, name: string): Uint8Array {
  let found: Uint8Array | undefined;
  altered(file, ({ sections }) => (found = sections.get(name)));
  return found!;
}

/** Pieces of memory that hold code of no library. */
const codeInMemory = (): number =>
  readFileSync('/proc/self/maps', 'latin1').match(/^\S+ r-xp \S+ 00:00 0 *$/gm)?.length ?? 0;

test('neither loading and disposing nor failing leaves code behind', () => {
  const broken = readFileSync(
    alteredJson(tables, 'link', (link) => delete link.symbols[Object.keys(link.symbols)[1]!]),
  );
  const add = readFileSync(bundleOf(ADD));
  const inputs = [1, 2].map((seed) => randomInput({ kind: 'tensor', element: 'f32', dims: [8] }, seed));
  const before = codeInMemory();
  for (let k = 0; k < 20; k++) {
    expect(() => readAll(broken)).toThrow(BundleError);
    const p = loadBundle(add, { threads: 1 });
    p.runSync(inputs);
    expect(codeInMemory()).toBe(before + 1);
    p.dispose();
  }
  expect(codeInMemory()).toBe(before);
});
