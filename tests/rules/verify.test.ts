import { expect, test } from 'vitest';
import { interpret } from '../../src/hlo/interpreter.js';
import { parseStablehlo, printStablehlo } from '../../src/hlo/stablehlo/index.js';
import { guard, number, op, type RewriteRule, rewrite, typed, variables } from '../../src/rules/index.js';
import { refuseEndless, verifyRule } from '../../src/rules/verify/verify.js';
import { ops, setOf } from './support.js';

const { x, y } = variables('x', 'y');

function verify(rule: RewriteRule) {
  const rules = setOf({ Rule: rule });
  return verifyRule(rules.ofKind('rewrite')[0]!, rules, { cases: 100, seed: 1 });
}

test.each([
  ['x − x = x', rewrite('x − x = x', op('subtract', [x, x]), { to: ({ x }) => x, fp: 'exact' })],
  ['x + 0 = x, said to be exact', rewrite('x + 0 = x', op('add', [x, number(0)]), { to: ({ x }) => x, fp: 'exact' })],
  [
    'x + 0 = 0',
    rewrite('x + 0 = 0', op('add', [x, number(0)]), { to: (_, b) => b.fill(b.type, 0), fp: ['signed-zero'] }),
  ],
  [
    'a dropped convert',
    rewrite('convert(convert(x)) = convert(x)', op('convert', [op('convert', [x])]), {
      to: ({ x }, b) => b.op('convert', [x], {}, { type: b.type }),
      fp: 'exact',
    }),
  ],
  [
    'operands of a subtraction exchanged',
    rewrite('−(x − y) = y − x', op('negate', [op('subtract', [x, y])]), {
      to: ({ x, y }, b) => b.op('subtract', [y, x]),
      fp: 'exact',
    }),
  ],
])('disproves %s, with a program that shows it', (_, rule) => {
  const report = verify(rule);
  expect(report.failure).toMatch(/but for/);
  const text = printStablehlo(report.counterexample!.program, ops);
  const results = interpret(parseStablehlo(text, ops), ops, []);
  expect(results).toHaveLength(2);
  expect(results[0]).not.toEqual(results[1]);
});

test('contracts excuse what they name, and nothing else', () => {
  const to = { to: ({ x }: { readonly x: import('../../src/rules/index.js').Value }) => x };
  expect(
    verify(rewrite('x + 0 = x', op('add', [x, number(0)]), { ...to, fp: ['signed-zero'] })).failure,
  ).toBeUndefined();
  const product = rewrite('x · 0 = 0', op('multiply', [x, number(0)]), {
    to: (_, b) => b.fill(b.type, 0),
    fp: ['finite-only', 'signed-zero'],
  });
  expect(verify(product).failure).toBeUndefined();
  expect(verify({ ...product, fp: ['signed-zero'] }).failure).toMatch(/NaN/);
});

test('a rule that no case fires is a failure that says why', () => {
  const rule = rewrite('−x = x', op('negate', [x]), {
    when: [guard('there are five dimensions', ({ x }) => x.tensorType.dims.length === 5)],
    to: ({ x }) => x,
    fp: 'exact',
  });
  expect(verify(rule).failure).toMatch(/never fired in \d+ draws: .*there are five dimensions/);
});

const There = rewrite('x + y = x − −y', op('add', [typed(x, { element: 'f32' }), y]), {
  to: ({ x, y }, b) => b.op('subtract', [x, b.op('negate', [y])]),
  fp: 'exact',
});
const Back = rewrite('x − −y = x + y', op('subtract', [x, op('negate', [y])]), {
  to: ({ x, y }, b) => b.op('add', [x, y]),
  fp: 'exact',
});

test('a cycle of two rules is a failure that names both', () => {
  const rules = setOf({ There, Back });
  for (const rule of rules.ofKind('rewrite')) {
    expect(verifyRule(rule, rules, { cases: 20, seed: 1 }).failure).toMatch(
      /does not come to an end.*(There.*Back|Back.*There)/,
    );
  }
  expect(() => refuseEndless(rules, rules.ofKind('rewrite'))).toThrow(/rule There: does not come to an end/);
});

test('a rule that raises the order, but ends, passes with a remark', () => {
  const report = verify(There);
  expect(report.failure).toBeUndefined();
  expect(report.ascent).toMatch(/does not weigh less/);
  expect(verify(Back).ascent).toBeUndefined();
});

test('a right side that cannot be built is a failure that says for what', () => {
  const rule = rewrite('x + y = x − −y', op('add', [x, y]), {
    to: ({ x, y }, b) => b.op('subtract', [x, b.op('negate', [y])]),
    fp: 'exact',
  });
  expect(verify(rule).failure).toMatch(/rule Rule: the right side cannot be built for add pred.*: negate takes/);
});

test('the counterexample is small', () => {
  const { counterexample } = verify(rewrite('x − x = x', op('subtract', [x, x]), { to: ({ x }) => x, fp: 'exact' }));
  expect(counterexample!.program.entry.instructions.size).toBeLessThanOrEqual(3);
});
