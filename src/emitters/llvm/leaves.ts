/**
 * Leaves: tiny functions, inlined into the kernels, for what llvm-bindings' builder cannot say. A leaf's name says all
 * about it; its text is LLVM 14's (typed pointers).
 */
import { KIND_BITS, type Kind, typeText } from './llvm14.js';

export interface Leaf {
  readonly name: string;
  readonly result: { readonly kind: Kind; readonly lanes: number } | 'void' | 'address';
  readonly text: string;
}

export const leaf = (
  name: string,
  result: Exclude<Leaf['result'], 'address'>,
  parameters: string,
  body: readonly string[],
): Leaf => ({
  name,
  result,
  text: `define ${result === 'void' ? 'void' : typeText(result.kind, result.lanes)} @"${name}"(${parameters}) alwaysinline nounwind {\n${body.join('\n')}\n}\n`,
});

/** One lane spread over all. */
export function splatLeaf(kind: Kind, lanes: number): Leaf {
  const t = typeText(kind, lanes);
  return leaf(`splat.${kind}.${lanes}`, { kind, lanes }, `${kind} %x`, [
    `%a = insertelement ${t} undef, ${kind} %x, i32 0`,
    `%v = shufflevector ${t} %a, ${t} undef, <${lanes} x i32> zeroinitializer`,
    `ret ${t} %v`,
  ]);
}

/** Lanes of a ++ b by number; a and b have `lanes` lanes each. */
export function shuffleLeaf(kind: Kind, lanes: number, pattern: readonly number[]): Leaf {
  const n = pattern.length;
  const from = typeText(kind, lanes);
  const to = typeText(kind, n);
  const name = `shuffle.${kind}.${lanes}.${pattern.join('.')}`;
  const parameters = `${from} %a, ${from} %b`;
  if (lanes > 1 && n > 1) {
    const mask = pattern.map((l) => `i32 ${l}`).join(', ');
    return leaf(name, { kind, lanes: n }, parameters, [
      `%v = shufflevector ${from} %a, ${from} %b, <${n} x i32> <${mask}>`,
      `ret ${to} %v`,
    ]);
  }
  if (n === 1) return leaf(name, { kind, lanes: 1 }, parameters, pickLane(kind, lanes, pattern[0]!));
  const body: string[] = [];
  for (const [i, l] of pattern.entries()) {
    const before = i === 0 ? 'undef' : `%v${i - 1}`;
    body.push(`%v${i} = insertelement ${to} ${before}, ${kind} ${l === 0 ? '%a' : '%b'}, i32 ${i}`);
  }
  return leaf(name, { kind, lanes: n }, parameters, [...body, `ret ${to} %v${n - 1}`]);
}

function pickLane(kind: Kind, lanes: number, lane: number): string[] {
  const source = lane < lanes ? '%a' : '%b';
  if (lanes === 1) return [`ret ${kind} ${source}`];
  return [
    `%v = extractelement ${typeText(kind, lanes)} ${source}, i32 ${lane < lanes ? lane : lane - lanes}`,
    `ret ${kind} %v`,
  ];
}

/**
 * IEEE 754-2019 minimum or maximum of numbers that nothing is known of. The machine's own instructions give the second
 * operand when the two are equal or one is NaN: asked both ways round, their results differ in the sign of zeros alone,
 * which "and" (for maximum) and "or" (for minimum) mend. Where an operand is NaN, all bits set makes a NaN.
 * (llvm.minimum and llvm.maximum take half as long again.)
 */
export function extremeLeaf(op: 'minimum' | 'maximum', kind: 'float' | 'double', lanes: number): Leaf {
  const t = typeText(kind, lanes);
  const bits = typeText(kind === 'float' ? 'i32' : 'i64', lanes);
  const test = op === 'minimum' ? 'olt' : 'ogt';
  return leaf(`${op}.${kind}.${lanes}`, { kind, lanes }, `${t} %a, ${t} %b`, [
    `%p = fcmp ${test} ${t} %a, %b`,
    `%q = fcmp ${test} ${t} %b, %a`,
    `%x = select ${typeText('i1', lanes)} %p, ${t} %a, ${t} %b`,
    `%y = select ${typeText('i1', lanes)} %q, ${t} %b, ${t} %a`,
    `%xi = bitcast ${t} %x to ${bits}`,
    `%yi = bitcast ${t} %y to ${bits}`,
    `%m = ${op === 'minimum' ? 'or' : 'and'} ${bits} %xi, %yi`,
    `%u = fcmp uno ${t} %a, %b`,
    `%n = sext ${typeText('i1', lanes)} %u to ${bits}`,
    `%r = or ${bits} %m, %n`,
    `%v = bitcast ${bits} %r to ${t}`,
    `ret ${t} %v`,
  ]);
}

/** The constant 0, 1, 2 … */
export function lanesLeaf(kind: Kind, lanes: number): Leaf {
  const number = (i: number): string => (kind === 'float' || kind === 'double' ? `${i}.0` : `${i}`);
  const text = Array.from({ length: lanes }, (_, i) => `${kind} ${number(i)}`).join(', ');
  return leaf(`lanes.${kind}.${lanes}`, { kind, lanes }, '', [`ret ${typeText(kind, lanes)} <${text}>`]);
}

/** Vectors past the caches, where the address allows it: such stores need the alignment of their vector. */
export function streamLeaf(kind: Kind, lanes: number): Leaf {
  const t = typeText(kind, lanes);
  const align = Math.min(64, (KIND_BITS[kind] * lanes) / 8);
  return leaf(`stream.${kind}.${lanes}`, 'void', `${t} %v, ${kind}* %p`, [
    `%q = bitcast ${kind}* %p to ${t}*`,
    `%i = ptrtoint ${kind}* %p to i64`,
    `%m = and i64 %i, ${align - 1}`,
    '%c = icmp eq i64 %m, 0',
    'br i1 %c, label %aligned, label %other',
    `aligned:\nstore ${t} %v, ${t}* %q, align ${align}, !nontemporal !{i32 1}`,
    'ret void',
    `other:\nstore ${t} %v, ${t}* %q, align 1`,
    'ret void',
  ]);
}

/** Which vectors `streamLeaf` is for: whole registers. */
export function canStream(kind: Kind, lanes: number): boolean {
  const bytes = (KIND_BITS[kind] * lanes) / 8;
  return kind !== 'i1' && bytes >= 16 && Number.isInteger(Math.log2(bytes));
}

/**
 * The first violation of a run fills the record (src/runtime/plan-abi.ts): its flag goes from 0 to 2 by whoever is
 * first, and to 1 once the rest is written.
 */
export const VIOLATE: Leaf = {
  name: 'violate',
  result: 'void',
  text: `define void @violate(i64* %r, i64 %buffer, i64 %index, i64 %task) noinline cold nounwind {
%x = cmpxchg i64* %r, i64 0, i64 2 monotonic monotonic
%first = extractvalue { i64, i1 } %x, 1
br i1 %first, label %write, label %done
write:
%p = getelementptr i64, i64* %r, i64 1
store i64 %buffer, i64* %p
%q = getelementptr i64, i64* %r, i64 2
store i64 %index, i64* %q
%s = getelementptr i64, i64* %r, i64 3
store i64 %task, i64* %s
store atomic i64 1, i64* %r release, align 8
ret void
done:
ret void
}
`,
};

/** Neighbouring elements, one by one, as a vector. */
export function apartLoadLeaf(kind: Kind, lanes: number): Leaf {
  const t = typeText(kind, lanes);
  const body = Array.from({ length: lanes }, (_, l) => [
    `%p${l} = getelementptr ${kind}, ${kind}* %p, i64 ${l}`,
    `%x${l} = load ${kind}, ${kind}* %p${l}`,
    `%v${l} = insertelement ${t} ${l === 0 ? 'undef' : `%v${l - 1}`}, ${kind} %x${l}, i32 ${l}`,
  ]).flat();
  return leaf(`apart.load.${kind}.${lanes}`, { kind, lanes }, `${kind}* %p`, [...body, `ret ${t} %v${lanes - 1}`]);
}

/** A vector's lanes, one by one, to neighbouring elements. */
export function apartStoreLeaf(kind: Kind, lanes: number): Leaf {
  const t = typeText(kind, lanes);
  const body = Array.from({ length: lanes }, (_, l) => [
    `%p${l} = getelementptr ${kind}, ${kind}* %p, i64 ${l}`,
    `%x${l} = extractelement ${t} %v, i32 ${l}`,
    `store ${kind} %x${l}, ${kind}* %p${l}`,
  ]).flat();
  return leaf(`apart.store.${kind}.${lanes}`, 'void', `${t} %v, ${kind}* %p`, [...body, 'ret void']);
}
