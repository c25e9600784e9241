/** Reads words, numbers, strings and punctuation of MLIR text from bytes. */
import type { Location } from '../graph.js';
import { placeOf, SourceError } from '../source-error.js';

export enum Class {
  Other = 0,
  Space = 1,
  Digit = 2,
  Letter = 4, // letters, _
  Joiner = 8, // $ .
  Hyphen = 16,
}

const CLASS = new Uint8Array(256);
for (const c of ' \t\r\n') CLASS[c.charCodeAt(0)] = Class.Space;
for (let c = 48; c < 58; c++) CLASS[c] = Class.Digit;
for (let c = 65; c < 91; c++) CLASS[c] = CLASS[c + 32] = Class.Letter;
CLASS[95] = Class.Letter;
CLASS[36] = CLASS[46] = Class.Joiner;
CLASS[45] = Class.Hyphen;

const SLASH = 47;
const QUOTE = 34;
const BACKSLASH = 92;

/** Nesting that people and compilers write stays far below this; what is deeper is refused. */
const MAX_DEPTH = 128;
/** What aliases may expand to: beyond it, a few lines of text would stand for more than memory holds. */
const MAX_NODES = 50_000_000;

export class Scanner {
  pos = 0;
  readonly bytes: Buffer;
  private depth = 0;
  /** Types and attributes read, those that aliases stand for included. */
  nodes = 0;
  private lineEnds: number[] | undefined;

  constructor(
    source: Uint8Array | string,
    readonly file: string | undefined,
    private readonly firstLine = 1,
  ) {
    this.bytes =
      typeof source === 'string'
        ? Buffer.from(source, 'utf8')
        : Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  }

  fail(sentence: string, at = this.pos, hint?: string, cause?: unknown): never {
    throw new SourceError(sentence, placeOf(this.bytes, at, this.file, this.firstLine), hint, { cause });
  }

  /** Runs `body` one level deeper; text that nests too deeply is an error, not a stack overflow. */
  nested<T>(body: () => T): T {
    if (++this.depth > MAX_DEPTH) this.fail(`this nests more than ${MAX_DEPTH} levels deep`);
    const result = body();
    this.depth--;
    return result;
  }

  count(nodes = 1): void {
    if ((this.nodes += nodes) > MAX_NODES) this.fail('the aliases of this text expand to more than can be read');
  }

  /** Line and column of an offset. */
  location(offset: number, note?: string): Location {
    const ends = (this.lineEnds ??= this.findLineEnds());
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle]! < offset) low = middle + 1;
      else high = middle;
    }
    const start = low === 0 ? 0 : ends[low - 1]! + 1;
    const place = { line: this.firstLine + low, column: offset - start + 1 };
    return note === undefined ? place : { ...place, note };
  }

  private findLineEnds(): number[] {
    const ends: number[] = [];
    for (let i = this.bytes.indexOf(10); i >= 0; i = this.bytes.indexOf(10, i + 1)) ends.push(i);
    return ends;
  }

  /** Skips white space and comments. */
  skip(): void {
    const { bytes } = this;
    for (;;) {
      while (CLASS[bytes[this.pos]!] === Class.Space) this.pos++;
      if (bytes[this.pos] !== SLASH || bytes[this.pos + 1] !== SLASH) return;
      const newline = bytes.indexOf(10, this.pos);
      this.pos = newline < 0 ? bytes.length : newline + 1;
    }
  }

  get atEnd(): boolean {
    this.skip();
    return this.pos >= this.bytes.length;
  }

  /** Whether `text` comes next (white space aside). */
  at(text: string): boolean {
    this.skip();
    for (let i = 0; i < text.length; i++) {
      if (this.bytes[this.pos + i] !== text.charCodeAt(i)) return false;
    }
    return true;
  }

  eat(text: string): boolean {
    if (!this.at(text)) return false;
    this.pos += text.length;
    return true;
  }

  expect(text: string, where: string): void {
    if (!this.eat(text)) this.fail(`expected '${text}' ${where}, found ${this.found()}`);
  }

  /** Whether the word `text` comes next, as a whole. */
  atWord(text: string): boolean {
    return (
      this.at(text) && (CLASS[this.bytes[this.pos + text.length]!]! & (Class.Letter | Class.Digit | Class.Joiner)) === 0
    );
  }

  eatWord(text: string): boolean {
    if (!this.atWord(text)) return false;
    this.pos += text.length;
    return true;
  }

  expectWord(text: string, where: string): void {
    if (!this.eatWord(text)) this.fail(`expected '${text}' ${where}, found ${this.found()}`);
  }

  /** What stands here, for messages. */
  found(): string {
    this.skip();
    if (this.pos >= this.bytes.length) return 'the end of the text';
    const rest = this.bytes.toString('utf8', this.pos, this.pos + 60);
    const token = /^(?:[%@^#!]?[\w$.-]+|"[^"\n]{0,30}"?|->|.)/su.exec(rest)?.[0] ?? rest.slice(0, 1);
    return /[\p{Cc}\ufffd]/u.test(token) ? `byte 0x${this.bytes[this.pos]!.toString(16)}` : `'${token}'`;
  }

  /** The letters, digits, `<` and `?` from here up to the first `close`; undefined where anything else comes first. */
  plainUntil(close: string): string | undefined {
    const { bytes } = this;
    const end = close.charCodeAt(0);
    for (let i = this.pos; ; i++) {
      const c = bytes[i]!;
      if (c === end) return this.text(this.pos, i + 1);
      if ((CLASS[c]! & (Class.Letter | Class.Digit)) === 0 && c !== 60 && c !== 63) return undefined;
    }
  }

  text(from: number, to = this.pos): string {
    return this.bytes.toString('latin1', from, to);
  }

  /** The longest run of bytes of the classes in `mask` from here. */
  protected run(mask: number): string {
    const from = this.pos;
    while ((CLASS[this.bytes[this.pos]!]! & mask) !== 0) this.pos++;
    return this.text(from);
  }

  /** A word (`stablehlo.add`, `dense`), or undefined where none comes next. */
  word(): string | undefined {
    this.skip();
    if (CLASS[this.bytes[this.pos]!] !== Class.Letter) return undefined;
    return this.run(Class.Letter | Class.Digit | Class.Joiner);
  }

  expectedWord(what: string): string {
    return this.word() ?? this.fail(`expected ${what}, found ${this.found()}`);
  }

  /** What follows a sigil (`%`, `@`, `^`, `#`, `!`), which must come next: a name or a number. */
  sigil(mark: string, what: string): string {
    this.expect(mark, `before ${what}`);
    if (mark === '@' && this.bytes[this.pos] === QUOTE) return this.string('a symbol name');
    const hyphen = mark === '#' || mark === '!' ? 0 : Class.Hyphen;
    const name = this.run(Class.Letter | Class.Digit | Class.Joiner | hyphen);
    return name || this.fail(`expected ${what} after '${mark}', found ${this.found()}`);
  }

  /** A non-negative decimal integer, or undefined. */
  digits(): number | undefined {
    this.skip();
    if (CLASS[this.bytes[this.pos]!] !== Class.Digit) return undefined;
    const at = this.pos;
    const n = Number(this.run(Class.Digit));
    if (!Number.isSafeInteger(n)) this.fail('this number is beyond 2^53', at);
    return n;
  }

  expectedDigits(what: string): number {
    return this.digits() ?? this.fail(`expected ${what}, found ${this.found()}`);
  }

  /** An integer, perhaps negative. */
  integer(what: string): number {
    const negative = this.eat('-');
    const n = this.expectedDigits(what);
    return negative ? -n : n;
  }

  get atNumber(): boolean {
    this.skip();
    const i = this.bytes[this.pos] === 45 ? this.pos + 1 : this.pos;
    return CLASS[this.bytes[i]!] === Class.Digit;
  }

  /** The text of a number: decimal or hexadecimal, with sign, fraction and exponent. */
  number(what: string): string {
    this.skip();
    const match = /^-?(?:0x[0-9a-fA-F]+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)/.exec(this.text(this.pos, this.pos + 400))?.[0];
    if (match === undefined) this.fail(`expected ${what}, found ${this.found()}`);
    if (match.length >= 400) this.fail(`${what} has more than 400 digits`);
    this.pos += match.length;
    return match;
  }

  /** A string literal; its escapes are resolved. */
  string(what: string): string {
    this.skip();
    const from = this.pos;
    if (this.bytes[from] !== QUOTE) this.fail(`expected ${what}, found ${this.found()}`);
    const end = this.stringEnd(from);
    this.pos = end + 1;
    const raw = this.bytes.toString('utf8', from + 1, end);
    return raw.includes('\\') ? this.unescape(from + 1, end) : raw;
  }

  /** The offset of the quote that closes the string opened at `from`. */
  stringEnd(from: number): number {
    for (let i = this.bytes.indexOf(QUOTE, from + 1); i >= 0; i = this.bytes.indexOf(QUOTE, i + 1)) {
      let backslashes = 0;
      while (this.bytes[i - 1 - backslashes] === BACKSLASH && i - 1 - backslashes > from) backslashes++;
      if (backslashes % 2 === 0) return i;
    }
    return this.fail("this string is never closed with '\"'", from);
  }

  protected unescape(from: number, to: number): string {
    const out: number[] = [];
    const simple: Record<string, number> = { n: 10, t: 9, '"': QUOTE, '\\': BACKSLASH };
    for (let i = from; i < to; i++) {
      if (this.bytes[i] !== BACKSLASH) {
        out.push(this.bytes[i]!);
        continue;
      }
      const next = String.fromCharCode(this.bytes[i + 1]!);
      const hex = this.text(i + 1, i + 3);
      if (simple[next] !== undefined) {
        out.push(simple[next]);
        i++;
      } else if (/^[0-9a-fA-F]{2}$/.test(hex)) {
        out.push(Number.parseInt(hex, 16));
        i += 2;
      } else {
        this.fail(
          `unknown escape '\\${next}' in a string`,
          i,
          'MLIR knows \\n, \\t, \\", \\\\ and two hexadecimal digits',
        );
      }
    }
    return Buffer.from(out).toString('utf8');
  }

  /** `open item, item … close`, perhaps empty; `open` comes next. */
  list<T>(open: string, close: string, where: string, item: () => T): T[] {
    this.expect(open, where);
    const items: T[] = [];
    if (this.eat(close)) return items;
    do items.push(item());
    while (this.eat(','));
    if (!this.eat(close)) this.fail(`expected ',' or '${close}' ${where}, found ${this.found()}`);
    return items;
  }

  /** Skips text whose brackets match up to the one that closes the bracket before `pos`; strings count as one. */
  skipBalanced(what: string): void {
    const from = this.pos;
    const { bytes } = this;
    let depth = 1;
    for (let i = from; i < bytes.length; i++) {
      const c = bytes[i]!;
      if (c === QUOTE) i = this.stringEnd(i);
      else if (c === 40 || c === 91 || c === 60 || c === 123) depth++;
      else if (c === 41 || c === 93 || c === 125 || (c === 62 && bytes[i - 1] !== 45)) {
        if (--depth === 0) {
          this.pos = i + 1;
          return;
        }
      }
    }
    this.fail(`${what} is never closed`, from);
  }
}
