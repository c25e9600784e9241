/** Where a command's words go. */

export interface Io {
  /** Results: the standard output. */
  out(text: string): void;
  /** Everything about them: errors, progress, headings. */
  err(text: string): void;
  /** Is someone watching the error output? */
  readonly interactive: boolean;
}

export const processIo: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  interactive: process.stderr.isTTY === true,
};

/** One line on the error output that says what is being done, for work that takes long; nothing where no one watches. */
export class Progress {
  private shown = false;
  private last = 0;

  constructor(private readonly io: Io) {}

  say(text: string): void {
    const now = performance.now();
    if (!this.io.interactive || (this.shown && now - this.last < 100)) return;
    this.last = now;
    this.shown = true;
    this.io.err(`\r\x1b[K${text}`);
  }

  clear(): void {
    if (this.shown) this.io.err('\r\x1b[K');
    this.shown = false;
  }
}
