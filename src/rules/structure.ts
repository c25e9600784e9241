/** When two attributes, or two computations, are the same thing: as keys, equal exactly where the things are. */
import { type AttributeValue, type Computation, Literal, showType, type Value, type ValueType } from '../hlo/index.js';
import { sameLiteral } from './literals.js';

/** Literals to this size are compared by content; larger ones only by identity. */
const CONTENT_BYTES = 1 << 12;

export class Keys {
  private readonly literals = new Map<string, Literal[]>();
  private readonly computations = new Map<Computation, string>();
  private readonly ids = new Map<Literal, number>();

  /** A text that two attribute values share exactly when they are equal. */
  attribute(a: AttributeValue): string {
    if (a instanceof Literal) return this.literal(a);
    if (Array.isArray(a)) return `[${a.map((x) => this.attribute(x)).join()}]`;
    if (typeof a === 'bigint') return `${a}n`;
    if (typeof a === 'number' && Object.is(a, -0)) return '-0';
    if (typeof a === 'object') {
      const o = a as { readonly [k: string]: AttributeValue };
      const names = Object.keys(o).filter((k) => o[k] !== undefined);
      return `{${names.sort().map((k) => `${JSON.stringify(k)}:${this.attribute(o[k])}`)}}`;
    }
    return typeof a === 'number' ? String(a) : (JSON.stringify(a) ?? 'undefined');
  }

  type(t: ValueType): string {
    return t.kind === 'tensor' && (t.quantization || t.bounds) ? JSON.stringify(t) : showType(t);
  }

  /** The same for computations that are equal up to names and order: same instructions on the same values. */
  computation(c: Computation): string {
    let key = this.computations.get(c);
    if (key === undefined) this.computations.set(c, (key = this.textOf(c)));
    return key;
  }

  private literal(l: Literal): string {
    const type = this.type(l.type);
    if (l.isSplat) return `splat ${type} ${bytesText(l)}`;
    let same = this.ids.get(l);
    if (same === undefined) {
      const small = l.type.dims.reduce((n, d) => n * d, 1) * 8 <= CONTENT_BYTES;
      const candidates = small ? (this.literals.get(type) ?? []) : [];
      const equal = candidates.find((o) => sameLiteral(o, l));
      same = equal ? this.ids.get(equal)! : this.ids.size;
      this.ids.set(l, same);
      if (small && !equal) this.literals.set(type, [...candidates, l]);
    }
    return `dense ${type} #${same}`;
  }

  private textOf(c: Computation): string {
    const number = new Map<Value, number>();
    const name = (v: Value): string => {
      if (!number.has(v)) number.set(v, number.size);
      return `%${number.get(v)}`;
    };
    const live = new Set(c.topological());
    const lines = c.parameters.map((p) => `${name(p.result)}:${this.type(p.result.type)}`);
    for (const i of live) {
      if (c.parameters.includes(i)) continue;
      const called = i.called.map((d) => `(${this.computation(d)})`).join('');
      const operands = i.operands.map(name).join();
      const results = i.results.map((r) => `${name(r)}:${this.type(r.type)}`).join();
      lines.push(`${results}=${i.opcode}(${operands})${this.attribute(i.attributes)}${called}`);
    }
    return `${lines.join(';')};return ${c.results.map(name).join()}`;
  }
}

function bytesText(l: Literal): string {
  const s = l.scalar();
  return Buffer.from(s.buffer, s.byteOffset, s.byteLength).toString('hex');
}
