/** Graphs to HLO text: each computation after those it calls. */
import type { Computation, Instruction, Module } from '../graph.js';
import { OpError, type OpRegistry } from '../registry.js';
import { ComputationPrinter } from './computation-printer.js';
import { ENTRY_NAME, headerToHlo } from './header.js';

/**
 * Text that `parseHlo` with the same registry reads back as the same graph, but for what HLO has not: constants of
 * one value become broadcasts of scalars, broadcasts along dimensions of size 1 get a reshape, copies go.
 * Throws `OpError` on what HLO text cannot say (quantized types, a module without @main).
 */
export function printHlo(module: Module, registry: OpRegistry): string {
  return new Printer(module, registry).text();
}

/** How a computation takes its arguments: as they are, or all in one tuple. */
export type Style = 'several' | 'tuple';

/** Loops and branches pass one value; where there are more or fewer, a tuple. */
export function styleOf(i: Instruction, registry: OpRegistry): Style {
  const kind = registry.kind(i);
  const passed = kind === 'loop' ? i.operands.length : kind === 'branch' ? i.operands.length - 1 : 1;
  return passed === 1 ? 'several' : 'tuple';
}

class Printer {
  private readonly names = new Map<Computation, { [S in Style]?: string }>();
  private readonly taken = new Set<string>();
  private instructions = 0;

  constructor(
    private readonly module: Module,
    private readonly registry: OpRegistry,
  ) {}

  text(): string {
    const { module } = this;
    const entry = module.computations.get(ENTRY_NAME);
    if (!entry) throw new OpError(`the module has no function @${ENTRY_NAME}, with which a program begins`);
    for (const [name, c] of module.computations) this.names.set(c, { several: this.unique(name) });
    const texts = [headerToHlo(module, identifier(module.name)), ''];
    for (const [c, style] of this.calleesFirst(entry)) {
      const head = c === entry ? 'ENTRY ' : '';
      texts.push(`${head}${this.nameOf(c, style)} {`);
      for (const line of new ComputationPrinter(this.registry, this, c).lines(style)) texts.push(`  ${line}`);
      texts.push('}', '');
    }
    return texts.join('\n');
  }

  /** The name of a computation that takes its arguments in that style. */
  nameOf(c: Computation, style: Style): string {
    let names = this.names.get(c);
    if (!names) this.names.set(c, (names = {}));
    names[style] ??= this.unique(c.name);
    return names[style];
  }

  /** A name for an instruction. */
  instructionName(op: string): string {
    return `${identifier(op)}.${++this.instructions}`;
  }

  private unique(name: string): string {
    const base = identifier(name);
    let free = base;
    for (let k = 1; this.taken.has(free); k++) free = `${base}_${k}`;
    this.taken.add(free);
    return free;
  }

  /** All that is in the module or called, the entry last. */
  private calleesFirst(entry: Computation): [Computation, Style][] {
    const order: [Computation, Style][] = [];
    const seen = new Map<Style, Set<Computation>>([
      ['several', new Set([entry])],
      ['tuple', new Set()],
    ]);
    const visit = (start: Computation) => {
      const stack = [{ c: start, style: 'several' as Style, calls: this.callsOf(start), next: 0 }];
      while (stack.length > 0) {
        const top = stack[stack.length - 1]!;
        const call = top.calls[top.next++];
        if (!call) {
          order.push([top.c, top.style]);
          stack.pop();
        } else if (!seen.get(call[1])!.has(call[0])) {
          seen.get(call[1])!.add(call[0]);
          stack.push({ c: call[0], style: call[1], calls: this.callsOf(call[0]), next: 0 });
        }
      }
    };
    for (const c of this.module.computations.values()) {
      if (seen.get('several')!.has(c)) continue;
      seen.get('several')!.add(c);
      visit(c);
    }
    visit(entry);
    return order;
  }

  private callsOf(c: Computation): [Computation, Style][] {
    return [...c.instructions].flatMap((i) =>
      i.called.map((callee): [Computation, Style] => [callee, styleOf(i, this.registry)]),
    );
  }
}

/** A name as HLO text can hold it. */
function identifier(name: string): string {
  const clean = name.replace(/[^\w.-]/g, '_');
  return /^[A-Za-z_]/.test(clean) ? clean : `_${clean}`;
}

export type Names = Pick<Printer, 'nameOf' | 'instructionName'>;
