/** Leaves that only graphics processors have: shared memory, atomics, matrix instructions. */
import type { AtomicOp, MmaElement } from '../loop/ir.js';
import { extremeLeaf, type Leaf, leaf } from './leaves.js';
import { KIND_BITS, type Kind, typeText } from './llvm14.js';

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

/** PTX's names of the factors' types, by depth of the instruction. */
const MMA: Readonly<Record<MmaElement, { shape: string; factor: string; sum: string; kind: Kind; asm: string }>> = {
  bf16: { shape: 'm16n8k16', factor: 'bf16', sum: 'f32', kind: 'float', asm: 'f' },
  f16: { shape: 'm16n8k16', factor: 'f16', sum: 'f32', kind: 'float', asm: 'f' },
  s8: { shape: 'm16n8k32', factor: 's8', sum: 's32', kind: 'i32', asm: 'r' },
};

/** A warp's matrix instruction: 4 words of a, 2 of b, 4 sums. */
export function mmaLeaf(element: MmaElement): Leaf {
  const { shape, factor, sum, kind, asm } = MMA[element];
  const results = typeText(kind, 4);
  const struct = `{ ${kind}, ${kind}, ${kind}, ${kind} }`;
  const instruction =
    `mma.sync.aligned.${shape}.row.col.${sum}.${factor}.${factor}.${sum} ` +
    '{$0,$1,$2,$3},{$4,$5,$6,$7},{$8,$9},{$10,$11,$12,$13};';
  const constraints = `=${asm},=${asm},=${asm},=${asm},r,r,r,r,r,r,0,1,2,3`;
  const pick = (name: string, type: string, count: number) =>
    Array.from({ length: count }, (_, l) => `%${name}${l} = extractelement ${type} %${name}, i32 ${l}`);
  const words = [...Array(4).keys()].map((l) => `i32 %a${l}`).concat([0, 1].map((l) => `i32 %b${l}`));
  const sums = [...Array(4).keys()].map((l) => `${kind} %c${l}`);
  const pack = Array.from({ length: 4 }, (_, l) => [
    `%x${l} = extractvalue ${struct} %r, ${l}`,
    `%v${l} = insertelement ${results} ${l === 0 ? 'undef' : `%v${l - 1}`}, ${kind} %x${l}, i32 ${l}`,
  ]).flat();
  return leaf(`mma.${element}`, { kind, lanes: 4 }, `<4 x i32> %a, <2 x i32> %b, ${results} %c`, [
    ...pick('a', '<4 x i32>', 4),
    ...pick('b', '<2 x i32>', 2),
    ...pick('c', results, 4),
    `%r = call ${struct} asm "${instruction}", "${constraints}"(${[...words, ...sums].join(', ')}) convergent`,
    ...pack,
    `ret ${results} %v3`,
  ]);
}

/**
 * The remainder of a division that truncates, exact: what PTX has no instruction for. Mantissas are divided bit by bit,
 * as many as their exponents differ.
 */
export function remainderLeaf(kind: 'float' | 'double'): Leaf {
  const width = KIND_BITS[kind];
  const mantissa = kind === 'float' ? 23 : 52;
  const i = `i${width}`;
  const one = 1n << BigInt(mantissa);
  const magnitude = (1n << BigInt(width - 1)) - 1n;
  const infinity = magnitude - (one - 1n);
  /** Bits above a mantissa's leading one. */
  const spare = width - 1 - mantissa;
  const normal = (v: string): string[] => [
    `%${v}.e0 = lshr ${i} %${v}.a, ${mantissa}`,
    `%${v}.subnormal = icmp eq ${i} %${v}.e0, 0`,
    `%${v}.zeros = call ${i} @llvm.ctlz.${i}(${i} %${v}.a, i1 false)`,
    `%${v}.shift = sub ${i} %${v}.zeros, ${spare}`,
    `%${v}.m1 = shl ${i} %${v}.a, %${v}.shift`,
    `%${v}.e1 = sub ${i} 1, %${v}.shift`,
    `%${v}.low = and ${i} %${v}.a, ${one - 1n}`,
    `%${v}.m0 = or ${i} %${v}.low, ${one}`,
    `%${v}.m = select i1 %${v}.subnormal, ${i} %${v}.m1, ${i} %${v}.m0`,
    `%${v}.e = select i1 %${v}.subnormal, ${i} %${v}.e1, ${i} %${v}.e0`,
  ];
  const made = leaf(`remainder.${kind}`, { kind, lanes: 1 }, `${kind} %x, ${kind} %y`, [
    'entry:',
    `%x.bits = bitcast ${kind} %x to ${i}`,
    `%y.bits = bitcast ${kind} %y to ${i}`,
    `%x.a = and ${i} %x.bits, ${magnitude}`,
    `%y.a = and ${i} %y.bits, ${magnitude}`,
    `%sign = sub ${i} %x.bits, %x.a`,
    `%zero = icmp eq ${i} %y.a, 0`,
    `%nan = icmp ugt ${i} %y.a, ${infinity}`,
    `%large = icmp uge ${i} %x.a, ${infinity}`,
    '%bad.y = or i1 %zero, %nan',
    '%bad = or i1 %bad.y, %large',
    'br i1 %bad, label %invalid, label %valid',
    'invalid:',
    `ret ${kind} 0x7FF8000000000000`,
    'valid:',
    `%less = icmp ult ${i} %x.a, %y.a`,
    'br i1 %less, label %itself, label %divide',
    'itself:',
    `ret ${kind} %x`,
    'divide:',
    ...normal('x'),
    ...normal('y'),
    `%count = sub ${i} %x.e, %y.e`,
    'br label %bit',
    'bit:',
    `%left = phi ${i} [ %count, %divide ], [ %fewer, %next ]`,
    `%m = phi ${i} [ %x.m, %divide ], [ %twice, %next ]`,
    `%less.y = sub ${i} %m, %y.m`,
    `%negative = icmp slt ${i} %less.y, 0`,
    `%rest = select i1 %negative, ${i} %m, ${i} %less.y`,
    `%last = icmp eq ${i} %left, 0`,
    'br i1 %last, label %end, label %next',
    'next:',
    `%twice = shl ${i} %rest, 1`,
    `%fewer = sub ${i} %left, 1`,
    'br label %bit',
    'end:',
    `%none = icmp eq ${i} %rest, 0`,
    `%zeros = call ${i} @llvm.ctlz.${i}(${i} %rest, i1 false)`,
    `%shift = sub ${i} %zeros, ${spare}`,
    `%whole = shl ${i} %rest, %shift`,
    `%e = sub ${i} %y.e, %shift`,
    `%is.normal = icmp sgt ${i} %e, 0`,
    `%fraction = sub ${i} %whole, ${one}`,
    `%exponent = shl ${i} %e, ${mantissa}`,
    `%packed = or ${i} %fraction, %exponent`,
    `%back = sub ${i} 1, %e`,
    `%down = select i1 %is.normal, ${i} 0, ${i} %back`,
    `%tiny = lshr ${i} %whole, %down`,
    `%size = select i1 %is.normal, ${i} %packed, ${i} %tiny`,
    `%result = select i1 %none, ${i} 0, ${i} %size`,
    `%bits = or ${i} %result, %sign`,
    `%r = bitcast ${i} %bits to ${kind}`,
    `ret ${kind} %r`,
  ]);
  return { ...made, text: `declare ${i} @llvm.ctlz.${i}(${i}, i1)\n${made.text}` };
}
