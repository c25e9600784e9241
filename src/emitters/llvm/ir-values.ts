/**
 * A typed face over llvm-bindings' builder: functions, constants, arithmetic. The builder checks nothing: a call with
 * types that do not fit ends the process. Here every value knows its kind and lanes, and every method checks them first.
 */
import type llvm from 'llvm-bindings';
import { type Leaf, lanesLeaf, shuffleLeaf, splatLeaf } from './leaves.js';
import { KIND_BITS, type Kind, type Llvm14, typeText } from './llvm14.js';

export interface Value {
  readonly it: llvm.Value;
  readonly kind: Kind;
  readonly lanes: number;
}

/** Address of elements of one kind. */
export interface Pointer {
  readonly it: llvm.Value;
  readonly kind: Kind;
  /** Its offset from an aligned address is a multiple of so many elements. Default: 1. */
  readonly multiple?: number;
}

export type Arithmetic =
  | 'Add'
  | 'Sub'
  | 'Mul'
  | 'SDiv'
  | 'UDiv'
  | 'SRem'
  | 'URem'
  | 'And'
  | 'Or'
  | 'Xor'
  | 'Shl'
  | 'LShr'
  | 'AShr';
export type FloatArithmetic = 'FAdd' | 'FSub' | 'FMul' | 'FDiv' | 'FRem';
export type IntegerTest = 'EQ' | 'NE' | 'SLT' | 'SLE' | 'SGT' | 'SGE' | 'ULT' | 'ULE' | 'UGT' | 'UGE';
export type FloatTest = 'OEQ' | 'UNE' | 'OLT' | 'OLE' | 'OGT' | 'OGE';
export type Cast = 'Trunc' | 'ZExt' | 'SExt' | 'FPToUI' | 'FPToSI' | 'UIToFP' | 'SIToFP' | 'FPTrunc' | 'FPExt';

export const isFloatKind = (kind: Kind): boolean => kind === 'half' || kind === 'float' || kind === 'double';

/** `v16f32`: how intrinsic names spell a type. */
export function suffix(kind: Kind, lanes: number): string {
  const element = isFloatKind(kind) ? `f${KIND_BITS[kind]}` : kind;
  return lanes === 1 ? element : `v${lanes}${element}`;
}

export function require(condition: boolean, what: string, ...values: readonly Value[]): void {
  if (condition) return;
  throw new Error(`internal error: LLVM ${what} of ${values.map((v) => typeText(v.kind, v.lanes)).join(', ')}`);
}

const same = (a: Value, b: Value): boolean => a.kind === b.kind && a.lanes === b.lanes;

export class IrValues {
  private readonly functions = new Map<string, llvm.Function>();
  /** Leaves that the functions built so far call. */
  readonly leaves = new Map<string, Leaf>();
  private readonly constants = new Map<string, Value>();
  readonly builder: llvm.IRBuilder;
  private current: llvm.Function | undefined;

  constructor(
    readonly lib: Llvm14,
    /** Instruction set extensions that the code may use, by LLVM's names. */
    readonly features: ReadonlySet<string>,
    /** May vectors lie at any address? Else those of unknown alignment are loaded and stored lane by lane. */
    protected readonly anywhere = true,
  ) {
    this.builder = lib.builder;
  }

  // Functions and blocks

  /** Starts a function's body. Parameters are pointers to a kind, or i64. */
  begin(name: string, parameters: readonly llvm.Type[]): llvm.Value[] {
    const f = this.lib.declare(name, this.builder.getVoidTy(), [...parameters]);
    // Without it the object would say how to unwind its stack.
    f.setDoesNotThrow();
    this.functions.set(name, f);
    this.current = f;
    this.at(this.block('entry'));
    return parameters.map((_, i) => f.getArg(i));
  }

  block(name: string): llvm.BasicBlock {
    return this.lib.llvm.BasicBlock.Create(this.lib.context, name, this.current!);
  }

  at(block: llvm.BasicBlock): void {
    this.builder.SetInsertPoint(block);
  }

  here(): llvm.BasicBlock {
    return this.builder.GetInsertBlock()!;
  }

  go(to: llvm.BasicBlock): void {
    this.builder.CreateBr(to);
  }

  branch(condition: Value, yes: llvm.BasicBlock, no: llvm.BasicBlock): void {
    require(condition.kind === 'i1' && condition.lanes === 1, 'branch', condition);
    this.builder.CreateCondBr(condition.it, yes, no);
  }

  ret(): void {
    this.builder.CreateRetVoid();
  }

  /** A value that depends on where control comes from. */
  phi(kind: Kind, lanes: number): Value & { readonly it: llvm.PHINode } {
    return { it: this.builder.CreatePHI(this.lib.type(kind, lanes), 2), kind, lanes };
  }

  incoming(phi: Value & { readonly it: llvm.PHINode }, v: Value, from: llvm.BasicBlock): void {
    require(same(phi, v), 'phi', phi, v);
    phi.it.addIncoming(v.it, from);
  }

  function(name: string): llvm.Function {
    return this.functions.get(name)!;
  }

  /** Calls a function of this module or an intrinsic with arguments of its own types. */
  callVoid(name: string, args: readonly llvm.Value[]): void {
    let f = this.functions.get(name);
    if (!f) {
      f = this.lib.declare(
        name,
        this.builder.getVoidTy(),
        args.map((a) => a.getType()),
      );
      this.functions.set(name, f);
    }
    this.builder.CreateCall(f, [...args]);
  }

  call(name: string, kind: Kind, lanes: number, args: readonly llvm.Value[]): Value {
    let f = this.functions.get(name);
    if (!f) {
      f = this.lib.declare(
        name,
        this.lib.type(kind, lanes),
        args.map((a) => a.getType()),
      );
      this.functions.set(name, f);
    }
    return { it: this.builder.CreateCall(f, [...args]), kind, lanes };
  }

  callLeaf(leaf: Leaf, args: readonly llvm.Value[]): Value | undefined {
    this.leaves.set(leaf.name, leaf);
    if (typeof leaf.result === 'object') return this.call(leaf.name, leaf.result.kind, leaf.result.lanes, args);
    this.callVoid(leaf.name, args);
    return undefined;
  }

  /** Of a leaf that gives an address: that, as one of elements of a kind. */
  callAddress(leaf: Leaf, args: readonly llvm.Value[], kind: Kind): Pointer {
    this.leaves.set(leaf.name, leaf);
    let f = this.functions.get(leaf.name);
    if (!f) {
      f = this.lib.declare(
        leaf.name,
        this.lib.pointer('i8'),
        args.map((a) => a.getType()),
      );
      this.functions.set(leaf.name, f);
    }
    return { it: this.builder.CreateBitCast(this.builder.CreateCall(f, [...args]), this.lib.pointer(kind)), kind };
  }

  /** An intrinsic overloaded on the type of its operands, which are alike and like its result. */
  intrinsic(name: string, args: readonly Value[], flags: readonly boolean[] = []): Value {
    const a = args[0]!;
    for (const b of args) require(same(a, b), name, a, b);
    const immediates = flags.map((f) => this.boolean(f).it);
    return this.call(`llvm.${name}.${suffix(a.kind, a.lanes)}`, a.kind, a.lanes, [
      ...args.map((v) => v.it),
      ...immediates,
    ]);
  }

  /** Is there `range` for this type? */
  hasRange(kind: Kind, lanes: number): boolean {
    const bits = KIND_BITS[kind] * lanes;
    const fits = bits === 512 || ((bits === 256 || bits === 128) && this.features.has('avx512vl'));
    return fits && (kind === 'float' || kind === 'double') && this.features.has('avx512dq');
  }

  /** AVX-512's VRANGE: the smaller or larger number, −0 below +0; where one operand is NaN, the other. */
  range(how: 'min' | 'max', a: Value, b: Value): Value {
    require(same(a, b) && this.hasRange(a.kind, a.lanes), `range ${how}`, a, b);
    const byComparison = this.integer('i32', 1, how === 'min' ? 0b0100 : 0b0101).it;
    const allLanes = this.integer(a.lanes === 16 ? 'i16' : 'i8', 1, -1).it;
    return this.avx512('range', a, [a.it, b.it, byComparison, a.it, allLanes]);
  }

  /** Is either NaN? Where there is `range`. */
  unordered(a: Value, b: Value): Value {
    require(same(a, b) && this.hasRange(a.kind, a.lanes), 'unordered', a, b);
    const predicate = this.integer('i32', 1, 3).it;
    return this.avx512('cmp', this.boolean(true, a.lanes), [a.it, b.it, predicate, this.boolean(true, a.lanes).it], a);
  }

  /** Masked intrinsics on vectors like `on`; those of whole registers are told how to round: as ever. */
  private avx512(name: string, result: Value, args: llvm.Value[], on = result): Value {
    const bits = KIND_BITS[on.kind] * on.lanes;
    const rounding = bits === 512 ? [this.integer('i32', 1, 4).it] : [];
    const full = `llvm.x86.avx512.mask.${name}.${on.kind === 'float' ? 'ps' : 'pd'}.${bits}`;
    return this.call(full, result.kind, result.lanes, [...args, ...rounding]);
  }

  /** Takes everything out of the module again. */
  erase(): void {
    const names = new Set([...this.functions.keys(), ...this.leaves.keys()]);
    // Bodies first: functions that are still called cannot go. Linking replaced some, so they are looked up anew.
    const functions = [...names].map((name) => this.lib.module.getFunction(name)).filter((f) => f !== null);
    for (const f of functions) f.deleteBody();
    for (const f of functions) f.eraseFromParent();
  }

  // Constants

  /** Calls into the binding are most of the time of building; the same few constants are asked for all the time. */
  private constant(kind: Kind, lanes: number, name: string, make: (type: llvm.Type) => llvm.Value): Value {
    const key = `${kind} ${lanes} ${name}`;
    let value = this.constants.get(key);
    if (!value) this.constants.set(key, (value = { it: make(this.lib.type(kind, lanes)), kind, lanes }));
    return value;
  }

  boolean(b: boolean, lanes = 1): Value {
    const { Constant } = this.lib.llvm;
    return this.constant('i1', lanes, `${b}`, (t) => (b ? Constant.getAllOnesValue(t) : Constant.getNullValue(t)));
  }

  zero(kind: Kind, lanes: number): Value {
    return this.constant(kind, lanes, 'null', (t) => this.lib.llvm.Constant.getNullValue(t));
  }

  /** All lanes alike. Integers wrap to their width. */
  integer(kind: Kind, lanes: number, value: number | bigint): Value {
    return this.constant(kind, lanes, `${value}`, (t) => {
      const n = BigInt.asIntN(KIND_BITS[kind], BigInt(value));
      const make = (small: bigint): llvm.Value => this.lib.llvm.ConstantInt.get(t, Number(small), true);
      // The binding carries a double, so it is exact to 2^53 only.
      if (n >= -(2n ** 53n) && n <= 2n ** 53n) return make(n);
      const high = this.builder.CreateShl(make(n >> 32n), make(32n));
      return this.builder.CreateOr(high, make(n & 0xffffffffn));
    });
  }

  float(kind: Kind, lanes: number, value: number): Value {
    const { ConstantFP } = this.lib.llvm;
    const name = Object.is(value, -0) ? '-0' : `${value}`;
    return this.constant(kind, lanes, name, (t) =>
      Number.isNaN(value) ? ConstantFP.getNaN(t) : ConstantFP.get(t, value),
    );
  }

  index(value: number | bigint): Value {
    return this.integer('i64', 1, value);
  }

  lanes(kind: Kind, lanes: number): Value {
    return lanes === 1 ? this.zero(kind, 1) : this.callLeaf(lanesLeaf(kind, lanes), [])!;
  }

  // Lanes

  splat(v: Value, lanes: number): Value {
    if (v.lanes === lanes) return v;
    require(v.lanes === 1, `splat to ${lanes}`, v);
    return this.callLeaf(splatLeaf(v.kind, lanes), [v.it])!;
  }

  /** Lanes of a ++ b by number. */
  shuffle(a: Value, b: Value, pattern: readonly number[]): Value {
    require(same(a, b) && pattern.every((l) => Number.isInteger(l) && l >= 0 && l < 2 * a.lanes), 'shuffle', a, b);
    return this.callLeaf(shuffleLeaf(a.kind, a.lanes, pattern), [a.it, b.it])!;
  }

  /** `count` lanes from `from` on. */
  part(a: Value, from: number, count: number): Value {
    if (from === 0 && count === a.lanes) return a;
    return this.shuffle(
      a,
      a,
      Array.from({ length: count }, (_, i) => from + i),
    );
  }

  // Arithmetic

  /** The condition, with how probable it is. */
  likely(condition: Value, probability: number): Value {
    require(condition.kind === 'i1' && condition.lanes === 1, 'probability', condition);
    const args = [condition, this.boolean(true), this.float('double', 1, Math.min(1, Math.max(0, probability)))];
    return this.call(
      'llvm.expect.with.probability.i1',
      'i1',
      1,
      args.map((v) => v.it),
    );
  }

  arithmetic(op: Arithmetic, a: Value, b: Value): Value {
    require(same(a, b) && !isFloatKind(a.kind), op, a, b);
    return { it: this.builder[`Create${op}`](a.it, b.it), kind: a.kind, lanes: a.lanes };
  }

  floatArithmetic(op: FloatArithmetic, a: Value, b: Value): Value {
    require(same(a, b) && isFloatKind(a.kind), op, a, b);
    return { it: this.builder[`Create${op}`](a.it, b.it), kind: a.kind, lanes: a.lanes };
  }

  negate(a: Value): Value {
    require(isFloatKind(a.kind), 'FNeg', a);
    return { it: this.builder.CreateFNeg(a.it), kind: a.kind, lanes: a.lanes };
  }

  test(how: IntegerTest, a: Value, b: Value): Value {
    require(same(a, b) && !isFloatKind(a.kind), how, a, b);
    return { it: this.builder[`CreateICmp${how}`](a.it, b.it), kind: 'i1', lanes: a.lanes };
  }

  floatTest(how: FloatTest, a: Value, b: Value): Value {
    require(same(a, b) && isFloatKind(a.kind), how, a, b);
    return { it: this.builder[`CreateFCmp${how}`](a.it, b.it), kind: 'i1', lanes: a.lanes };
  }

  isNaN(a: Value): Value {
    return this.floatTest('UNE', a, a);
  }

  select(condition: Value, a: Value, b: Value): Value {
    require(same(a, b) && condition.kind === 'i1' && condition.lanes === a.lanes, 'select', condition, a, b);
    return { it: this.builder.CreateSelect(condition.it, a.it, b.it), kind: a.kind, lanes: a.lanes };
  }

  cast(how: Cast, a: Value, kind: Kind): Value {
    const widens = KIND_BITS[kind] > KIND_BITS[a.kind];
    const from = isFloatKind(a.kind);
    const to = isFloatKind(kind);
    const fits = {
      Trunc: !from && !to && !widens && kind !== a.kind,
      ZExt: !from && !to && widens,
      SExt: !from && !to && widens,
      FPToUI: from && !to,
      FPToSI: from && !to,
      UIToFP: !from && to,
      SIToFP: !from && to,
      FPTrunc: from && to && !widens && kind !== a.kind,
      FPExt: from && to && widens,
    };
    require(fits[how], `${how} to ${kind}`, a);
    return { it: this.builder[`Create${how}`](a.it, this.lib.type(kind, a.lanes)), kind, lanes: a.lanes };
  }

  /** To an unsigned (or bit pattern) integer of any width. */
  resize(a: Value, kind: Kind): Value {
    if (kind === a.kind) return a;
    return this.cast(KIND_BITS[kind] > KIND_BITS[a.kind] ? 'ZExt' : 'Trunc', a, kind);
  }

  bitcast(a: Value, kind: Kind, lanes = a.lanes): Value {
    if (a.kind === kind && a.lanes === lanes) return a;
    require(KIND_BITS[kind] * lanes === KIND_BITS[a.kind] * a.lanes, `bitcast to ${typeText(kind, lanes)}`, a);
    return { it: this.builder.CreateBitCast(a.it, this.lib.type(kind, lanes)), kind, lanes };
  }

  /** All lanes in one. */
  reduce(how: 'or' | 'umax', a: Value): Value {
    require(!isFloatKind(a.kind), `reduce ${how}`, a);
    if (a.lanes === 1) return a;
    return this.call(`llvm.vector.reduce.${how}.${suffix(a.kind, a.lanes)}`, a.kind, 1, [a.it]);
  }
}
