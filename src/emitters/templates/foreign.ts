/**
 * Template foreign: a kernel that calls a library's function, once or once for each part of its operands. Around each
 * call it copies what the function works on in place, and turns matrices that the function takes column by column.
 */

import { isSplatConstant } from '../../fusion/accesses.js';
import { NotCompiled } from '../../fusion/facts.js';
import type { Group } from '../../fusion/group.js';
import type { AloneSpace } from '../../fusion/space.js';
import {
  ELEMENT,
  elementCount,
  Literal,
  partsOf,
  partType,
  storageOf,
  tensorType,
  type Value,
} from '../../hlo/index.js';
import type { ForeignMemory, ForeignRole } from '../../rules/index.js';
import { type CallArgument, laneTypeOf, type ValueId } from '../loop/ir.js';
import { type EmitOptions, type EmittedKernel, KernelContext, Scratch } from './kernel-context.js';

/** Calls are shared out to so many tasks at most: the memory of each is its own. */
const MOST_TASKS = 32;
/** Bytes of one call's memory that may lie on the stack of its thread. */
const ON_STACK = 96 * 1024;
/** Matrices of more elements are turned in squares of so many rows and columns, which stay in the cache. */
const SMALL = 4096;
const TILE = 16;

export function emitForeign(g: Group, options: EmitOptions): readonly EmittedKernel[] {
  if (options.target.arch !== 'x86-64') {
    const { instruction, role } = g.space as AloneSpace<ForeignRole>;
    throw new NotCompiled(
      instruction,
      `op ${instruction.opcode} is a call of ${role.library.file}, which no graphics processor can make; choose target cpu`,
    );
  }
  return [new ForeignKernel(g, options).run()];
}

/** Numbers of a buffer, from `base` on. */
interface Place {
  readonly buffer: number;
  readonly base: ValueId;
}

class ForeignKernel {
  private readonly context: KernelContext;
  private readonly role: ForeignRole;
  private readonly memory: readonly ForeignMemory[];
  private readonly calls: number;
  private readonly callsPerTask: number;
  private readonly dense = new Map<Value, Literal>();
  private readonly tables = new Map<Constants['element'], number>();

  constructor(
    private readonly g: Group,
    private readonly options: EmitOptions,
  ) {
    this.role = (g.space as AloneSpace<ForeignRole>).role;
    this.calls = this.role.calls ?? 1;
    this.callsPerTask = Math.max(1, Math.ceil(this.calls / MOST_TASKS));
    this.context = new KernelContext(g, options, Math.ceil(this.calls / this.callsPerTask));
    this.memory = this.calls === 0 ? [] : [...(this.role.memory ?? []), ...this.plainResults()];
  }

  private get instruction() {
    return (this.g.space as AloneSpace<ForeignRole>).instruction;
  }

  /** Results that the function writes as they are: memory that is nothing else. */
  private plainResults(): ForeignMemory[] {
    return this.role.args.flatMap((a) => {
      if (a.kind !== 'result') return [];
      const { element, dims } = this.instruction.results[a.index]!.tensorType;
      return [{ element, count: elementCount(dims) / this.calls, result: a.index }];
    });
  }

  run(): EmittedKernel {
    const { context, role } = this;
    const b = context.builder;
    if (this.calls === 0) return context.finish();
    const places = this.placesOf();
    this.forEachCall((call) => {
      const at = places.map((place) => place(call));
      this.memory.forEach((m, k) => {
        this.fill(m, at[k]!, call);
      });
      b.call(
        role.library,
        role.symbol,
        role.args.map((a) => this.argument(a, at, call)),
      );
      this.memory.forEach((m, k) => {
        this.giveBack(m, at[k]!, call);
      });
    });
    return context.finish();
  }

  private forEachCall(body: (call: ValueId) => void): void {
    const b = this.context.builder;
    if (this.callsPerTask === 1) {
      body(b.task);
      return;
    }
    const first = b.binary('mul', b.task, b.index(this.callsPerTask));
    const last = b.binary('min', b.binary('add', first, b.index(this.callsPerTask)), b.index(this.calls));
    b.loop('call', first, last, 1, [], (call) => {
      body(call);
      return [];
    });
  }

  /** Does the function write the result where it is to lie? */
  private isInResult = (m: ForeignMemory): boolean => m.result !== undefined && !turns(m) && this.isRead(m.result);

  /** A result that nobody reads has no place of its own. */
  private isRead = (result: number): boolean => this.g.outputs.has(this.instruction.results[result]!);

  /** Where each piece of memory lies in a call: in its result, on the stack, or in scratch memory of the task. */
  private placesOf(): ((call: ValueId) => Place)[] {
    const { context } = this;
    const b = context.builder;
    const own = this.memory.filter((m) => !this.isInResult(m));
    const onStack = own.reduce((n, m) => n + numbers(m) * ELEMENT[partType(m.element)].bytes, 0) <= ON_STACK;
    return this.memory.map((m, k) => {
      if (this.isInResult(m)) return (call) => this.part(context.output(this.instruction.results[m.result!]!), m, call);
      const element = laneTypeOf(m.element);
      const count = Math.max(1, numbers(m));
      if (onStack) {
        const buffer = context.local(`own${k}`, element, count);
        return () => ({ buffer, base: b.index(0) });
      }
      const memory = new Scratch(count * ELEMENT[element].bytes * b.tasks);
      const buffer = context.scratch(memory, element, count * b.tasks, 'readwrite');
      return () => ({ buffer, base: b.binary('mul', b.task, b.index(count)) });
    });
  }

  /** The part of a buffer that belongs to a call. */
  private part(buffer: number, m: ForeignMemory, call: ValueId): Place {
    const b = this.context.builder;
    return { buffer, base: b.binary('mul', call, b.index(numbers(m))) };
  }

  /** An operand's numbers; of a splat constant, which has no buffer elsewhere, all of them. */
  private operand(k: number): number {
    const { context } = this;
    const v = this.instruction.operands[k]!;
    if (!isSplatConstant(this.options.rules.ops, v.producer)) return context.bufferOf(v);
    let dense = this.dense.get(v);
    if (!dense) {
      const { data } = (v.producer.attributes.value as Literal).tensor();
      dense = Literal.dense(tensorType(partType(v.tensorType.element), [data.length]), data);
      this.dense.set(v, dense);
    }
    return context.table(dense);
  }

  private fill(m: ForeignMemory, to: Place, call: ValueId): void {
    const b = this.context.builder;
    if (m.operand !== undefined) {
      const from = this.part(this.operand(m.operand), m, call);
      if (turns(m)) this.turn(m, from, to, 'in');
      else this.copy(numbers(m), from, to);
    } else if (m.zero) {
      const zero = b.constant({ element: laneTypeOf(m.element), lanes: 1 }, 0);
      b.loop('zero', b.index(0), b.index(numbers(m)), 1, [], (i) => {
        b.store(to.buffer, b.binary('add', to.base, i), zero);
        return [];
      });
    }
  }

  private giveBack(m: ForeignMemory, from: Place, call: ValueId): void {
    if (m.result === undefined || this.isInResult(m) || !this.isRead(m.result)) return;
    this.turn(m, from, this.part(this.context.output(this.instruction.results[m.result]!), m, call), 'out');
  }

  private copy(count: number, from: Place, to: Place): void {
    const b = this.context.builder;
    b.loop('copy', b.index(0), b.index(count), 1, [], (i) => {
      b.store(to.buffer, b.binary('add', to.base, i), b.load(from.buffer, b.binary('add', from.base, i)));
      return [];
    });
  }

  /** Copies a matrix, row by row on one side and column by column on the other. */
  private turn(m: ForeignMemory, from: Place, to: Place, direction: 'in' | 'out'): void {
    const b = this.context.builder;
    const [rows, columns] = m.columnMajor!;
    const parts = partsOf(m.element);
    const place = (base: ValueId, major: ValueId, minor: ValueId, length: number, p: number): ValueId => {
      const element = b.binary('add', b.binary('mul', major, b.index(length)), minor);
      return b.binary('add', base, b.binary('add', b.binary('mul', element, b.index(parts)), b.index(p)));
    };
    const move = (i: ValueId, j: ValueId): void => {
      for (let p = 0; p < parts; p++) {
        const byRow = (base: ValueId) => place(base, i, j, columns, p);
        const byColumn = (base: ValueId) => place(base, j, i, rows, p);
        const [source, target] = direction === 'in' ? [byRow, byColumn] : [byColumn, byRow];
        b.store(to.buffer, target(to.base), b.load(from.buffer, source(from.base)));
      }
    };
    const loop = (label: string, lo: ValueId, hi: ValueId, step: number, body: (i: ValueId) => void) =>
      b.loop(label, lo, hi, step, [], (i) => {
        body(i);
        return [];
      });
    const all = (n: number) => [b.index(0), b.index(n)] as const;
    if (rows * columns <= SMALL) {
      loop('column', ...all(columns), 1, (j) => loop('row', ...all(rows), 1, (i) => move(i, j)));
      return;
    }
    const end = (i: ValueId, n: number) => b.binary('min', b.binary('add', i, b.index(TILE)), b.index(n));
    loop('columns', ...all(columns), TILE, (jj) =>
      loop('rows', ...all(rows), TILE, (ii) =>
        loop('column', jj, end(jj, columns), 1, (j) => loop('row', ii, end(ii, rows), 1, (i) => move(i, j))),
      ),
    );
  }

  private argument(a: ForeignRole['args'][number], at: readonly Place[], call: ValueId): CallArgument {
    const b = this.context.builder;
    switch (a.kind) {
      case 'operand': {
        const { element, dims } = this.instruction.operands[a.index]!.tensorType;
        const { buffer, base } = this.part(
          this.operand(a.index),
          { element, count: elementCount(dims) / this.calls },
          call,
        );
        return { kind: 'buffer', buffer, index: base };
      }
      case 'result': {
        const k = this.memory.findIndex((m) => m.result === a.index);
        return { kind: 'buffer', buffer: at[k]!.buffer, index: at[k]!.base };
      }
      case 'memory': {
        const { buffer, base } = at[a.index]!;
        const offset = (a.element ?? 0) * partsOf(this.memory[a.index]!.element);
        return { kind: 'buffer', buffer, index: b.binary('add', base, b.index(offset)) };
      }
      case 'constants':
        return this.constant(a);
      default:
        return a;
    }
  }

  /** Constants of an element type lie one after the other in one table. */
  private constant({ element, values }: Constants): CallArgument {
    const all = this.role.args.filter((a): a is Constants => a.kind === 'constants' && a.element === element);
    let table = this.tables.get(element);
    if (table === undefined) {
      const data = new (storageOf(element))(all.reduce((n, a) => n + a.values.length, 0));
      data.set(all.flatMap((a) => a.values) as never);
      table = this.context.table(Literal.dense(tensorType(element, [data.length]), data));
      this.tables.set(element, table);
    }
    let before = 0;
    for (const a of all) {
      if (a.values === values) break;
      before += a.values.length;
    }
    return { kind: 'buffer', buffer: table, index: this.context.builder.index(before) };
  }
}

type Constants = Extract<ForeignRole['args'][number], { readonly kind: 'constants' }>;

/** Numbers of a piece of memory: a complex element is two. */
const numbers = (m: ForeignMemory): number => m.count * partsOf(m.element);

/** Do rows and columns lie differently? Those of a single row or column do not. */
const turns = ({ columnMajor: shape }: ForeignMemory): boolean => shape !== undefined && shape[0] > 1 && shape[1] > 1;
