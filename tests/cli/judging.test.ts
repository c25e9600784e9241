import { describe, expect, it } from 'vitest';
import { constantsAsArguments } from '../../src/cli/check/expectations.js';
import { doctor } from '../../src/cli/commands/doctor.js';
import { defaultRules } from '../../src/default-rules.js';
import { parseStablehlo } from '../../src/hlo/stablehlo/index.js';
import { add8, file, softmax, thimble } from './support.js';

const brokenExp = file(
  'broken.ts',
  `import { emit } from 'thimble';
export const Exponential = emit('exponential', { element: (s, [x]) => s.add(x, s.constant(s.typeOf(x), 1)) });
`,
);
const brokenRewrite = file(
  'rewrite.ts',
  `import { op, rewrite, variables } from 'thimble/rules';
const { x } = variables('x');
export const Sine_Negate = rewrite('sin(-x) = sin(x)', op('sine', [op('negate', [x])]), {
  to: ({ x }, build) => build.op('sine', [x]),
  fp: 'exact',
});
`,
);

const expecting = (value: number) => `func.func @main() {
  %a = stablehlo.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %b = stablehlo.add %a, %a : tensor<2xf32>
  %c = stablehlo.constant dense<[2.0, ${value}.0]> : tensor<2xf32>
  check.expect_eq %b, %c : tensor<2xf32>
  return
}
`;

describe('thimble diff', () => {
  it('finds compiled code and interpreter to agree', async () => {
    const { code, out } = await thimble('diff', add8, softmax);
    expect(out).toContain(`${add8}: output 0 f32[8]: worst 0 ULP`);
    expect(out.endsWith('2 passed, 0 failed, 0 skipped\n')).toBe(true);
    expect(code).toBe(0);
  });

  it('names the first instruction that differs', async () => {
    const { code, out } = await thimble('diff', softmax, '--rules', brokenExp);
    expect(code).toBe(1);
    expect(out).toContain(`FAILED ${softmax}`);
    expect(out).toContain('the first instruction that differs: exponential f32[16,100] of (f32[16,100]) (line 7)');
    expect(out.endsWith('0 passed, 1 failed, 0 skipped\n')).toBe(true);
  });

  it('holds floats to the tolerance it is told', async () => {
    expect((await thimble('diff', softmax, '--tolerance', '0')).code).toBe(1);
    expect((await thimble('diff', softmax, '--tolerance', '1e-3')).code).toBe(0);
  });

  it('goes on after a file that it cannot read', async () => {
    const { code, out, err } = await thimble('diff', 'nowhere.mlir', add8);
    expect(code).toBe(1);
    expect(err).toContain('there is no such file');
    expect(out.endsWith('1 passed, 1 failed, 0 skipped\n')).toBe(true);
  });

  it('takes inputs for one file alone', async () => {
    expect((await thimble('diff', add8, softmax, '--input', '0=x.npy')).err).toContain('for one FILE at a time');
  });
});

describe('thimble check', () => {
  const good = file('good.mlir', expecting(4));
  const bad = file('bad.mlir', expecting(5));
  const several = file(
    'several.mlir',
    `${expecting(4)}// -----\n${expecting(7)}// -----\n${expecting(4).replace('@main', '@other')}`,
  );

  it.each(['cpu', 'interpreter'])('runs programs with expectations on %s', async (target) => {
    const { code, out } = await thimble('check', good, bad, several, '--target', target);
    expect(out).toContain(`FAILED ${bad}:5:3: element [1]: got 4, expected 5`);
    expect(out).toContain(`FAILED ${several}:13:3: element [1]: got 4, expected 7`);
    expect(out.endsWith('3 passed, 2 failed, 0 skipped\n')).toBe(true);
    expect(code).toBe(1);
  });

  it('lets kernels do the work, not constant folding', async () => {
    const exp = file(
      'exp.mlir',
      expecting(4).replace('stablehlo.add %a, %a', 'stablehlo.exponential %a').replace('[2.0, 4.0]', '[2.0, 3.0]'),
    );
    expect((await thimble('check', exp, '--rules', brokenExp)).code).toBe(0);
    expect((await thimble('check', exp)).code).toBe(1);
  });

  it('counts by op and by element type, and names the first element that is off', async () => {
    const { code, out } = await thimble('check', good, bad, '--json');
    const report = JSON.parse(out);
    expect(report).toMatchObject({ target: 'cpu', passed: 1, failed: 1, skipped: 0, kernels: 1 });
    expect(report.ops).toEqual({ add: { passed: 1, failed: 1 } });
    expect(report.elements).toEqual({ f32: { passed: 1, failed: 1 } });
    const failed = report.programs.find((p: { status: string }) => p.status === 'failed');
    expect(failed).toMatchObject({ file: bad, function: 'main', ops: ['add'], elements: ['f32'] });
    // 4 is 2 · 2¹, and numbers from 4 to 8 lie 2⁻²¹ apart.
    const ulp = 2 ** 21;
    expect(failed.difference).toEqual({ index: [1], got: '4', expected: '5', ulp, differing: 1, elements: 2 });
    expect(code).toBe(1);
    expect((await thimble('check', good, bad)).out).toMatch(
      /element types, passed of all:\n {2}f32 1\/2\nops.*\n {2}add 1\/2\n/,
    );
  });

  it('hands constants in as arguments, but scalars', () => {
    const { ops } = defaultRules();
    const module = parseStablehlo(
      `func.func @main() -> tensor<2x2xf32> {
        %x = stablehlo.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
        %c = stablehlo.constant dense<3.0> : tensor<f32>
        %b = stablehlo.broadcast_in_dim %c, dims = [] : (tensor<f32>) -> tensor<2x2xf32>
        %0 = stablehlo.reshape %x : (tensor<4xf32>) -> tensor<2x2xf32>
        %1 = stablehlo.add %0, %b : tensor<2x2xf32>
        return %1 : tensor<2x2xf32>
      }`,
      ops,
    );
    expect(constantsAsArguments(module, ops).map((t) => [...t.data])).toContainEqual([1, 2, 3, 4]);
    const [x] = module.entry.parameters;
    expect(x!.result.users.size).toBe(1);
    expect(module.entry.topological().filter((i) => ops.kind(i) === 'constant')).toHaveLength(1);
  });

  it('skips programs that expect nothing or need arguments', async () => {
    const silent = file(
      'silent.mlir',
      'func.func @main() -> tensor<f32> {\n  %0 = stablehlo.constant dense<1.0> : tensor<f32>\n  return %0 : tensor<f32>\n}',
    );
    const { code, out } = await thimble('check', add8, silent);
    expect(out).toContain(`skipped ${add8} @main: it needs arguments`);
    expect(out).toContain(`skipped ${silent} @main: it expects nothing`);
    expect(out.endsWith('0 passed, 0 failed, 2 skipped\n')).toBe(true);
    expect(code).toBe(0);
  });

  it('fails on what cannot be read', async () => {
    const { code, out } = await thimble('check', 'nowhere.mlir', file('junk.mlir', 'func.func @main( {'));
    expect(code).toBe(1);
    expect(out).toContain('0 passed, 2 failed, 0 skipped');
  });
});

describe('thimble verify', () => {
  it('finds built-in rules right', async () => {
    const { code, out } = await thimble('verify', '--only', 'Transpose', '--cases', '10');
    expect(out).toMatch(/^[1-9]\d* passed, 0 failed, 0 skipped\n$/);
    expect(code).toBe(0);
  });

  it('finds a wrong rewrite, and prints the program that shows it', async () => {
    const { code, out } = await thimble('verify', brokenRewrite);
    expect(code).toBe(1);
    expect(out).toContain('FAILED rewrite Sine_Negate: sin(-x) = sin(x), but for');
    expect(out).toContain('stablehlo.sine');
  });

  it('finds a wrong emission rule', async () => {
    const { code, out } = await thimble('verify', brokenExp, '--cases', '100');
    expect(code).toBe(1);
    expect(out).toContain('FAILED emit exponential');
  });

  it('refuses a file without rules', async () => {
    const { code, err } = await thimble('verify', file('none.ts', 'export const x = 1;\n'));
    expect(code).toBe(1);
    expect(err).toContain('exports no rules');
  });

  it('says what is wrong with a file that does not load', async () => {
    const { code, err } = await thimble('verify', file('syntax.ts', 'export const = ;\n'));
    expect(code).toBe(1);
    expect(err).toContain('syntax.ts does not load');
    expect(err).not.toMatch(/\n\s+at /);
  });
});

describe('thimble doctor', () => {
  it('finds what this machine has', async () => {
    const { out } = await thimble('doctor');
    expect(out).toMatch(/ok {7}Node/);
  });

  it('says how to get what is missing', () => {
    let out = '';
    const io = { out: (t: string) => void (out += t), err: () => {}, interactive: false };
    const look = () => {
      throw new Error('libX.so does not load\nmore');
    };
    expect(doctor(io, [{ name: 'libX', look, remedy: 'apt-get install libx' }])).toBe(1);
    expect(out).toContain('MISSING  libX            libX.so does not load\n');
    expect(out).toContain('apt-get install libx');
    expect(out).toContain('1 missing');
  });
});
