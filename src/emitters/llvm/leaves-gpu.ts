/** Leaves that only graphics processors have: shared memory and atomics. */
import type { AtomicOp } from '../loop/ir.js';
import { extremeLeaf, type Leaf, leaf } from './leaves.js';
import { KIND_BITS, type Kind } from './llvm14.js';

/** Where an offset in bytes lies in the shared memory that a launch gives each block. */
export const SHARED: Leaf = {
  name: 'shared',
  result: 'address',
  text: `@thimble_shared = external addrspace(3) global [0 x i8], align 128
define i8* @shared(i64 %offset) alwaysinline nounwind {
%p = getelementptr [0 x i8], [0 x i8] addrspace(3)* @thimble_shared, i64 0, i64 %offset
%q = addrspacecast i8 addrspace(3)* %p to i8*
ret i8* %q
}
`,
};

/** What LLVM 14's atomicrmw calls an operation; it has none for the extremes of floats. */
function instruction(op: AtomicOp, sort: 'float' | 'signed' | 'unsigned'): string | undefined {
  if (sort === 'float') return op === 'add' ? 'fadd' : undefined;
  return (op === 'min' || op === 'max') && sort === 'unsigned' ? `u${op}` : op;
}

/** `*p = op(*p, x)`, at once; and the leaves that its text calls. */
export function atomicLeaves(op: AtomicOp, kind: Kind, sort: 'float' | 'signed' | 'unsigned'): [Leaf, ...Leaf[]] {
  const name = `atomic.${sort}.${op}.${kind}`;
  const parameters = `${kind}* %p, ${kind} %x`;
  const known = instruction(op, sort);
  if (known) {
    return [
      leaf(name, 'void', parameters, [`%old = atomicrmw ${known} ${kind}* %p, ${kind} %x monotonic`, 'ret void']),
    ];
  }
  const extreme = extremeLeaf(op === 'min' ? 'minimum' : 'maximum', kind as 'float' | 'double', 1);
  return [leaf(name, 'void', parameters, untilAlone(extreme.name, kind)), extreme];
}

/** Tries until nobody came between. */
function untilAlone(combine: string, kind: Kind): string[] {
  const bits = `i${KIND_BITS[kind]}`;
  return [
    'entry:',
    `%q = bitcast ${kind}* %p to ${bits}*`,
    `%first = load ${bits}, ${bits}* %q`,
    'br label %again',
    'again:',
    `%seen = phi ${bits} [ %first, %entry ], [ %now, %again ]`,
    `%old = bitcast ${bits} %seen to ${kind}`,
    `%new = call ${kind} @"${combine}"(${kind} %old, ${kind} %x)`,
    `%next = bitcast ${kind} %new to ${bits}`,
    `%pair = cmpxchg ${bits}* %q, ${bits} %seen, ${bits} %next monotonic monotonic`,
    `%now = extractvalue { ${bits}, i1 } %pair, 0`,
    `%done = extractvalue { ${bits}, i1 } %pair, 1`,
    'br i1 %done, label %end, label %again',
    'end:',
    'ret void',
  ];
}
