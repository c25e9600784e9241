import { describe, expect, test } from 'vitest';
import { errorOf, main } from './read.js';

const body = (...lines: string[]): string =>
  main('%a: tensor<2xf32>', 'tensor<2xf32>', ...lines, 'return %a : tensor<2xf32>');

/** Text, and what the sentence says. */
const rows: [text: string | Uint8Array, sentence: RegExp][] = [
  ['', /^expected 'module' or 'func.func', found the end/],
  ['hello', /expected 'module' or 'func.func', found 'hello'/],
  [Buffer.from([0x4d, 0x4c, 0xef, 0x52, 0x0d, 0x01]), /expected 'module' or 'func.func'/],
  [Buffer.from([0, 1, 2, 255]), /found byte 0x0/],
  ['module {', /never closed/],
  ['module @m { func.func @main() {', /never closed/],
  ['module {} module {}', /a second module/],
  [body('%0 = stablehlo.foo %a : tensor<2xf32>'), /unknown op stablehlo.foo/],
  [body('%0 = add %a, %a : tensor<2xf32>'), /expected an operation, found 'add'/],
  [body('%0 = stablehlo.add %a, %5 : tensor<2xf32>'), /%5 is not defined/],
  [body('%0 = stablehlo.add %a, %a#1 : tensor<2xf32>'), /%a#1 is not defined: %a has 1 results/],
  [body('%0 = stablehlo.add %0, %a : tensor<2xf32>'), /%0 is not defined/],
  [body('%0 = stablehlo.add %a, %a : tensor<3xf32>'), /%a is f32\[2\], not f32\[3\]/],
  [body('%0 = stablehlo.add %a, %a tensor<2xf32>'), /expected ':' before the type of stablehlo.add, found 'tensor'/],
  [body('%a = stablehlo.add %a, %a : tensor<2xf32>'), /%a is defined twice/],
  [body('%0:2 = stablehlo.add %a, %a : tensor<2xf32>'), /has 1 results, but 2 are named/],
  [body('%0 = "stablehlo.add"(%a, %a : (tensor<2xf32>) -> tensor<2xf32>'), /expected ',' or '\)'/],
  [body('%0 = "stablehlo.add"(%a, %a) : (tensor<2xf32>) -> tensor<2xf32>'), /2 operands, but 1 operand types/],
  [body('%0 = stablehlo.add %a : tensor<2xf32>'), /add takes 2 operands, but 1 are given/],
  [body('%0 = stablehlo.add %a, %a : tensor<2xf99>'), /'f99' is not an element type/],
  [body('%0 = stablehlo.add %a, %a : tensor<2*f32>'), /expected 'x' after a size/],
  [body('%0 = stablehlo.add %a, %a : tensor<*xf32>'), /unranked tensors are not supported/],
  [body('%0 = stablehlo.iota dim = 0 : tensor<99999999x99999999x99999999xf32>'), /more than 2\^53 elements/],
  [body('%0 = stablehlo.iota dim = 0 : tensor<99999999999999999999xf32>'), /beyond 2\^53/],
  [body('%0 = stablehlo.iota dim = 4 : tensor<2xf32>'), /stablehlo.iota: .*4/],
  [body('%0 = stablehlo.iota dim = 0.5 : tensor<2xf32>'), /the attribute 'iota_dimension' must be an integer/],
  [body('%0 = stablehlo.iota : tensor<2xf32>'), /the attribute 'iota_dimension' is missing/],
  [body('%0 = stablehlo.transpose %a, dims = [7] : (tensor<2xf32>) -> tensor<2xf32>'), /stablehlo.transpose: /],
  [body('%0 = stablehlo.compare XX, %a, %a : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>'), /one of EQ, NE/],
  [body('%0 = stablehlo.constant dense<[1.0, 2.0]> : tensor<3xf32>'), /a list of 2 where dimension 0 has size 3/],
  [body('%0 = stablehlo.constant dense<[[1.0, 2.0]]> : tensor<2xf32>'), /more than 1 nested lists/],
  [body('%0 = stablehlo.constant dense<[1.0, 2.0> : tensor<2xf32>'), /expected ']'/],
  [body('%0 = stablehlo.constant dense<[1.0 2.0]> : tensor<2xf32>'), /expected ',' or ']'/],
  [body('%0 = stablehlo.constant dense<[1.0, abc]> : tensor<2xf32>'), /'abc' is not a number of type f32/],
  [body('%0 = stablehlo.constant dense<1.5> : tensor<2xi32>'), /'1.5' is not a number of type s32/],
  [body('%0 = stablehlo.constant dense<300> : tensor<2xi8>'), /300 is out of the range of s8/],
  [body('%0 = stablehlo.constant dense<-1> : tensor<2xui64>'), /-1 is out of the range of u64/],
  [body('%0 = stablehlo.constant dense<1.0> : tensor<2xcomplex<f32>>'), /a complex number is written \(re, im\)/],
  [body('%0 = stablehlo.constant dense<"0x0000"> : tensor<2xf32>'), /holds 2 bytes, but f32\[2\] takes 8/],
  [body('%0 = stablehlo.constant dense<"0x00000000zz000000"> : tensor<2xf32>'), /expected a hexadecimal digit/],
  [body('%0 = stablehlo.constant dense<1.0> : tensor<?xf32>'), /needs static sizes/],
  ['func.func @main() { %0 = stablehlo.constant dense<1.0', /never closed with '>'/],
  [body('%0 = stablehlo.constant dense_resource<w> : tensor<2xf32>'), /the resource 'w' is not in this text/],
  [body('%0 = "stablehlo.add'), /never closed with '"'/],
  [body('%0 = call @nowhere(%a) : (tensor<2xf32>) -> tensor<2xf32>'), /the function @nowhere is not defined/],
  [body('%0 = call @main(%a) : (tensor<2xf32>) -> tensor<2xf32>'), /@main calls itself/],
  [body('return %a : tensor<2xf32>'), /nothing may follow a return/],
  [main('%a: tensor<2xf32>', 'tensor<2xf32>'), /@main does not end in a return/],
  [
    main('%a: tensor<2xf32>', 'tensor<3xf32>', 'return %a : tensor<2xf32>'),
    /returns \(f32\[2\]\), but \(f32\[3\]\) is declared/,
  ],
  [`${body()}${body()}`, /two functions are named @main/],
  ['func.func private @f(tensor<2xf32>)', /expected '%'/],
  ['func.func private @f(%a: tensor<2xf32>)', /expected '{' before the body of @f/],
  ['func.func @main(%a: !t) { return }', /the type !t is not known/],
  [body('%0 = "stablehlo.reverse"(%a) <{dimensions = #d}> : (tensor<2xf32>) -> tensor<2xf32>'), /#d is not defined/],
  [body('%0 = stablehlo.add %a, %a {a = 1, a = 2} : tensor<2xf32>'), /'a' is given twice/],
  [
    body('%0 = "stablehlo.case"(%a) ({ ^bb0: stablehlo.return ^bb1: }) : (tensor<2xf32>) -> ()'),
    /several blocks|expected/,
  ],
  [
    body('%0 = "stablehlo.if"(%a) ({ stablehlo.return }, { stablehlo.return }) : (tensor<2xf32>) -> ()'),
    /stablehlo.if: the condition must be pred/,
  ],
  [
    body('stablehlo.while(%x = %a) : tensor<2xf32>, tensor<2xf32> cond { stablehlo.return } do { stablehlo.return }'),
    /a loop of 1 values has 2 types/,
  ],
];

describe('what is wrong is said', () => {
  test.each(rows)('%j', (text, sentence) => {
    const e = errorOf(text);
    expect(e.sentence).toMatch(sentence);
    expect(e.line).toBeGreaterThan(0);
    expect(e.render()).toContain(`test.mlir:${e.line}:${e.column}: error: ${e.sentence}`);
  });

  test('a place, the line, a caret and a hint', () => {
    const e = errorOf(body('%0 = stablehlo.foo %a : tensor<2xf32>'));
    expect(e.render().split('\n')).toEqual([
      'test.mlir:2:3: error: unknown op stablehlo.foo',
      '    %0 = stablehlo.foo %a : tensor<2xf32>',
      '    ^',
      'hint: define it with defineOp and add it to the registry, or rewrite the program without it',
    ]);
  });

  test('a long line is cut around the place', () => {
    const pad = ' '.repeat(5000);
    const e = errorOf(`func.func @main() {${pad}return %é : tensor<2xf32>${pad}}`);
    const [, line, caret] = e.render().split('\n');
    expect(line!.length).toBeLessThan(130);
    expect(line![caret!.length - 1]).toBe('é');
  });

  test('functions that call each other in a circle', () => {
    const f = (name: string, callee: string) =>
      `func.func @${name}(%a: tensor<f32>) -> tensor<f32> {\n%0 = call @${callee}(%a) : (tensor<f32>) -> tensor<f32>\nreturn %0 : tensor<f32> }\n`;
    expect(errorOf(f('main', 'g') + f('g', 'h') + f('h', 'main')).sentence).toBe('@main calls itself through @h');
  });
});

describe('size is no danger', () => {
  const deep = (open: string, close: string, n: number, inner = '') => open.repeat(n) + inner + close.repeat(n);
  test.each([
    ['regions', main('', '', deep('"stablehlo.case"(%x) ({', '}) : () -> ()', 100_000))],
    ['lists', `module attributes {a = ${deep('[', ']', 100_000)}} {}`],
    ['dictionaries', `module attributes {a = ${deep('{a = ', '}', 100_000, '1')}} {}`],
    ['tuples', `func.func @main(%a: ${deep('tuple<', '>', 100_000, 'tensor<f32>')}) { return }`],
    ['quoted structures', `module attributes {a = ${deep('#stablehlo.x<a = ', '>', 100_000, '1')}} {}`],
    ['complex', `func.func @main(%a: tensor<${deep('complex<', '>', 100_000, 'f32')}>) { return }`],
  ])('nested %s', (_, text) => {
    expect(errorOf(text).sentence).toMatch(/levels deep|not supported|expected/);
  });

  test('nested brackets of a constant', () => {
    const text = main('', '', `%0 = stablehlo.constant dense<${deep('[', ']', 100_000)}> : tensor<2xf32>`, 'return');
    expect(errorOf(text).sentence).toMatch(/nested lists/);
  });

  test('aliases that double at each step', () => {
    let text = '!t0 = tuple<tensor<f32>, tensor<f32>>\n#a0 = [1, 1]\n';
    for (let i = 1; i < 40; i++) text += `!t${i} = tuple<!t${i - 1}, !t${i - 1}>\n#a${i} = [#a${i - 1}, #a${i - 1}]\n`;
    expect(errorOf(`${text}module {}`).sentence).toMatch(/expand to more than can be read/);
  });

  test('a splat of 10^12 elements is one number', () => {
    const text = main(
      '',
      'tensor<1000000x1000000xf32>',
      '%0 = stablehlo.constant dense<1.0> : tensor<1000000x1000000xf32>',
      'return %0 : tensor<1000000x1000000xf32>',
    );
    expect(() => errorOf(text)).toThrow('without an error');
  });

  test('truncated anywhere', () => {
    const text = body(
      '%0 = stablehlo.constant dense<[1.0, 2.0]> : tensor<2xf32>',
      '%1 = stablehlo.add %a, %0 {x = "y"} : tensor<2xf32>',
    ).trimEnd();
    for (let n = 1; n < text.length; n++) expect(errorOf(text.slice(0, n)).sentence).not.toBe('');
  });
});
