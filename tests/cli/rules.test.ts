/** Rules and ops of the user's own, through `--rules`. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { add8, file, thimble } from './support.js';

const example = (name: string) => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
const program = file(
  'gelu.mlir',
  `func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.custom_call @quick_gelu(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = stablehlo.add %0, %0 : tensor<4xf32>
  return %1 : tensor<4xf32>
}
`,
);

describe('--rules', () => {
  it('brings in an op, which then parses, fuses, runs and agrees with the interpreter', async () => {
    const rules = ['--rules', example('custom-op.ts')];
    expect((await thimble('diff', program, ...rules)).code).toBe(0);
    const { out } = await thimble('explain', program, '--json', ...rules);
    expect(JSON.parse(out).steps).toHaveLength(1);
    expect((await thimble('run', program, '--random', '1')).err).toContain('quick_gelu');
  });

  it('takes plain JavaScript, and rules that stand in lists', async () => {
    const rules = file(
      'half.mjs',
      "import { emit } from 'thimble';\nexport const all = [emit('add', { element: (s, [x, y]) => s.sub(x, y) })];\n",
    );
    const { code, out } = await thimble('diff', add8, '--rules', rules);
    expect(code).toBe(1);
    expect(out).toContain('the first instruction that differs: add f32[8]');
  });

  it('takes a rule set as it is', async () => {
    const rules = file(
      'set.ts',
      `import { defaultRules, emit, extendRuleSet } from 'thimble';
export default extendRuleSet(defaultRules(), { rules: [emit('add', { element: (s, [x, y]) => s.mul(x, y) })] });
`,
    );
    expect((await thimble('diff', add8, '--rules', rules)).code).toBe(1);
  });
});
