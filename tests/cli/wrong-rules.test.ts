/** Wrong rules are refused where they are loaded, or disproved by `verify` with a program that runs. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { add8, file, thimble } from './support.js';

const HEAD = `import { number, op, rewrite, variables } from 'thimble/rules';
const { x } = variables('x');
`;
let count = 0;
const rulesFile = (text: string) => file(`wrong${count++}.ts`, HEAD + text);

describe('verify disproves, and prints a program that shows it', () => {
  it.each([
    ['x − x = x', `rewrite('x − x = x', op('subtract', [x, x]), { to: ({ x }) => x, fp: 'exact' })`],
    [
      'x + 0 = 0',
      `rewrite('x + 0 = 0', op('add', [x, number(0)]), { to: (_, b) => b.fill(b.type, 0), fp: ['signed-zero'] })`,
    ],
    [
      'a dropped convert',
      `rewrite('convert(convert(x)) = convert(x)', op('convert', [op('convert', [x])]), {
        to: ({ x }, b) => b.op('convert', [x], {}, { type: b.type }), fp: 'exact' })`,
    ],
  ])('%s', async (_, rule) => {
    const rules = rulesFile(`export const Wrong = ${rule};`);
    const { code, out, err } = await thimble('verify', rules);
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(out).toMatch(/^FAILED rewrite Wrong: .*, but for .*\n/);
    expect(out).toMatch(/\n0 passed, 1 failed, 0 skipped\n$/);
    const program = file('counterexample.mlir', /^module.*^}$/ms.exec(out)![0]);
    for (const target of ['cpu', 'interpreter']) {
      const run = await thimble('run', program, '--target', target);
      expect(run.code).toBe(0);
      const lines = run.out.trim().split('\n');
      const half = lines.length / 2;
      expect(lines.slice(0, half)).not.toEqual(lines.slice(half));
    }
  });
});

describe('what can be seen without a program is refused when the file is loaded, by every command', () => {
  const CYCLE = `
export const There = rewrite('sin x = cos x', op('sine', [x]), { to: ({ x }, b) => b.op('cosine', [x]), fp: 'exact' });
export const Back = rewrite('cos x = sin x', op('cosine', [x]), { to: ({ x }, b) => b.op('sine', [x]), fp: 'exact' });`;
  const UNBOUND = `
export const Unbound = rewrite('−x = y', op('negate', [x]), { to: ((b: { y: never }) => b.y) as never, fp: 'exact' });`;

  it.each([
    ['two rules that undo each other', CYCLE, /rule (There|Back): does not come to an end.*undo each other/],
    ['an unbound variable', UNBOUND, /rule Unbound: the right side uses 'y', which the pattern does not bind/],
    [
      'an op that is not there',
      `export const R = rewrite('a', op('sign_of', [x]), { to: ({ x }) => x, fp: 'exact' });`,
      /op 'sign_of' is not in the rule set/,
    ],
    ['text that is no program', 'export const = ;', /does not load/],
    ['no rules at all', 'export const answer = 42;', /exports no rules/],
  ])('%s', async (_, text, message) => {
    const rules = rulesFile(text);
    const commands = [
      ['verify', rules],
      ...['run', 'explain', 'diff', 'bench', 'check'].map((command) => [command, add8, '--rules', rules]),
      ['compile', add8, '--emit', 'loop', '--rules', rules],
    ];
    for (const args of commands) {
      const { code, out, err } = await thimble(...args);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toMatch(message);
      expect(err).not.toMatch(/^ +at /m);
    }
  });
});

it('a rule that is right passes', async () => {
  const { code, out } = await thimble('verify', 'examples/custom-rewrite.ts');
  expect({ code, out }).toEqual({ code: 0, out: '1 passed, 0 failed, 0 skipped\n' });
});

it('an op with a template of its own verifies, fuses nothing, and runs by every command', async () => {
  const rules = 'examples/custom-template.ts';
  expect(await thimble('verify', rules)).toMatchObject({ code: 0, out: '1 passed, 0 failed, 0 skipped\n' });
  const program = 'examples/leaky-sum.mlir';
  expect(readFileSync(program, 'utf8')).toContain('@leaky_sum');
  expect((await thimble('diff', program, '--rules', rules, '--random', '1')).code).toBe(0);
  const { out } = await thimble('explain', program, '--rules', rules, '--json');
  expect(JSON.parse(out).steps.map((s: { template: string }) => s.template)).toContain('recurrence');
});
