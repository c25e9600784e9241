/** Removes values that no effect depends on, and the loops and branches that are empty without them. */

import type { For, Kernel, Stmt, ValueId } from './ir.js';
import { operandsOf } from './operation.js';
import { operandsOfStatement } from './walk.js';

/** The kernel without what it computes in vain; the same object if there is none. Linear in the kernel's size. */
export function removeDeadCode(kernel: Kernel): Kernel {
  const live = liveValues(kernel);
  const body = sweepBody(kernel.body, live);
  return body === kernel.body ? kernel : { ...kernel, body };
}

/** Marks what stores and other effects read, and what decides whether they run; then what these read in turn. */
function liveValues(kernel: Kernel): Uint8Array {
  const live = new Uint8Array(kernel.valueCount);
  const pending: ValueId[] = [];
  const mark = (v: ValueId) => {
    if (live[v]) return;
    live[v] = 1;
    pending.push(v);
  };
  const reads = readsByValue(kernel);
  /** Marks the roots of a body; whether it has an effect. */
  const roots = (body: readonly Stmt[]): boolean => {
    let stores = false;
    for (const s of body) {
      if (s.kind === 'let') continue;
      if (s.kind === 'for') {
        if (!roots(s.body)) continue;
        mark(s.lo);
        mark(s.hi);
      } else if (s.kind === 'if') {
        const [then, otherwise] = [roots(s.then), roots(s.else)];
        if (!then && !otherwise) continue;
        mark(s.cond);
      } else if (s.kind === 'call') {
        operandsOfStatement(s).forEach(mark);
      } else if (s.kind !== 'barrier') {
        mark(s.index);
        mark(s.value);
        if (s.mask !== undefined) mark(s.mask);
      }
      stores = true;
    }
    return stores;
  };
  roots(kernel.body);
  for (let v = pending.pop(); v !== undefined; v = pending.pop()) reads[v]?.forEach(mark);
  return live;
}

/** By value: the values that computing it reads. */
function readsByValue(kernel: Kernel): (readonly ValueId[])[] {
  const reads: (readonly ValueId[])[] = [];
  const visit = (body: readonly Stmt[]) => {
    for (const s of body) {
      if (s.kind === 'let') reads[s.id] = operandsOf(s.operation);
      else if (s.kind === 'for') {
        reads[s.iv] = [s.lo, s.hi];
        for (const c of s.carried) reads[c.param] = reads[c.result] = [c.init, c.next, s.lo, s.hi];
        visit(s.body);
      } else if (s.kind === 'if') {
        visit(s.then);
        visit(s.else);
      }
    }
  };
  visit(kernel.body);
  return reads;
}

/** The body without dead statements; itself if all are live. */
function sweepBody(body: readonly Stmt[], live: Uint8Array): readonly Stmt[] {
  const kept = body.flatMap((s) => sweep(s, live));
  return kept.length === body.length && kept.every((s, i) => s === body[i]) ? body : kept;
}

function sweep(s: Stmt, live: Uint8Array): Stmt[] {
  if (s.kind === 'let') return live[s.id] ? [s] : [];
  if (s.kind === 'for') return sweepLoop(s, live);
  if (s.kind !== 'if') return [s];
  const then = sweepBody(s.then, live) as Stmt[];
  const otherwise = sweepBody(s.else, live) as Stmt[];
  if (then.length === 0 && otherwise.length === 0) return [];
  return then === s.then && otherwise === s.else ? [s] : [{ ...s, then, else: otherwise }];
}

function sweepLoop(s: For, live: Uint8Array): Stmt[] {
  const body = sweepBody(s.body, live) as Stmt[];
  const carried = s.carried.filter((c) => live[c.param] || live[c.result]);
  if (body.length === 0 && carried.length === 0) return [];
  return body === s.body && carried.length === s.carried.length ? [s] : [{ ...s, body, carried }];
}
