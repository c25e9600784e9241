/** Values of HLO's attributes: lists, words, windows, dimension labels. */
import type { ConvolutionDimensions } from '../attributes.js';
import { SourceError } from '../source-error.js';
import { HloScanner } from './scanner.js';
import { type Shape, ShapeReader } from './shapes.js';
import type { Range } from './syntax.js';
import { integerList, iotaGroups, labels, type Pair, paddings, WINDOW_FIELDS, type Window } from './value-syntax.js';

/** What every instruction may have and what means nothing to a graph. */
const PASSED_OVER: ReadonlySet<string> = new Set([
  'metadata',
  'backend_config',
  'frontend_attributes',
  'sharding',
  'control-predecessors',
  'statistics',
  'origin',
  'original_value',
  'parameter_replication',
  'async_execution_thread',
  'operand_layout_constraints',
  'output_to_operand_aliasing',
  'constrain_layout',
  'kind',
  'schedule',
]);

/** The attributes of one instruction (or of the module), read by name; what nobody reads is an error. */
export class AttributeValues {
  private readonly seen = new Set<string>();

  constructor(
    private readonly s: HloScanner,
    private readonly attributes: ReadonlyMap<string, Range>,
    private readonly offset: number,
    /** For messages. */
    private readonly owner: string,
  ) {}

  has(name: string): boolean {
    return this.attributes.has(name);
  }

  /** The attribute's text as it stands. */
  text(name: string): string | undefined {
    const range = this.range(name);
    return range && this.s.bytes.toString('utf8', range.from, range.to);
  }

  range(name: string): Range | undefined {
    this.seen.add(name);
    return this.attributes.get(name);
  }

  fail(sentence: string): never {
    return this.s.fail(`${this.owner}: ${sentence}`, this.offset);
  }

  missing(name: string): never {
    return this.s.fail(`${this.owner} needs the attribute '${name}'`, this.offset);
  }

  /** The attribute's value by `read`, which must take all of it; undefined where the attribute is absent. */
  value<T>(name: string, read: (s: HloScanner) => T): T | undefined {
    const range = this.range(name);
    if (!range) return undefined;
    const { s } = this;
    const back = s.pos;
    s.pos = range.from;
    const v = read(s);
    s.skip();
    if (s.pos < range.to) s.fail(`expected the end of '${name}', found ${s.found()}`);
    s.pos = back;
    return v;
  }

  integer(name: string): number | undefined {
    return this.value(name, (s) => s.integer(`a number for '${name}'`));
  }

  float(name: string): number | undefined {
    return this.value(name, (s) => Number(s.number(`a number for '${name}'`)));
  }

  flag(name: string): boolean | undefined {
    return this.value(name, (s) => {
      if (s.eatWord('true')) return true;
      if (s.eatWord('false')) return false;
      return s.fail(`'${name}' must be true or false, but is ${s.found()}`);
    });
  }

  word(name: string): string | undefined {
    return this.value(name, (s) => s.name(`a word for '${name}'`));
  }

  string(name: string): string | undefined {
    return this.value(name, (s) => s.string(`a string for '${name}'`));
  }

  /** `{0,1}` */
  integers(name: string): number[] | undefined {
    return this.value(name, (s) => integerList(s, name));
  }

  words(name: string): string[] | undefined {
    return this.value(name, (s) => s.list('{', '}', `in '${name}'`, () => s.name('a word')));
  }

  /** `{f32[8,8]{0,1}, f32[]}` */
  shapes(name: string): Shape[] | undefined {
    return this.value(name, (s) => {
      const reader = new ShapeReader(s);
      return s.list('{', '}', `in '${name}'`, () => reader.shape());
    });
  }

  /** `{{0,1},{2,3}}`, or `[2,2]<=[4]`, or `[2,2]<=[2,2]T(1,0)`: replica groups. */
  groups(name: string): number[][] | undefined {
    return this.value(name, (s) =>
      s.at('[') ? iotaGroups(s, name) : s.list('{', '}', `in '${name}'`, () => integerList(s, name)),
    );
  }

  pairs(name: string): Pair[] | undefined {
    return this.groups(name)?.map((g) => {
      if (g.length !== 2) this.fail(`'${name}' must hold pairs`);
      return g as unknown as Pair;
    });
  }

  /** `{[0:4:2], [1:3]}` */
  slices(name: string): { starts: number[]; limits: number[]; strides: number[] } | undefined {
    return this.value(name, (s) => {
      const [starts, limits, strides]: number[][] = [[], [], []];
      s.list('{', '}', `in '${name}'`, () => {
        s.expect('[', 'before a range');
        starts!.push(s.expectedDigits('the start of a range'));
        s.expect(':', 'in a range');
        limits!.push(s.expectedDigits('the end of a range'));
        strides!.push(s.eat(':') ? s.expectedDigits('the stride of a range') : 1);
        s.expect(']', 'after a range');
      });
      return { starts: starts!, limits: limits!, strides: strides! };
    });
  }

  /** `0_1x2_3`, or with interior padding `0_1_1x2_3_0` */
  padding(name: string): { low: number[]; high: number[]; interior: number[] } | undefined {
    return this.value(name, (s) => {
      const entries = paddings(s);
      return {
        low: entries.map((e) => e[0]!),
        high: entries.map((e) => e[1]!),
        interior: entries.map((e) => e[2] ?? 0),
      };
    });
  }

  /** `{size=3x3 stride=2x2 pad=1_1x0_1 lhs_dilate=… rhs_dilate=… rhs_reversal=1x0}` */
  window(rank: number): Window {
    const fields = new Map<string, number[][]>();
    this.value('window', (s) => {
      s.expect('{', "in 'window'");
      while (!s.eat('}')) {
        s.skip();
        const at = s.pos;
        const name = s.name('a field of the window');
        if (!WINDOW_FIELDS.includes(name)) s.fail(`a window has no field '${name}'`, at);
        s.expect('=', `after '${name}'`);
        fields.set(name, name === 'pad' ? paddings(s) : paddings(s).map((e) => e.slice(0, 1)));
      }
    });
    const list = <T>(name: string, missing: T, of: (entry: number[]) => T): T[] => {
      const entries = fields.get(name);
      if (!entries) return new Array<T>(rank).fill(missing);
      if (entries.length !== rank)
        this.fail(`the window's ${name} must have ${rank} entries, but has ${entries.length}`);
      return entries.map(of);
    };
    const number = (name: string) => list(name, 1, (e) => e[0]!);
    return {
      size: number('size'),
      stride: number('stride'),
      pad: list<Pair>('pad', [0, 0], (e) => [e[0]!, e[1] ?? e[0]!]),
      lhsDilate: number('lhs_dilate'),
      rhsDilate: number('rhs_dilate'),
      reversal: list('rhs_reversal', false, (e) => e[0] !== 0),
    };
  }

  /** `b01f_01io->b01f` */
  dimensionLabels(): ConvolutionDimensions | undefined {
    const text = this.text('dim_labels');
    if (text === undefined) return undefined;
    const [, lhs, rhs, out] =
      /^([bf\d?]+)_([io\d?]+)->([bf\d?]+)$/.exec(text) ?? this.fail(`'${text}' labels no dimensions`);
    const [l, r, o] = [labels(lhs!, 'bf'), labels(rhs!, 'io'), labels(out!, 'bf')];
    if (!l || !r || !o)
      return this.fail(`'${text}' labels no dimensions: each of its parts names every dimension once`);
    return {
      lhsBatch: l.first,
      lhsFeature: l.second,
      lhsSpatial: l.spatial,
      rhsInputFeature: r.first,
      rhsOutputFeature: r.second,
      rhsSpatial: r.spatial,
      resultBatch: o.first,
      resultFeature: o.second,
      resultSpatial: o.spatial,
    };
  }

  /** `{key="text",other={…}}`: each value as text. */
  frontend(): Map<string, string> {
    const entries = new Map<string, string>();
    this.value('frontend_attributes', (s) =>
      s.list('{', '}', 'among frontend attributes', () => {
        const key = s.name('the name of a frontend attribute');
        s.expect('=', `after '${key}'`);
        if (s.at('"')) entries.set(key, s.string('a string'));
        else {
          const { from, to } = s.valueRange();
          entries.set(key, s.bytes.toString('utf8', from, to));
        }
      }),
    );
    return entries;
  }

  /** Reads text that an attribute holds; what is wrong in it is reported at the instruction. */
  nestedText<T>(text: string, read: (s: HloScanner) => T): T {
    const inner = new HloScanner(text, undefined);
    try {
      const v = read(inner);
      if (!inner.atEnd) inner.fail(`expected the end, found ${inner.found()}`);
      return v;
    } catch (e) {
      return e instanceof SourceError ? this.fail(`in '${text.slice(0, 60)}': ${e.sentence}`) : raise(e);
    }
  }

  /** Names and ranges of attributes that mean something and that nobody has read. */
  *unread(): Generator<[string, Range]> {
    for (const [name, range] of this.attributes) {
      if (!this.seen.has(name) && !PASSED_OVER.has(name)) yield [name, range];
    }
  }

  refuseUnread(): void {
    for (const [name, range] of this.unread()) this.s.fail(`${this.owner} has no attribute '${name}'`, range.from);
  }
}

function raise(e: unknown): never {
  throw e;
}
