/** Operations under way: whatever may start becomes the op itself; and ops that HLO text alone has. */
import { expect, test } from 'vitest';
import { defaultRules } from '../../../src/default-rules.js';
import { parseHlo } from '../../../src/hlo/hlo-text/index.js';
import { interpret } from '../../../src/hlo/interpreter.js';
import { elements, f32 } from '../support.js';

const parse = (text: string) => parseHlo(new TextEncoder().encode(text), defaultRules().ops);
const main = (body: string, before = '') => `HloModule test
${before}
ENTRY main {
  x = f32[4]{0} parameter(0)
${body}
}`;
const wrapped = `wrapped {
  w = f32[4]{0} parameter(0)
  ROOT n = f32[4]{0} negate(w)
}`;
const input = f32([4], [1, 2, 3, 4]);
const run = (text: string) => elements(interpret(parse(text), defaultRules().ops, [input])[0]);

test.each([
  ['negate', [-1, -2, -3, -4]],
  ['copy', [1, 2, 3, 4]],
  ['abs', [1, 2, 3, 4]],
] as const)('%s-start, -update and -done', (op, want) => {
  const text = main(`  s = ((f32[4]{0}), f32[4]{0}, u32[]) ${op}-start(x)
  u = ((f32[4]{0}), f32[4]{0}, u32[]) ${op}-update(s)
  ROOT d = f32[4]{0} ${op}-done(u)`);
  expect(run(op === 'copy' ? text.replaceAll('((f32[4]{0})', '(f32[4]{0}') : text)).toEqual(want);
});

test('an op that text writes with attributes or a form of its own may start too', () => {
  const reverse = main(`  s = ((f32[4]{0}), f32[4]{0}, u32[]) reverse-start(x), dimensions={0}
  ROOT d = f32[4]{0} reverse-done(s)`);
  expect(run(reverse)).toEqual([4, 3, 2, 1]);
  const bitcast = main(`  s = ((f32[4]{0}), f32[2,2]{1,0}, u32[]) bitcast-start(x)
  d = f32[2,2]{1,0} bitcast-done(s)
  ROOT r = f32[4]{0} reshape(d)`);
  expect(run(bitcast)).toEqual([1, 2, 3, 4]);
});

test('any computation, by async-start', () => {
  const text = main(
    `  s = ((f32[4]{0}), f32[4]{0}, u32[]) async-start(x), calls=wrapped, async_execution_thread="other"
  u = ((f32[4]{0}), f32[4]{0}, u32[]) async-update(s)
  ROOT d = f32[4]{0} async-done(u)`,
    wrapped,
  );
  expect(run(text)).toEqual([-1, -2, -3, -4]);
  expect([...parse(text).entry.instructions].map((i) => i.opcode)).toEqual(['parameter', 'negate']);
});

test('what is no op does not start', () => {
  expect(() => parse(main('  ROOT s = f32[4]{0} nothing-start(x)'))).toThrow('unknown op nothing-start');
  expect(() => parse(main('  ROOT s = f32[4]{0} negate-done(x)'))).toThrow(
    'its operand is no operation that has started',
  );
});

test('a scan says whether its body is associative', () => {
  const body = `add {
  p = f32[] parameter(0)
  c = f32[] parameter(1)
  s = f32[] add(p, c)
  ROOT t = (f32[], f32[]) tuple(s, s)
}`;
  const text = main(
    `  z = f32[] constant(0)
  s = (f32[4]{0}, f32[]) scan(x, z), dimensions={0}, num_carries=1, to_apply=add, is_associative=true
  ROOT g = f32[4]{0} get-tuple-element(s), index=0`,
    body,
  );
  expect(run(text)).toEqual([1, 3, 6, 10]);
});

test('a random state is another each time', () => {
  const text = main(`  ROOT r = u64[2]{0} rng-get-and-update-state(), delta=4096`);
  expect(run(text)).toHaveLength(2);
  expect(run(text)).not.toEqual(run(text));
});

test('a scaled dot', () => {
  const text = `HloModule test
ENTRY main {
  x = f32[1,4]{1,0} parameter(0)
  s = f32[1,2]{1,0} constant({{2, 0.5}})
  o = f32[] constant(1)
  ROOT d = f32[1,1]{1,0} scaled-dot(x, x, s, o), lhs_contracting_dims={1}, rhs_contracting_dims={1}
}`;
  const [d] = interpret(parse(text), defaultRules().ops, [f32([1, 4], [1, 2, 3, 4])]);
  expect(elements(d)).toEqual([2 * (1 + 4) + 0.5 * (9 + 16)]);
});
