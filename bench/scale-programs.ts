/** Programs of any size, as text: what the passes' times are held against. `n` is the number of instructions, about. */

const V = 'tensor<64xf32>';
const M = 'tensor<8x64xf32>';
const W = 'tensor<64x64xf32>';

/** A function body in the making; every instruction gets a number as its name. */
class Lines {
  private readonly lines: string[] = [];

  get count(): number {
    return this.lines.length;
  }

  /** Appends `%k = text` and gives `%k`. */
  add(text: string): string {
    const name = `%${this.lines.length}`;
    this.lines.push(`  ${name} = ${text}`);
    return name;
  }

  program(parameters: string, result: string, type: string): string {
    return `func.func @main(${parameters}) -> ${type} {\n${this.lines.join('\n')}\n  return ${result} : ${type}\n}\n`;
  }
}

const binary = (op: string, a: string, b: string, type: string): string => `stablehlo.${op} ${a}, ${b} : ${type}`;

/** Each instruction reads the one before. */
function chain(n: number): string {
  const l = new Lines();
  let x = '%x';
  for (let i = 0; i < n; i++) x = l.add(binary(['add', 'multiply', 'subtract', 'maximum'][i % 4]!, x, '%y', V));
  return l.program(`%x: ${V}, %y: ${V}`, x, V);
}

/** Dense layers: product, bias, relu. */
function layers(n: number): string {
  const l = new Lines();
  const zero = l.add(`stablehlo.constant dense<0.0> : ${M}`);
  let x = '%x';
  while (l.count < n) {
    const dot = l.add(`stablehlo.dot_general ${x}, %w, contracting_dims = [1] x [0] : (${M}, ${W}) -> ${M}`);
    const bias = l.add(`stablehlo.broadcast_in_dim %b, dims = [1] : (${V}) -> ${M}`);
    x = l.add(binary('maximum', l.add(binary('add', dot, bias, M)), zero, M));
  }
  return l.program(`%x: ${M}, %w: ${W}, %b: ${V}`, x, M);
}

const R = 'tensor<8xf32>';
const S = 'tensor<8x8xf32>';

/** Row sums or maxima of an 8 × 8 matrix, spread over its rows again. */
function rowwise(l: Lines, x: string, start: string, op: string): string {
  const r = l.add(
    `stablehlo.reduce(${x} init: ${start}) applies stablehlo.${op} across dimensions = [1] : (${S}, tensor<f32>) -> ${R}`,
  );
  return l.add(`stablehlo.broadcast_in_dim ${r}, dims = [0] : (${R}) -> ${S}`);
}

/** Attention, one block after the other: x + softmax(x xᵀ) x. */
function attention(n: number): string {
  const l = new Lines();
  const zero = l.add('stablehlo.constant dense<0.0> : tensor<f32>');
  const least = l.add('stablehlo.constant dense<0xFF800000> : tensor<f32>');
  let x = '%x';
  while (l.count < n) {
    const score = l.add(`stablehlo.dot_general ${x}, ${x}, contracting_dims = [1] x [1] : (${M}, ${M}) -> ${S}`);
    const top = rowwise(l, score, least, 'maximum');
    const e = l.add(`stablehlo.exponential ${l.add(binary('subtract', score, top, S))} : ${S}`);
    const p = l.add(binary('divide', e, rowwise(l, e, zero, 'add'), S));
    const y = l.add(`stablehlo.dot_general ${p}, ${x}, contracting_dims = [1] x [0] : (${S}, ${M}) -> ${M}`);
    x = l.add(binary('add', x, y, M));
  }
  return l.program(`%x: ${M}`, x, M);
}

/** Many kernels over one value, and a tree that adds them up. */
function wide(n: number): string {
  const l = new Lines();
  let level: string[] = [];
  for (let i = 0; l.count < (3 * n) / 4; i++) {
    const c = l.add(`stablehlo.constant dense<${i}.5> : ${V}`);
    level.push(l.add(`stablehlo.tanh ${l.add(binary('add', '%x', c, V))} : ${V}`));
  }
  while (level.length > 1) {
    const next: string[] = [];
    for (let i = 0; i < level.length; i += 2) {
      next.push(i + 1 < level.length ? l.add(binary('add', level[i]!, level[i + 1]!, V)) : level[i]!);
    }
    level = next;
  }
  return l.program(`%x: ${V}`, level[0]!, V);
}

/** Many results that all read one value. */
function users(n: number): string {
  const l = new Lines();
  const results: string[] = [];
  const t = l.add(`stablehlo.tanh %x : ${V}`);
  for (let i = 0; l.count < n; i++) {
    const c = l.add(`stablehlo.constant dense<${i}.5> : ${V}`);
    results.push(l.add(binary('multiply', t, c, V)));
  }
  const types = results.map(() => V);
  return l
    .program(`%x: ${V}`, results.join(', '), types.join(', '))
    .replace(`-> ${types.join(', ')} {`, `-> (${types.join(', ')}) {`);
}

/** Each value forks and joins again: paths double with every level. */
function diamonds(n: number): string {
  const l = new Lines();
  let x = '%x';
  while (l.count < n) {
    const a = l.add(binary('multiply', x, '%y', V));
    const b = l.add(`stablehlo.tanh ${x} : ${V}`);
    x = l.add(binary('add', a, b, V));
  }
  return l.program(`%x: ${V}, %y: ${V}`, x, V);
}

/** One concatenation of many pieces. */
function concatenate(n: number): string {
  const l = new Lines();
  const pieces: string[] = [];
  for (let i = 0; l.count < n; i++) {
    const at = i % 60;
    const cut = l.add(`stablehlo.slice %x [${at}:${at + 4}] : (${V}) -> tensor<4xf32>`);
    pieces.push(l.add(`stablehlo.negate ${cut} : tensor<4xf32>`));
  }
  const type = `tensor<${4 * pieces.length}xf32>`;
  const types = pieces.map(() => 'tensor<4xf32>').join(', ');
  const all = l.add(`stablehlo.concatenate ${pieces.join(', ')}, dim = 0 : (${types}) -> ${type}`);
  return l.program(`%x: ${V}`, all, type);
}

/** A buffer changed piece by piece. */
function updates(n: number): string {
  const l = new Lines();
  const size = Math.max(64, 2 * n);
  const type = `tensor<${size}xf32>`;
  let x = l.add(`stablehlo.negate %x : ${type}`);
  while (l.count < n) {
    const at = l.add(`stablehlo.constant dense<${(2 * l.count) % (size - 4)}> : tensor<i32>`);
    const piece = l.add(`stablehlo.multiply %p, %p : tensor<4xf32>`);
    x = l.add(
      `stablehlo.dynamic_update_slice ${x}, ${piece}, ${at} : (${type}, tensor<4xf32>, tensor<i32>) -> ${type}`,
    );
  }
  return l.program(`%x: ${type}, %p: tensor<4xf32>`, x, type);
}

/** Loops, one after the other. */
function loops(n: number): string {
  const l: string[] = [];
  let x = '%x';
  const zero = '  %zero = stablehlo.constant dense<0> : tensor<i32>';
  for (let i = 0; 8 * i < n; i++) {
    l.push(
      `  %l${i}:2 = stablehlo.while(%i = %zero, %v = ${x}) : tensor<i32>, ${V}`,
      '  cond {',
      '    %ten = stablehlo.constant dense<10> : tensor<i32>',
      '    %c = stablehlo.compare LT, %i, %ten, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>',
      '    stablehlo.return %c : tensor<i1>',
      '  } do {',
      '    %one = stablehlo.constant dense<1> : tensor<i32>',
      '    %j = stablehlo.add %i, %one : tensor<i32>',
      `    %s = stablehlo.tanh %v : ${V}`,
      `    %w = stablehlo.add %s, %v : ${V}`,
      `    stablehlo.return %j, %w : tensor<i32>, ${V}`,
      '  }',
    );
    x = `%l${i}#1`;
  }
  return `func.func @main(%x: ${V}) -> ${V} {\n${zero}\n${l.join('\n')}\n  return ${x} : ${V}\n}\n`;
}

export const SCALED: Readonly<Record<string, (n: number) => string>> = {
  chain,
  layers,
  attention,
  wide,
  users,
  diamonds,
  concatenate,
  updates,
  loops,
};
