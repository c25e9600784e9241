/** Shapes in HLO text: `f32[4,8]{1,0}`, `(s32[], token[])`, `f32[<=8,?]`. Layouts are kept: bitcasts mean them. */

import { OpError } from '../registry.js';
import {
  DYNAMIC,
  elementCount,
  isElementType,
  sameDims,
  showType,
  type TensorType,
  TOKEN,
  type TokenType,
  type ValueType,
} from '../types.js';
import type { HloScanner } from './scanner.js';

export interface LeafShape {
  readonly kind: 'leaf';
  readonly type: TensorType | TokenType;
  /** Dimensions from minor to major; undefined: the last is the most minor, as in a row-major array. */
  readonly layout: readonly number[] | undefined;
}

export interface TupleShape {
  readonly kind: 'tuple';
  readonly elements: readonly Shape[];
}

export type Shape = LeafShape | TupleShape;

const MAX_RANK = 128;

export const leafShapes = (s: Shape): LeafShape[] => (s.kind === 'leaf' ? [s] : s.elements.flatMap(leafShapes));
export const leafTypes = (s: Shape): ValueType[] => leafShapes(s).map((l) => l.type);
export const typeOfShape = (s: Shape): ValueType =>
  s.kind === 'leaf' ? s.type : { kind: 'tuple', elements: s.elements.map(typeOfShape) };

export class ShapeReader {
  /** Shapes of tensors by their text: a program repeats few of them. */
  private readonly known = new Map<string, LeafShape>();

  constructor(private readonly s: HloScanner) {}

  shape(): Shape {
    const { s } = this;
    s.skip();
    if (s.bytes[s.pos] !== 40) return this.leaf();
    return s.nested(() => ({ kind: 'tuple', elements: s.list('(', ')', 'in a tuple shape', () => this.shape()) }));
  }

  private leaf(): LeafShape {
    const { s } = this;
    const at = s.pos;
    const text = s.text(at, plainEnd(s.bytes, at));
    const known = this.known.get(text);
    if (known) {
      s.pos = at + text.length;
      return known;
    }
    const shape = this.array(at);
    if (s.pos === at + text.length) this.known.set(text, shape);
    return shape;
  }

  private array(at: number): LeafShape {
    const { s } = this;
    const element = s.plainName() ?? s.fail(`expected a shape, found ${s.found()}`, at, 'such as f32[4,8]{1,0}');
    s.expect('[', 'after an element type');
    if (element === 'token') {
      s.expect(']', "after 'token['");
      return { kind: 'leaf', type: TOKEN, layout: undefined };
    }
    if (!isElementType(element)) {
      return s.fail(`'${element}' is not an element type`, at, 'such as f32, bf16, s32, u8, pred');
    }
    const { dims, bounds } = this.dimensions();
    if (dims.length > MAX_RANK) s.fail(`a shape has at most ${MAX_RANK} dimensions`, at);
    try {
      if (!dims.includes(DYNAMIC)) elementCount(dims);
    } catch (e) {
      s.fail((e as Error).message, at, undefined, e);
    }
    const type: TensorType = { kind: 'tensor', element, dims, ...(bounds && { bounds }) };
    return { kind: 'leaf', type, layout: this.layout(dims.length) };
  }

  /** `4,<=8,?]` */
  private dimensions(): { dims: number[]; bounds: number[] | undefined } {
    const { s } = this;
    const dims: number[] = [];
    const bounds: number[] = [];
    if (s.eat(']')) return { dims, bounds: undefined };
    do {
      const bounded = s.eat('<=');
      const size = !bounded && s.eat('?') ? DYNAMIC : s.expectedDigits('a size');
      dims.push(bounded ? DYNAMIC : size);
      bounds.push(bounded ? size : DYNAMIC);
    } while (s.eat(','));
    s.expect(']', 'after the sizes of a shape');
    return { dims, bounds: bounds.some((b) => b !== DYNAMIC) ? bounds : undefined };
  }

  /** `{1,0}` or `{1,0:T(8,128)}`, if it stands here; tiles and memory spaces mean nothing to a graph. */
  private layout(rank: number): readonly number[] | undefined {
    const { s } = this;
    if (s.bytes[s.pos] !== 123) return undefined;
    const at = s.pos++;
    const order: number[] = [];
    if (!s.at(':') && !s.at('}')) {
      do order.push(s.expectedDigits('a dimension'));
      while (s.eat(','));
    }
    if (s.at(':')) s.skipBalanced('this layout');
    else s.expect('}', 'after a layout');
    if (order.length === 0) return undefined;
    const sorted = [...order].sort((a, b) => a - b);
    if (order.length !== rank || sorted.some((d, i) => d !== i)) {
      s.fail(`the layout {${order}} does not order ${rank} dimensions`, at);
    }
    return isDefault(order) ? undefined : order;
  }
}

/** The end of a shape of one tensor whose text is plain: no spaces, no tiles. */
function plainEnd(bytes: Buffer, at: number): number {
  let i = at;
  while (i < bytes.length && bytes[i] !== 93 && i - at < 200) i++;
  i++;
  if (bytes[i] !== 123) return Math.min(i, bytes.length);
  while (i < bytes.length && bytes[i] !== 125 && i - at < 400) i++;
  return Math.min(i + 1, bytes.length);
}

export const isDefault = (layout: readonly number[]): boolean => layout.every((d, i) => d === layout.length - 1 - i);

/** The same but for sizes that one of them leaves open; layouts aside. */
export function fits(a: ValueType, b: ValueType): boolean {
  if (a.kind === 'tensor' && b.kind === 'tensor') {
    const same = sameDims(a.dims, b.dims);
    const open = () =>
      a.dims.length === b.dims.length && a.dims.every((d, i) => d === b.dims[i] || d < 0 || b.dims[i]! < 0);
    return a.element === b.element && (same || open());
  }
  if (a.kind === 'tuple' && b.kind === 'tuple') {
    return a.elements.length === b.elements.length && a.elements.every((e, i) => fits(e, b.elements[i]!));
  }
  return a.kind === b.kind;
}

/** `layout`: where it is not the usual one, minor to major. */
export function typeToHlo(t: ValueType, layout?: readonly number[]): string {
  if (t.kind === 'token') return 'token[]';
  if (t.kind === 'tuple') return `(${t.elements.map((e) => typeToHlo(e)).join(', ')})`;
  if (t.quantization) throw new OpError(`HLO text has no quantized types, such as ${showType(t)}`);
  const sizes = t.dims.map((d, i) => {
    const bound = t.bounds?.[i] ?? DYNAMIC;
    return d !== DYNAMIC ? `${d}` : bound === DYNAMIC ? '?' : `<=${bound}`;
  });
  const order = layout ?? t.dims.map((_, i) => t.dims.length - 1 - i);
  return `${t.element}[${sizes.join(',')}]${t.dims.length > 0 ? `{${order.join(',')}}` : ''}`;
}
