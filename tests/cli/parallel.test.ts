import { describe, expect, it } from 'vitest';
import { file, thimble } from './support.js';

const SUM = `func.func @sum(%a: tensor<2xi32>) -> tensor<2xi32> {
  %s = "stablehlo.all_reduce"(%a) ({
    ^bb0(%x: tensor<i32>, %y: tensor<i32>):
      %0 = stablehlo.add %x, %y : tensor<i32>
      stablehlo.return %0 : tensor<i32>
  }) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<2xi32>) -> tensor<2xi32>
  return %s : tensor<2xi32>
}
`;
const OTHER = SUM.replace('@sum', '@other');
const running = (second: string, expected: number) => `${SUM}${second === '@sum' ? '' : OTHER}func.func @main() {
  %a = stablehlo.constant dense<[1, 2]> : tensor<2xi32>
  %b = stablehlo.constant dense<[10, 20]> : tensor<2xi32>
  %r:2 = "interpreter.run_parallel"(%a, %b) {programs = [[@sum], [${second}]]} :
    (tensor<2xi32>, tensor<2xi32>) -> (tensor<2xi32>, tensor<2xi32>)
  check.expect_eq_const %r#0, dense<[11, 22]> : tensor<2xi32>
  check.expect_eq_const %r#1, dense<[11, ${expected}]> : tensor<2xi32>
  return
}
`;

describe('thimble check of programs side by side', () => {
  it.each(['cpu', 'interpreter'])('runs them on %s', async (target) => {
    const right = file('right.mlir', running('@sum', 22));
    const wrong = file('wrong.mlir', running('@sum', 23));
    const { code, out } = await thimble('check', right, wrong, '--target', target);
    expect(code).toBe(1);
    expect(out).toContain(`FAILED ${wrong}:15:3: element [1]: got 22, expected 23`);
    expect(out.endsWith('1 passed, 1 failed, 0 skipped\n')).toBe(true);
  });

  it('counts the kernels of what they run', async () => {
    const right = file('right.mlir', running('@sum', 22));
    expect((await thimble('check', right)).out).toMatch(/^1 kernels?$/m);
  });

  it('leaves the host to the interpreter', async () => {
    const feeding = file(
      'feeding.mlir',
      `func.func @feed(%a: tensor<2xi32>, %t: !stablehlo.token) -> !stablehlo.token {
  %0 = "stablehlo.outfeed"(%a, %t) : (tensor<2xi32>, !stablehlo.token) -> !stablehlo.token
  return %0 : !stablehlo.token
}
func.func @main() {
  %a = stablehlo.constant dense<[1, 2]> : tensor<2xi32>
  %t = stablehlo.after_all : !stablehlo.token
  %r = "interpreter.run_parallel"(%a, %t) {programs = [[@feed]]} : (tensor<2xi32>, !stablehlo.token) -> !stablehlo.token
  return
}
`,
    );
    const { out } = await thimble('check', feeding);
    expect(out).toContain(`FAILED ${feeding}:8:3: programs that talk to a host are not compiled`);
    expect((await thimble('check', feeding, '--target', 'interpreter')).code).toBe(0);
  });

  it('says that different programs are not compiled', async () => {
    const mixed = file('mixed.mlir', running('@other', 22));
    const { out } = await thimble('check', mixed);
    expect(out).toContain(`FAILED ${mixed}:20:3: processes that run different programs are not compiled`);
    expect((await thimble('check', mixed, '--target', 'interpreter')).code).toBe(0);
  });
});
