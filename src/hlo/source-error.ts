/** What is wrong with a source text, where, and what to do: the error of every parser. */

const WIDTH = 120;

export interface SourcePlace {
  readonly file: string | undefined;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in bytes. */
  readonly column: number;
  /** The text of the line, cut to `WIDTH` characters around the place. */
  readonly excerpt: string;
  /** Characters of the excerpt before the place. */
  readonly caret: number;
}

export class SourceError extends Error {
  override name = 'SourceError';

  constructor(
    /** One sentence: what is wrong. */
    readonly sentence: string,
    readonly place: SourcePlace,
    /** What to do about it. */
    readonly hint?: string,
    options?: ErrorOptions,
  ) {
    super(`${showPlace(place)}: ${sentence}${hint ? ` (${hint})` : ''}`, options);
  }

  get file(): string | undefined {
    return this.place.file;
  }
  get line(): number {
    return this.place.line;
  }
  get column(): number {
    return this.place.column;
  }

  /** `file:line:column: error: sentence`, the line with a caret below, and the hint. */
  render(): string {
    const lines = [`${showPlace(this.place)}: error: ${this.sentence}`];
    lines.push(`  ${this.place.excerpt}`, `  ${' '.repeat(this.place.caret)}^`);
    if (this.hint) lines.push(`hint: ${this.hint}`);
    return lines.join('\n');
  }
}

const showPlace = (p: SourcePlace): string => `${p.file ?? '<input>'}:${p.line}:${p.column}`;

/** Control characters and what is not UTF-8, made visible one for one, so that the caret stays where it belongs. */
const printable = (text: string): string => text.replace(/\p{Cc}/gu, (c) => (c === '\t' ? ' ' : '·'));

/** The place of byte `offset` in `source`. */
export function placeOf(source: Buffer, offset: number, file: string | undefined, firstLine = 1): SourcePlace {
  const at = Math.min(Math.max(offset, 0), source.length);
  let line = firstLine;
  let start = 0;
  for (let i = source.indexOf(10); i >= 0 && i < at; i = source.indexOf(10, i + 1)) {
    line++;
    start = i + 1;
  }
  const newline = source.indexOf(10, at);
  const end = newline < 0 ? source.length : newline;
  const before = source.toString('utf8', Math.max(start, at - 4 * WIDTH), at);
  const after = source.toString('utf8', at, Math.min(end, at + 4 * WIDTH));
  const head = before.length > WIDTH / 2 ? `…${before.slice(-WIDTH / 2)}` : before;
  const room = WIDTH - head.length;
  const tail = after.length > room ? `${after.slice(0, room)}…` : after;
  return {
    file,
    line,
    column: at - start + 1,
    excerpt: printable(head + tail),
    caret: head.length,
  };
}
