import { expect, test } from 'vitest';
import { extendRuleSet, guard, op, rest, rewrite, sample, typed, variables } from '../../src/rules/index.js';
import { setOf } from './support.js';

const { x, y, p, q, xs } = variables('x', 'y', 'p', 'q', 'xs');
const same = { to: ({ x }: { readonly x: import('../../src/rules/index.js').Value }) => x, fp: 'exact' } as const;

test('an unbound variable is refused when the rule is loaded', () => {
  const Wrong = rewrite('−x = y', op('negate', [x]), { to: ((b: { y: never }) => b.y) as never, fp: 'exact' });
  expect(() => setOf({ Wrong })).toThrow(
    "rule Wrong: the right side uses 'y', which the pattern does not bind (it binds x)",
  );
  const InGuard = rewrite('−x = x', op('negate', [x]), {
    ...same,
    when: [guard('z', (({ z }: { z: never }) => z) as never)],
  });
  expect(() => setOf({ InGuard })).toThrow('the guard "z" uses \'z\'');
});

test('unknown ops are refused', () => {
  expect(() => setOf({ Wrong: rewrite('f(x) = x', op('frobnicate', [x]), same) })).toThrow(
    "op 'frobnicate' is not in the rule set",
  );
  expect(() => setOf({}, [sample('frobnicate', () => undefined)])).toThrow("op 'frobnicate' is not in the rule set");
});

test('left sides that can never match are refused', () => {
  expect(() => setOf({ Wrong: rewrite('w', op('negate', [x, y]), same) })).toThrow(
    'can never match: negate has not 2 operands',
  );
  expect(() => setOf({ Wrong: rewrite('w', op('negate', [typed(x, { element: 'f31' })]), same) })).toThrow(
    "no element type 'f31'",
  );
  expect(() => setOf({ Wrong: rewrite('w', op('concatenate', [rest(xs), x]), same) })).toThrow('must come last');
});

test('duplicates and hidden rules are refused', () => {
  const General = rewrite('transpose(x) = x', op('transpose', [x], { permutation: p }), same);
  const Renamed = rewrite('transpose(x) = x', op('transpose', [x], { permutation: q }), same);
  const Special = rewrite(
    'transpose(transpose(x)) = x',
    op('transpose', [op('transpose', [x])], { permutation: q }),
    same,
  );
  expect(() => setOf({ General, Renamed })).toThrow('rule Renamed: can never fire: it has the same pattern as General');
  expect(() => setOf({ General, Special })).toThrow('its pattern is a case of that of General');
  expect(() => setOf({ Special, General })).not.toThrow();
  expect(() => setOf({ General: { ...General, equation: '' } })).toThrow('has no equation');
});

test('a repeated variable is a condition, so what follows is not hidden', () => {
  const Same = rewrite('x − x', op('subtract', [x, x]), same);
  const Any = rewrite('x − y', op('subtract', [x, y]), same);
  expect(() => setOf({ Same, Any })).not.toThrow();
  expect(() => setOf({ Any, Same })).toThrow('rule Same: can never fire');
});

test('rules of one’s own may come before those of the base, but hide none of each other', () => {
  const Base = rewrite('−x = x', op('negate', [x]), same);
  const Mine = rewrite('−y = y', op('negate', [y]), { to: ({ y }) => y, fp: 'exact' });
  const rules = extendRuleSet(setOf({ Base }), { rules: [{ ...Mine, name: 'Mine' }] });
  expect(rules.ofKind('rewrite').map((r) => r.name)).toEqual(['Mine', 'Base']);
  const twice = ['Mine', 'Again'].map((name) => ({ ...Mine, name }));
  expect(() => extendRuleSet(setOf({ Base }), { rules: twice })).toThrow('rule Again: can never fire');
});
