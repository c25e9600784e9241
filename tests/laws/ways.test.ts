/** Every op is compiled in one way: by rules of its own or as a structure that the compiler knows; or it runs in the interpreter alone. */
import { expect, test } from 'vitest';
import { defaultRules } from '../../src/default-rules.js';
import { type OpDefinition, tensorType } from '../../src/hlo/index.js';

const rules = defaultRules();
const { ops } = rules;
const roots = (stage: 'simplify' | 'decompose') =>
  new Set(rules.ofKind('rewrite').flatMap((r) => (r.stage === stage ? r.match.ops : [])));
const emitted = new Set(rules.ofKind('emit').map((r) => r.op));
const called = new Set(rules.ofKind('library').flatMap((r) => (r.askedByProgram ? [r.op] : [])));
const decomposed = roots('decompose');
const simplified = roots('simplify');

/** An op that gives nothing is needed by nobody. */
function givesNothing(d: OpDefinition): boolean {
  try {
    return d.infer({ operands: [tensorType('f32')], attributes: {}, called: [], declared: undefined }).length === 0;
  } catch {
    return false;
  }
}

test.each(ops.definitions.map((d) => [d.name, d] as const))('%s', (name, d) => {
  const ways = {
    emitted: emitted.has(name),
    decomposed: decomposed.has(name),
    called: called.has(name),
    structure: d.kind !== 'compute' && d.kind !== 'view',
    // Where shapes are known, simple rules leave nothing of it.
    simplified: !emitted.has(name) && !decomposed.has(name) && simplified.has(name),
    // What a program tells the world, or asks it.
    interpreted: d.traits.includes('side-effect'),
    dropped: givesNothing(d),
  };
  expect(Object.values(ways).some(Boolean), JSON.stringify(ways)).toBe(true);
});

test('no op has both an emission rule and a decomposition, but where guards tell the two apart', () => {
  expect([...emitted].filter((name) => decomposed.has(name)).sort()).toEqual([
    'bitcast',
    'bitcast-convert',
    'concatenate',
  ]);
});
