/** What a run of `thimble check` found: counted, by op and by element type, as text and as JSON. */
import type { Io } from '../io.js';
import type { Checked } from './program.js';

interface Count {
  passed: number;
  failed: number;
}

export interface ReportOptions {
  readonly target: string;
  readonly json: boolean;
}

export class Report {
  private readonly programs: Checked[] = [];
  private readonly start = performance.now();

  constructor(
    private readonly options: ReportOptions,
    private readonly io: Io,
  ) {}

  /** Says at once what did not pass. */
  add(results: readonly Checked[]): void {
    this.programs.push(...results);
    if (this.options.json) return;
    for (const { file, function: name, status, reason } of results) {
      if (status === 'failed') this.io.out(`FAILED ${reason}\n`);
      if (status === 'skipped') this.io.out(`skipped ${file} @${name}: ${reason}\n`);
    }
  }

  private count(status: Checked['status']): number {
    return this.programs.filter((p) => p.status === status).length;
  }

  /** Prints the whole; the exit code. */
  finish(): number {
    const [passed, failed, skipped] = (['passed', 'failed', 'skipped'] as const).map((s) => this.count(s));
    const ops = countBy(this.programs, (p) => p.ops);
    const elements = countBy(this.programs, (p) => p.elements);
    const kernels = this.programs.reduce((n, p) => n + p.kernels, 0);
    if (this.options.json) {
      const milliseconds = Math.round(performance.now() - this.start);
      const { target } = this.options;
      const programs = [...this.programs].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
      const report = { target, passed, failed, skipped, kernels, milliseconds, ops, elements, programs };
      this.io.out(`${JSON.stringify(report, undefined, 2)}\n`);
    } else {
      if (this.programs.length > 1) {
        this.io.out(paragraph('element types', elements));
        this.io.out(paragraph('ops', ops));
      }
      if (kernels > 0) this.io.out(`${kernels} kernels\n`);
      this.io.out(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
    }
    return failed! > 0 ? 1 : 0;
  }
}

/** How many of the programs that hold each thing passed and failed; by name. */
function countBy(programs: readonly Checked[], of: (p: Checked) => readonly string[]): { [name: string]: Count } {
  const counts = new Map<string, Count>();
  for (const p of programs) {
    if (p.status === 'skipped') continue;
    for (const name of of(p)) {
      const count = counts.get(name) ?? { passed: 0, failed: 0 };
      count[p.status]++;
      counts.set(name, count);
    }
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const WIDTH = 110;

/** `ops, passed of all: abs 3/3, add 12/13 …`, in lines. */
function paragraph(what: string, counts: { readonly [name: string]: Count }): string {
  const entries = Object.entries(counts).map(([name, { passed, failed }]) => `${name} ${passed}/${passed + failed}`);
  if (entries.length === 0) return '';
  const lines = [`${what}, passed of all:`];
  for (const entry of entries) {
    const last = lines.at(-1)!;
    if (lines.length > 1 && last.length + entry.length + 2 <= WIDTH) lines[lines.length - 1] = `${last}, ${entry}`;
    else lines.push(`  ${entry}`);
  }
  return `${lines.join('\n')}\n`;
}
