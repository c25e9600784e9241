/** Memory in the typed face over the builder. Nothing is assumed of an address but what the element's own type needs. */
import type llvm from 'llvm-bindings';
import { IrValues, type Pointer, require, suffix, type Value } from './ir-values.js';
import { apartLoadLeaf, apartStoreLeaf } from './leaves.js';
import { KIND_BITS, type Kind } from './llvm14.js';

export * from './ir-values.js';

export class Ir extends IrValues {
  offset(p: Pointer, index: Value): Pointer {
    require((index.kind === 'i64' || index.kind === 'i32') && index.lanes === 1, 'address', index);
    return { it: this.builder.CreateGEP(this.lib.type(p.kind, 1), p.it, index.it), kind: p.kind };
  }

  /** As every function takes it, whatever it points to. */
  address(p: Pointer): llvm.Value {
    return this.builder.CreateBitCast(p.it, this.lib.pointer('i8'));
  }

  /** The address that stands at `index` of a table of addresses. */
  pointerAt(table: llvm.Value, index: Value, kind: Kind): Pointer {
    require((index.kind === 'i64' || index.kind === 'i32') && index.lanes === 1, 'address', index);
    const bytes = this.lib.pointer('i8');
    const address = this.builder.CreateLoad(bytes, this.builder.CreateGEP(bytes, table, index.it));
    return { it: this.builder.CreateBitCast(address, this.lib.pointer(kind)), kind };
  }

  load(p: Pointer, lanes: number): Value {
    if (lanes === 1) return { it: this.builder.CreateLoad(this.lib.type(p.kind, 1), p.it), kind: p.kind, lanes };
    if (!this.anywhere) return this.loadAligned(p, lanes);
    const packed = this.lib.packed(p.kind, lanes);
    const struct = this.builder.CreateLoad(packed, this.builder.CreateBitCast(p.it, this.lib.pointerTo(packed)));
    return { it: this.builder.CreateExtractValue(struct, [0]), kind: p.kind, lanes };
  }

  store(v: Value, p: Pointer): void {
    require(v.kind === p.kind, `store to ${p.kind}*`, v);
    if (v.lanes === 1) {
      this.builder.CreateStore(v.it, p.it);
      return;
    }
    if (!this.anywhere) {
      this.storeAligned(v, p);
      return;
    }
    const packed = this.lib.packed(p.kind, v.lanes);
    const struct = this.builder.CreateInsertValue(this.lib.llvm.UndefValue.get(packed), v.it, [0]);
    this.builder.CreateStore(struct, this.builder.CreateBitCast(p.it, this.lib.pointerTo(packed)));
  }

  private isAligned(p: Pointer, lanes: number): boolean {
    return (p.multiple ?? 1) % lanes === 0;
  }

  private wholeAt(p: Pointer, lanes: number): llvm.Value {
    return this.builder.CreateBitCast(p.it, this.lib.pointerTo(this.lib.type(p.kind, lanes)));
  }

  private loadAligned(p: Pointer, lanes: number): Value {
    if (!this.isAligned(p, lanes)) return this.callLeaf(apartLoadLeaf(p.kind, lanes), [p.it])!;
    const it = this.builder.CreateLoad(this.lib.type(p.kind, lanes), this.wholeAt(p, lanes));
    return { it, kind: p.kind, lanes };
  }

  private storeAligned(v: Value, p: Pointer): void {
    if (this.isAligned(p, v.lanes)) this.builder.CreateStore(v.it, this.wholeAt(p, v.lanes));
    else this.callLeaf(apartStoreLeaf(v.kind, v.lanes), [v.it, p.it]);
  }

  /** Lanes whose mask is not set are not read and are 0. */
  maskedLoad(p: Pointer, mask: Value): Value {
    require(mask.kind === 'i1' && mask.lanes > 1, 'masked load', mask);
    const { kind } = p;
    const { lanes } = mask;
    const name = `llvm.masked.load.${suffix(kind, lanes)}.p0${suffix(kind, lanes)}`;
    const whole = this.builder.CreateBitCast(p.it, this.lib.pointerTo(this.lib.type(kind, lanes)));
    return this.call(name, kind, lanes, [whole, this.integer('i32', 1, 1).it, mask.it, this.zero(kind, lanes).it]);
  }

  maskedStore(v: Value, p: Pointer, mask: Value): void {
    require(v.kind === p.kind && mask.kind === 'i1' && mask.lanes === v.lanes && v.lanes > 1, 'masked store', v, mask);
    const name = `llvm.masked.store.${suffix(v.kind, v.lanes)}.p0${suffix(v.kind, v.lanes)}`;
    const whole = this.builder.CreateBitCast(p.it, this.lib.pointerTo(this.lib.type(v.kind, v.lanes)));
    this.callVoid(name, [v.it, whole, this.integer('i32', 1, 1).it, mask.it]);
  }

  private addresses(p: Pointer, index: Value): llvm.Value {
    return this.builder.CreateGEP(this.lib.type(p.kind, 1), p.it, index.it);
  }

  gather(p: Pointer, index: Value, mask: Value): Value {
    require(index.lanes > 1 && mask.kind === 'i1' && mask.lanes === index.lanes, 'gather', index, mask);
    const { kind } = p;
    const { lanes } = index;
    const name = `llvm.masked.gather.${suffix(kind, lanes)}.v${lanes}p0${suffix(kind, 1)}`;
    const align = this.integer('i32', 1, KIND_BITS[kind] / 8).it;
    return this.call(name, kind, lanes, [this.addresses(p, index), align, mask.it, this.zero(kind, lanes).it]);
  }

  scatter(v: Value, p: Pointer, index: Value, mask: Value): void {
    require(v.kind === p.kind && index.lanes === v.lanes && mask.lanes === v.lanes && v.lanes > 1, 'scatter', v, index);
    const name = `llvm.masked.scatter.${suffix(v.kind, v.lanes)}.v${v.lanes}p0${suffix(v.kind, 1)}`;
    const align = this.integer('i32', 1, KIND_BITS[v.kind] / 8).it;
    this.callVoid(name, [v.it, this.addresses(p, index), align, mask.it]);
  }

  /** Memory of this function, aligned to 64 bytes. */
  stack(kind: Kind, bytes: number): Pointer {
    const line = this.lib.type('i64', 8);
    const array = this.lib.llvm.ArrayType.get(line, Math.max(1, Math.ceil(bytes / 64)));
    return { it: this.builder.CreateBitCast(this.builder.CreateAlloca(array), this.lib.pointer(kind)), kind };
  }
}
