/** Reads HLO text: as MLIR's scanner, with block comments, names that hold hyphens, and C's escapes in strings. */
import { Class, Scanner } from '../stablehlo/scanner.js';

const [SLASH, STAR, NEWLINE, QUOTE, BACKSLASH] = [47, 42, 10, 34, 92];
const SIMPLE: { readonly [c: string]: number } = { n: 10, t: 9, r: 13, '"': 34, "'": 39, '\\': 92 };

export class HloScanner extends Scanner {
  override skip(): void {
    for (;;) {
      super.skip();
      if (this.bytes[this.pos] !== SLASH || this.bytes[this.pos + 1] !== STAR) return;
      const end = this.bytes.indexOf('*/', this.pos + 2);
      if (end < 0) this.fail("this comment is never closed with '*/'");
      this.pos = end + 2;
    }
  }

  /** A name as XLA makes them: `get-tuple-element.4`, `param_0.1`; after `%` it may begin with a digit. */
  name(what: string): string {
    if (this.eat('%')) {
      return this.run(Class.Letter | Class.Digit | Class.Joiner | Class.Hyphen) || this.expectedName(what);
    }
    return this.plainName() ?? this.expectedName(what);
  }

  /** A name without `%`, or undefined. */
  plainName(): string | undefined {
    this.skip();
    const c = this.bytes[this.pos]!;
    const letter = (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95;
    return letter ? this.run(Class.Letter | Class.Digit | Class.Joiner | Class.Hyphen) : undefined;
  }

  private expectedName(what: string): never {
    return this.fail(`expected ${what}, found ${this.found()}`);
  }

  /** The range of an attribute's value: up to a comma, bracket or line end that is not inside brackets. */
  valueRange(): { from: number; to: number } {
    this.skip();
    const { bytes } = this;
    const from = this.pos;
    let depth = 0;
    let i = from;
    for (; i < bytes.length; i++) {
      const c = bytes[i]!;
      if (c === QUOTE) i = this.stringEnd(i);
      else if (c === 123 || c === 40 || c === 91) depth++;
      else if (c === 125 || c === 41 || c === 93) {
        if (depth-- === 0) break;
      } else if (depth === 0 && (c === 44 || c === NEWLINE)) break;
    }
    if (depth > 0) this.fail('the brackets of this value are never closed', from);
    this.pos = i;
    let to = i;
    while (to > from && bytes[to - 1]! <= 32) to--;
    if (to === from) this.fail(`expected a value, found ${this.found()}`, from);
    return { from, to };
  }

  protected override unescape(from: number, to: number): string {
    const out: number[] = [];
    for (let i = from; i < to; i++) {
      if (this.bytes[i] !== BACKSLASH) {
        out.push(this.bytes[i]!);
        continue;
      }
      const next = String.fromCharCode(this.bytes[i + 1]!);
      const octal = /^[0-7]{1,3}/.exec(this.text(i + 1, Math.min(i + 4, to)))?.[0];
      const hex = /^x[0-9a-fA-F]{1,2}/.exec(this.text(i + 1, Math.min(i + 4, to)))?.[0];
      if (SIMPLE[next] !== undefined) {
        out.push(SIMPLE[next]);
        i++;
      } else if (octal) {
        out.push(Number.parseInt(octal, 8) & 255);
        i += octal.length;
      } else if (hex) {
        out.push(Number.parseInt(hex.slice(1), 16));
        i += hex.length;
      } else this.fail(`unknown escape '\\${next}' in a string`, i, "strings have C's escapes");
    }
    return Buffer.from(out).toString('utf8');
  }
}

/** A string literal of HLO text. */
export function stringToHlo(text: string): string {
  let out = '"';
  for (const byte of Buffer.from(text, 'utf8')) {
    if (byte === 34 || byte === 92) out += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 32 && byte < 127) out += String.fromCharCode(byte);
    else out += `\\${byte.toString(8).padStart(3, '0')}`;
  }
  return `${out}"`;
}
