/** The last line of commands that go through many things. */
import type { Io } from './io.js';

export class Tally {
  passed = 0;
  failed = 0;
  skipped = 0;

  constructor(private readonly io: Io) {}

  fail(line: string): void {
    this.failed++;
    this.io.out(`FAILED ${line}\n`);
  }

  skip(line: string): void {
    this.skipped++;
    this.io.out(`skipped ${line}\n`);
  }

  /** `N passed, N failed, N skipped`; the exit code. */
  finish(): number {
    this.io.out(`${this.passed} passed, ${this.failed} failed, ${this.skipped} skipped\n`);
    return this.failed > 0 ? 1 : 0;
  }
}
