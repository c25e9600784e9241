/** Random loops over several carried tensors: swaps, maps, partial updates, reads elsewhere, loops and branches inside. */
import fc from 'fast-check';

export interface BodyOp {
  readonly what: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

export interface LoopCase {
  readonly size: number;
  readonly carried: number;
  readonly trips: number;
  readonly body: readonly BodyOp[];
  /** Which value of the body each carried one goes on with. */
  readonly next: readonly number[];
  readonly inner: readonly BodyOp[];
}

const n = fc.nat({ max: 1 << 16 });
const op: fc.Arbitrary<BodyOp> = fc.record({ what: n, a: n, b: n, c: n });

export const loopCases: fc.Arbitrary<LoopCase> = fc.record({
  // 24 × 24 integers are worth a second buffer, 3 × 3 are not.
  size: fc.constantFrom(1, 3, 24),
  carried: fc.integer({ min: 1, max: 4 }),
  trips: fc.integer({ min: 0, max: 5 }),
  body: fc.array(op, { minLength: 1, maxLength: 8 }),
  next: fc.array(n, { minLength: 4, maxLength: 4 }),
  inner: fc.array(op, { minLength: 0, maxLength: 4 }),
});

class BodyText {
  readonly lines: string[] = [];
  private count = 0;

  constructor(
    private readonly size: number,
    private readonly prefix: string,
    /** Tensors, and scalars that starts are made of. */
    readonly tensors: string[],
    readonly scalars: string[],
    private readonly inner: readonly BodyOp[],
  ) {}

  private name(): string {
    return `%${this.prefix}${this.count++}`;
  }

  private get type(): string {
    return `tensor<${this.size}x${this.size}xi32>`;
  }

  private say(text: string): string {
    const name = this.name();
    this.lines.push(`${name} = ${text}`);
    return name;
  }

  private pick(list: readonly string[], k: number): string {
    return list[k % list.length]!;
  }

  add({ what, a, b, c }: BodyOp): void {
    const { type, size, tensors } = this;
    const [x, y] = [this.pick(tensors, a), this.pick(tensors, b)];
    const start = this.pick(this.scalars, c);
    const [row, scalar] = [`tensor<1x${size}xi32>`, 'tensor<i32>'];
    const zero = '%zero';
    const forms = [
      () => `stablehlo.add ${x}, ${y} : ${type}`,
      () => `stablehlo.subtract ${x}, ${y} : ${type}`,
      () => `stablehlo.xor ${x}, ${y} : ${type}`,
      () => `stablehlo.transpose ${x}, dims = [1, 0] : (${type}) -> ${type}`,
      () => `stablehlo.reverse ${x}, dims = [0] : ${type}`,
      () => {
        const from = this.say(
          `stablehlo.dynamic_slice ${y}, ${start}, ${zero}, sizes = [1, ${size}] : (${type}, ${scalar}, ${scalar}) -> ${row}`,
        );
        const changed = this.say(`stablehlo.not ${from} : ${row}`);
        const to = this.pick(this.scalars, c >> 4);
        return `stablehlo.dynamic_update_slice ${x}, ${changed}, ${to}, ${zero} : (${type}, ${row}, ${scalar}, ${scalar}) -> ${type}`;
      },
      () => {
        const sum = this.say(
          `stablehlo.reduce(${x} init: ${zero}) applies stablehlo.add across dimensions = [1] : (${type}, ${scalar}) -> tensor<${size}xi32>`,
        );
        return `stablehlo.broadcast_in_dim ${sum}, dims = [0] : (tensor<${size}xi32>) -> ${type}`;
      },
      () => this.branch(x, y, start),
      () => this.loop(x, start),
    ];
    tensors.push(this.say(forms[what % forms.length]!()));
  }

  private nested(prefix: string): BodyText {
    const inside = new BodyText(this.size, prefix, [...this.tensors], [...this.scalars], []);
    for (const o of this.inner) inside.add(o);
    return inside;
  }

  private branch(x: string, y: string, start: string): string {
    const odd = this.say(`stablehlo.and ${start}, %one : tensor<i32>`);
    const inside = this.nested(`${this.prefix}b${this.count}_`);
    const result = inside.tensors.at(-1)!;
    return `"stablehlo.case"(${odd}) ({
      ${inside.lines.join('\n      ')}
      stablehlo.return ${result} : ${this.type}
    }, {
      stablehlo.return ${y} : ${this.type}
    }, {
      stablehlo.return ${x} : ${this.type}
    }) : (tensor<i32>) -> ${this.type}`;
  }

  private loop(x: string, start: string): string {
    const prefix = `${this.prefix}w${this.count}_`;
    const inside = new BodyText(
      this.size,
      prefix,
      [`%${prefix}x`, ...this.tensors],
      [`%${prefix}j`, ...this.scalars],
      [],
    );
    for (const o of this.inner) inside.add(o);
    const both = `tensor<i32>, ${this.type}`;
    const loop = this.name();
    this.lines.push(`${loop}:2 = stablehlo.while(%${prefix}j = ${start}, %${prefix}x = ${x}) : ${both}
    cond {
      %${prefix}c = stablehlo.compare LT, %${prefix}j, %three, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %${prefix}c : tensor<i1>
    } do {
      %${prefix}n = stablehlo.add %${prefix}j, %one : tensor<i32>
      ${inside.lines.join('\n      ')}
      stablehlo.return %${prefix}n, ${inside.tensors.at(-1)!} : ${both}
    }`);
    return `stablehlo.add ${loop}#1, ${x} : ${this.type}`;
  }
}

/** main takes the carried tensors and the number of trips; the loop's counter is carried too. */
export function loopProgram(c: LoopCase): string {
  const type = `tensor<${c.size}x${c.size}xi32>`;
  const names = Array.from({ length: c.carried }, (_, k) => k);
  const body = new BodyText(
    c.size,
    'v',
    names.map((k) => `%p${k}`),
    ['%i', '%one'],
    c.inner,
  );
  for (const o of c.body) body.add(o);
  const types = names.map(() => type).join(', ');
  const next = names.map((k) => body.tensors[c.next[k]! % body.tensors.length]!).join(', ');
  return `func.func @main(${names.map((k) => `%x${k}: ${type}`).join(', ')}, %n: tensor<i32>) -> (tensor<i32>, ${types}) {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %three = stablehlo.constant dense<3> : tensor<i32>
  %r:${c.carried + 1} = stablehlo.while(%i = %zero, ${names.map((k) => `%p${k} = %x${k}`).join(', ')}) : tensor<i32>, ${types}
  cond {
    %go = stablehlo.compare LT, %i, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %go : tensor<i1>
  } do {
    %i1 = stablehlo.add %i, %one : tensor<i32>
    ${body.lines.join('\n    ')}
    stablehlo.return %i1, ${next} : tensor<i32>, ${types}
  }
  return %r#0, ${names.map((k) => `%r#${k + 1}`).join(', ')} : tensor<i32>, ${types}
}`;
}
