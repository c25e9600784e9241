/** Groups that are equal up to which values they read and write have the same kernel: it is emitted once. */
import { isSplatConstant, valueKey } from '../fusion/accesses.js';
import type { Group } from '../fusion/group.js';
import { Literal, type Value } from '../hlo/index.js';
import type { RuleSet } from '../rules/index.js';
import { Keys } from '../rules/structure.js';
import { type EmittedKernel, type Param, Scratch } from './templates/kernel-context.js';

interface Signature {
  readonly text: string;
  /** Every value the kernel may have as a parameter, in an order that equal groups share. */
  readonly values: readonly Value[];
}

export class EmitCache {
  private readonly keys = new Keys();
  private readonly known = new Map<
    string,
    { readonly emitted: readonly EmittedKernel[]; readonly values: readonly Value[] }
  >();

  constructor(
    private readonly rules: RuleSet,
    private readonly emit: (g: Group) => readonly EmittedKernel[],
  ) {}

  get(g: Group): readonly EmittedKernel[] {
    const { text, values } = this.signature(g);
    const known = this.known.get(text);
    if (!known) {
      const emitted = this.emit(g);
      this.known.set(text, { emitted, values });
      return emitted;
    }
    const place = new Map<Param, Param>(known.values.map((v, k) => [v, values[k]!]));
    for (const v of known.emitted.flatMap((k) => k.params)) {
      if (v instanceof Scratch && !place.has(v)) place.set(v, new Scratch(v.bytes));
    }
    return known.emitted.map((k) => ({
      ...k,
      params: k.params.map((v) => (v instanceof Literal ? v : place.get(v)!)),
    }));
  }

  /** Members in the order they joined, operands by number: the text decides everything that a template asks. */
  private signature(g: Group): Signature {
    const values: Value[] = [];
    const numbers = new Map<string, number>();
    const name = (v: Value): string =>
      isSplatConstant(this.rules.ops, v.producer) ? this.keys.attribute(v.producer.attributes) : numbered(v);
    const numbered = (v: Value): string => {
      const key = valueKey(v);
      let n = numbers.get(key);
      if (n === undefined) {
        n = values.length;
        numbers.set(key, n);
        values.push(v);
      }
      return `%${n}`;
    };
    const lines = [...g.members].map((i) => {
      const operands = i.operands.map((o) => `${name(o)}:${this.keys.type(o.type)}`).join();
      const results = i.results.map((r) => `${name(r)}:${this.keys.type(r.type)}`).join();
      const called = i.called.map((c) => `(${this.keys.computation(c)})`).join('');
      return `${results}=${i.opcode}(${operands})${this.keys.attribute(i.attributes)}${called}`;
    });
    const stored = [...g.outputs].map(
      (v) =>
        `${name(v)}:${numbered(v)}${g.inPlace.has(v) ? `=${numbered(g.inPlace.get(v)!)}` : ''}@${g
          .outputIndex(v)!
          .map((e) => e.key)
          .join()}`,
    );
    const product = g.space.kind === 'contraction' ? name(g.space.product.result) : '';
    return { text: `${g.template} ${product}\n${lines.join('\n')}\n${stored.join()}`, values };
  }
}
