/**
 * Objects to one image. Kernels are position-independent, closed and write no memory of their own, so that all there is
 * to do is to place sections one behind the other and to fill in distances.
 */
import type { CodeObject } from './code.js';
import { type ElfObject, type ElfSection, FLAG, type Relocation, readObject, SECTION } from './elf.js';
import { IMPORT_BYTES, type Image, PAGE } from './image.js';
import { alignUp } from './memory.js';

/** Numbers of the x86-64 ABI: 32 or 64 bits of symbol + addend − place. */
const PC32 = 2;
/** As PC32; a function of elsewhere may be reached through a stub. */
const PLT32 = 4;
const PC64 = 24;

/** `jmp *distance(%rip)`, to the address that the loader has put into the import's place. */
const JUMP = [0xff, 0x25];
const STUB_BYTES = 8;

/** Throws an internal error where an object has what kernels never have. */
export function linkImage(objects: readonly Pick<CodeObject, 'bytes' | 'symbols'>[]): Image {
  return new Linker(objects.map(({ bytes }) => readObject(bytes))).link(objects.flatMap(({ symbols }) => symbols));
}

class Linker {
  /** Where each section that is needed begins. */
  private readonly places = new Map<ElfSection, number>();
  private readonly imports: readonly string[];
  private readonly stubsAt: number;
  private readonly importsAt: number;
  private readonly codeBytes: number;

  constructor(private readonly objects: readonly ElfObject[]) {
    const sections = objects.flatMap((o) => o.sections.filter(isNeeded));
    for (const { name, flags } of sections) {
      if (flags & FLAG.write) throw new Error(`internal error: machine code has a section ${name} that it writes`);
    }
    const called = sections.flatMap((s) => s.relocations).filter((r) => r.symbol.section === 0);
    this.imports = [...new Set(called.map((r) => r.symbol.name))];
    this.stubsAt = this.place(sections.filter(isCode), 0, STUB_BYTES);
    this.codeBytes = alignUp(this.stubsAt + this.imports.length * STUB_BYTES, PAGE);
    this.importsAt = this.place(
      sections.filter((s) => !isCode(s)),
      this.codeBytes,
      IMPORT_BYTES,
    );
  }

  link(wanted: readonly string[]): Image {
    const { imports, importsAt, codeBytes } = this;
    const bytes = new Uint8Array(importsAt + imports.length * IMPORT_BYTES);
    const view = new DataView(bytes.buffer);
    for (const [section, place] of this.places) bytes.set(section.bytes, place);
    imports.forEach((_, k) => {
      const at = this.stubsAt + k * STUB_BYTES;
      bytes.set(JUMP, at);
      const end = at + JUMP.length + 4;
      view.setInt32(at + JUMP.length, importsAt + k * IMPORT_BYTES - end, true);
    });
    for (const object of this.objects) {
      for (const section of object.sections.filter(isNeeded)) {
        for (const r of section.relocations) this.relocate(view, object, this.places.get(section)!, r);
      }
    }
    return { bytes, codeBytes, imports, symbols: this.symbols(wanted) };
  }

  /** Puts the sections one behind the other; where they end, aligned. */
  private place(sections: readonly ElfSection[], start: number, alignment: number): number {
    let end = start;
    for (const s of sections) {
      const at = alignUp(end, s.alignment);
      this.places.set(s, at);
      end = at + s.bytes.length;
    }
    return alignUp(end, alignment);
  }

  private relocate(
    view: DataView,
    object: ElfObject,
    base: number,
    { offset, type, symbol, addend }: Relocation,
  ): void {
    const at = base + offset;
    const distance = this.addressOf(object, symbol) + addend - at;
    if (type === PC64) view.setBigInt64(at, BigInt(distance), true);
    else if (type !== PC32 && type !== PLT32) throw new Error(`internal error: relocation ${type} is not known`);
    else if (distance !== (distance | 0)) throw new RangeError('the machine code has more than 2 GiB');
    else view.setInt32(at, distance, true);
  }

  private addressOf(object: ElfObject, { name, section, value }: Relocation['symbol']): number {
    if (section === 0) return this.stubsAt + this.imports.indexOf(name) * STUB_BYTES;
    const place = this.places.get(object.sections[section]!);
    if (place === undefined) throw new Error(`internal error: machine code reads ${name || `section ${section}`}`);
    return place + value;
  }

  private symbols(wanted: readonly string[]): Map<string, number> {
    const found = new Map<string, number>();
    for (const object of this.objects) {
      for (const s of object.symbols) {
        if (s.isGlobal && s.section !== 0) found.set(s.name, this.addressOf(object, s));
      }
    }
    return new Map(
      wanted.map((name) => {
        const address = found.get(name);
        if (address === undefined) throw new Error(`internal error: no object defines ${name}`);
        return [name, address];
      }),
    );
  }
}

/** In memory when it runs; nothing unwinds kernels. */
const isNeeded = ({ name, type, flags }: ElfSection): boolean =>
  (flags & FLAG.allocated) !== 0 && type !== SECTION.unwind && name !== '.eh_frame';

const isCode = ({ flags }: ElfSection): boolean => (flags & FLAG.code) !== 0;
