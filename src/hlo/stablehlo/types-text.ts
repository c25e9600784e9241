/** Types in MLIR text: `tensor<4x?xf32>`, `tuple<…>`, `!stablehlo.token`, `!quant.uniform<…>`. */
import {
  DYNAMIC,
  ELEMENT,
  type ElementType,
  elementCount,
  type FloatType,
  type IntegerType,
  isElementType,
  isFloat,
  isInteger,
  type Quantization,
  type TensorType,
  TOKEN,
  type ValueType,
} from '../types.js';
import type { Scanner } from './scanner.js';

/** MLIR's name of an element type, or undefined: `i1`, `ui8`, `f8E4M3FN`, `index` (64 bits). */
export function elementFromText(word: string): ElementType | undefined {
  if (word === 'i1') return 'pred';
  if (word === 'index') return 's64';
  const integer = /^(u|s)?i(\d+)$/.exec(word);
  const name = integer ? `${integer[1] === 'u' ? 'u' : 's'}${integer[2]}` : word.toLowerCase();
  return isElementType(name) && (integer || name.includes('f')) ? name : undefined;
}

export function elementToText(t: ElementType): string {
  const { class: cls, bits } = ELEMENT[t];
  if (cls === 'pred') return 'i1';
  if (cls === 'signed') return `i${bits}`;
  if (cls === 'unsigned') return `ui${bits}`;
  if (cls === 'complex') return t === 'c64' ? 'complex<f32>' : 'complex<f64>';
  return t.startsWith('f8') || t.startsWith('f6') || t.startsWith('f4') ? `f${t.slice(1).toUpperCase()}` : t;
}

/** Reads types; knows the file's `!alias` definitions. */
export class TypeReader {
  readonly aliases = new Map<string, { readonly type: ValueType; readonly nodes: number }>();

  /** Plain tensor types by their text: a program repeats few of them. */
  private readonly plain = new Map<string, TensorType>();

  constructor(private readonly s: Scanner) {}

  /** `!name = type`; the `!` comes next. */
  defineAlias(): void {
    const { s } = this;
    const name = s.sigil('!', 'the name of a type alias');
    s.expect('=', 'after the name of a type alias');
    const before = s.nodes;
    this.aliases.set(name, { type: this.value(), nodes: s.nodes - before });
  }

  /** A type that a value can have. */
  value(): ValueType {
    const { s } = this;
    s.skip();
    const at = s.pos;
    s.count();
    if (s.at('!')) return this.dialect(at);
    return s.at('tensor<') ? this.cachedTensor(at) : this.compound(at);
  }

  private cachedTensor(at: number): TensorType {
    const { s } = this;
    const text = s.plainUntil('>');
    const known = text === undefined ? undefined : this.plain.get(text);
    if (known) {
      s.pos = at + text!.length;
      return known;
    }
    s.word();
    const type = this.tensor(at);
    if (text !== undefined && s.pos === at + text.length) this.plain.set(text, type);
    return type;
  }

  private compound(at: number): ValueType {
    const { s } = this;
    const word = s.word();
    if (word === 'tensor') return this.tensor(at);
    if (word === 'tuple') {
      return s.nested(() => ({ kind: 'tuple', elements: s.list('<', '>', 'in a tuple type', () => this.value()) }));
    }
    s.pos = at;
    return s.fail(
      `expected a type, found ${s.found()}`,
      at,
      'values are tensors (`tensor<4x8xf32>`), tuples or tokens',
    );
  }

  private dialect(at: number): ValueType {
    const { s } = this;
    const name = s.sigil('!', 'the name of a type');
    if (name === 'stablehlo.token' || name === 'mhlo.token') return TOKEN;
    if (name === 'stablehlo.future') return this.future();
    const alias = this.aliases.get(name);
    if (!alias)
      return s.fail(`the type !${name} is not known`, at, 'a type alias is defined before its use: `!name = type`');
    s.count(alias.nodes);
    return alias.type;
  }

  /** `!stablehlo.future<T, …>`: what an operation under way gives, and so its values. */
  private future(): ValueType {
    const { s } = this;
    const elements = s.nested(() => s.list('<', '>', 'in the type of a future', () => this.value()));
    return elements.length === 1 ? elements[0]! : { kind: 'tuple', elements };
  }

  private tensor(at: number): TensorType {
    const { s } = this;
    s.expect('<', "after 'tensor'");
    if (s.at('*')) s.fail('unranked tensors are not supported', at, 'give the tensor a rank; sizes may be `?`');
    const dims = this.dimensions();
    const { element, quantization } = this.element();
    const bounds = s.eat(',') ? this.bounds(dims.length) : undefined;
    s.expect('>', 'after a tensor type');
    const type: TensorType = {
      kind: 'tensor',
      element,
      dims,
      ...(quantization && { quantization }),
      ...(bounds && { bounds }),
    };
    try {
      if (!dims.includes(DYNAMIC)) elementCount(dims);
    } catch (e) {
      s.fail((e as Error).message, at, undefined, e);
    }
    return type;
  }

  /** `4x?x8x`, up to the element type. */
  private dimensions(): number[] {
    const { s } = this;
    const dims: number[] = [];
    for (;;) {
      const dynamic = s.eat('?');
      const size = dynamic ? DYNAMIC : s.digits();
      if (size === undefined) return dims;
      dims.push(size);
      if (!s.eat('x')) s.fail(`expected 'x' after a size in a tensor type, found ${s.found()}`);
    }
  }

  /** An element type, perhaps quantized. */
  private element(): { element: ElementType; quantization?: Quantization } {
    const { s } = this;
    s.skip();
    const at = s.pos;
    if (s.at('!')) {
      const name = s.sigil('!', 'the name of a type');
      if (name !== 'quant.uniform') s.fail(`the element type !${name} is not known`, at);
      const quantization = this.quantization();
      return { element: quantization.storage, quantization };
    }
    return { element: this.plainElement() };
  }

  plainElement(): ElementType {
    const { s } = this;
    s.skip();
    const at = s.pos;
    const word = s.expectedWord('an element type');
    if (word === 'complex') {
      s.expect('<', "after 'complex'");
      const part = s.expectedWord('the parts of a complex type');
      s.expect('>', 'after the parts of a complex type');
      if (part === 'f32') return 'c64';
      if (part === 'f64') return 'c128';
      s.fail(`complex<${part}> is not supported; the parts are f32 or f64`, at);
    }
    return elementFromText(word) ?? s.fail(`'${word}' is not an element type`, at, 'such as f32, bf16, i32, ui8, i1');
  }

  /** `<i8<-127:127>:f32:0, {0.1:-30, 0.5:-20}>` after `!quant.uniform` */
  private quantization(): Quantization {
    const { s } = this;
    s.expect('<', "after '!quant.uniform'");
    const [storage, at] = [this.storage(), s.pos];
    const { bits, class: cls } = ELEMENT[storage];
    const defaults = cls === 'unsigned' ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
    let [storageMin, storageMax] = defaults as [number, number];
    if (s.eat('<')) {
      storageMin = s.integer('the smallest stored integer');
      s.expect(':', 'between the bounds of the stored integers');
      storageMax = s.integer('the largest stored integer');
      s.expect('>', 'after the bounds of the stored integers');
    }
    s.expect(':', 'before the expressed type of a quantized type');
    const expressed = this.plainElement();
    if (!isFloat(expressed)) s.fail('the expressed type of a quantized type must be a float type', at);
    const axis = s.eat(':') ? s.expectedDigits('the quantized dimension') : undefined;
    s.expect(',', 'before the scale of a quantized type');
    const scale = (): [number, number] => {
      const value = Number(s.number('a scale'));
      return [value, s.eat(':') ? s.integer('a zero point') : 0];
    };
    if (axis !== undefined && s.at('{')) {
      const probe = s.pos;
      s.eat('{');
      if (s.at('{')) s.fail('sub-channel quantization is not supported', probe);
      s.pos = probe;
    }
    const entries = axis === undefined ? [scale()] : s.list('{', '}', 'in the scales of a quantized type', scale);
    s.expect('>', 'after a quantized type');
    return {
      storage,
      storageMin,
      storageMax,
      expressed: expressed as FloatType,
      scales: entries.map((e) => e[0]),
      zeroPoints: entries.map((e) => e[1]),
      ...(axis !== undefined && { axis }),
    };
  }

  /** The storage type: `i8`, `u8`, `ui8`. */
  private storage(): IntegerType {
    const { s } = this;
    s.skip();
    const at = s.pos;
    const word = s.expectedWord('the storage type of a quantized type');
    const t = elementFromText(word.replace(/^u(\d)/, 'ui$1'));
    if (t && isInteger(t) && ELEMENT[t].bits <= 32) return t;
    return s.fail(`'${word}' cannot store quantized numbers; integers of up to 32 bits can`, at);
  }

  /** `#stablehlo.bounds<5, ?>` or `#stablehlo.type_extensions<bounds = [5, ?]>` */
  private bounds(rank: number): readonly number[] {
    const { s } = this;
    s.skip();
    const at = s.pos;
    const name = s.sigil('#', 'the name of a tensor encoding');
    const bound = () => (s.eat('?') ? DYNAMIC : s.expectedDigits("a bound or '?'"));
    let bounds: number[];
    if (name === 'stablehlo.bounds') bounds = s.list('<', '>', 'in the bounds of a tensor', bound);
    else if (name === 'stablehlo.type_extensions' || name === 'mhlo.type_extensions') {
      s.expect('<', 'after #stablehlo.type_extensions');
      s.expectWord('bounds', 'in #stablehlo.type_extensions');
      s.expect('=', "after 'bounds'");
      bounds = s.list('[', ']', 'in the bounds of a tensor', bound);
      s.expect('>', 'after #stablehlo.type_extensions');
    } else return s.fail(`tensors with the encoding #${name} are not supported`, at);
    if (bounds.length !== rank) s.fail(`a tensor of rank ${rank} cannot have ${bounds.length} bounds`, at);
    return bounds;
  }
}

export function typeToText(t: ValueType): string {
  if (t.kind === 'token') return '!stablehlo.token';
  if (t.kind === 'tuple') return `tuple<${t.elements.map(typeToText).join(', ')}>`;
  const size = (d: number) => (d === DYNAMIC ? '?' : `${d}`);
  const dims = t.dims.map((d) => `${size(d)}x`).join('');
  const element = t.quantization ? quantizationToText(t.quantization) : elementToText(t.element);
  const bounds = t.bounds ? `, #stablehlo.bounds<${t.bounds.map(size).join(', ')}>` : '';
  return `tensor<${dims}${element}${bounds}>`;
}

function quantizationToText(q: Quantization): string {
  const { bits, class: cls } = ELEMENT[q.storage];
  const [low, high] = cls === 'unsigned' ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
  const range = q.storageMin === low && q.storageMax === high ? '' : `<${q.storageMin}:${q.storageMax}>`;
  const scales = q.scales.map((s, i) => `${floatToText(s)}${q.zeroPoints[i] ? `:${q.zeroPoints[i]}` : ''}`);
  const axis = q.axis === undefined ? '' : `:${q.axis}`;
  const list = q.axis === undefined ? scales[0] : `{${scales.join(', ')}}`;
  const storage = cls === 'unsigned' ? `u${bits}` : `i${bits}`;
  return `!quant.uniform<${storage}${range}:${q.expressed}${axis}, ${list}>`;
}

/** A finite double as an MLIR float literal, which has a point always: `1.0e-07`. */
export function floatToText(x: number, shortest = `${x}`): string {
  if (Object.is(x, -0)) return '-0.0';
  const [mantissa, exponent] = shortest.split('e') as [string, string?];
  return (mantissa.includes('.') ? mantissa : `${mantissa}.0`) + (exponent === undefined ? '' : `e${exponent}`);
}
