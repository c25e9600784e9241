/** Several processes side by side: each runs until it waits, and goes on when what it waits for is there. */
import type { Module } from './graph.js';
import { type Grid, type Process, processCount, showProcess } from './process-groups.js';
import { OpError, type OpRegistry, type RuntimeValue } from './registry.js';
import type { Answer, Steps, Wait } from './steps.js';

type Values = readonly RuntimeValue[];

/** Does it make a difference to the program which processes there are? */
export function dependsOnProcesses(module: Module, ops: OpRegistry): boolean {
  const reached = new Set([module.entry]);
  for (const c of reached) {
    for (const i of c.instructions) {
      if (ops.find(i.opcode)?.onGrid) return true;
      for (const called of i.called) reached.add(called);
    }
  }
  return false;
}

/** Where a process stands: what it waits for, or its results. */
interface Running {
  readonly process: Process;
  readonly steps: Steps;
  wait: Wait | undefined;
  results: Values | undefined;
}

export interface Host {
  /** Values that the host feeds, one `infeed` each. */
  readonly infeed?: Iterator<Values>;
  /** Takes what programs hand out. */
  readonly outfeed?: (values: Values) => void;
}

/**
 * The results of every process of the grid, by its number.
 * @throws OpError at the first process that waits where nobody can go on: for one that never comes, or in a circle
 */
export function runProcesses(grid: Grid, start: (process: Process) => Steps, host: Host = {}): readonly Values[] {
  return new Meeting(grid, start, host).run();
}

class Meeting {
  private readonly all: readonly Running[];
  private readonly channels = new Map<string, Values[]>();

  constructor(
    grid: Grid,
    start: (process: Process) => Steps,
    private readonly host: Host,
  ) {
    this.all = Array.from({ length: processCount(grid) }, (_, number): Running => {
      const process = { grid, number };
      return { process, steps: start(process), wait: undefined, results: undefined };
    });
  }

  run(): readonly Values[] {
    for (const r of this.all) this.take(r, r.steps.next());
    while (this.all.some((r) => r.wait)) {
      const moved = this.all.filter((r) => r.wait && this.serve(r, r.wait));
      if (moved.length === 0) this.refuse(this.all.find((r) => r.wait)!);
    }
    return this.all.map((r) => r.results!);
  }

  private take(r: Running, next: IteratorResult<Wait, Values>): void {
    r.wait = next.done ? undefined : next.value;
    if (next.done) r.results = next.value;
  }

  private answer(r: Running, answer: Answer): true {
    this.take(r, r.steps.next(answer));
    return true;
  }

  /** Whether it could go on. */
  private serve(r: Running, wait: Wait): boolean {
    switch (wait.kind) {
      case 'meet':
        return this.meet(wait);
      case 'send':
        this.channel(wait.channel).push(wait.values);
        return this.answer(r, []);
      case 'receive': {
        const values = this.channel(wait.channel).shift();
        return values !== undefined && this.answer(r, [values]);
      }
      case 'infeed': {
        const fed = this.host.infeed?.next();
        return fed !== undefined && !fed.done && this.answer(r, [fed.value]);
      }
      case 'outfeed':
        if (!this.host.outfeed) return false;
        this.host.outfeed(wait.values);
        return this.answer(r, []);
    }
  }

  private channel(name: string): Values[] {
    let queue = this.channels.get(name);
    if (!queue) this.channels.set(name, (queue = []));
    return queue;
  }

  private meet({ place, members }: Wait & { kind: 'meet' }): boolean {
    const present = members.map((m) => this.all[m]!);
    const brought: Values[] = [];
    for (const { wait } of present) {
      if (wait?.kind !== 'meet' || wait.place !== place) return false;
      brought.push(wait.brings);
    }
    for (const r of present) this.answer(r, brought);
    return true;
  }

  /** Throws where the process stands. */
  private refuse(r: Running): never {
    r.steps.throw(new OpError(`${showProcess(r.process)} waits ${this.reason(r.wait!)}`));
    throw new Error('internal error: a process went on after it had been refused');
  }

  private reason(wait: Wait): string {
    switch (wait.kind) {
      case 'meet': {
        const missing = wait.members
          .map((m) => this.all[m]!)
          .find(({ wait: w }) => w?.kind !== 'meet' || w.place !== wait.place)!;
        const instead = missing.wait ? 'waits elsewhere' : 'has ended';
        return `for ${showProcess(missing.process)}, which ${instead}`;
      }
      case 'receive':
        return `for values on ${wait.channel}, which nobody sends`;
      case 'infeed':
        return 'for values that the host does not feed';
      default:
        return 'for a host that takes its values, which this run does not have';
    }
  }
}
