/** Relocatable ELF objects of x86-64, as far as kernels use them. */

export interface ElfSymbol {
  readonly name: string;
  /** Number of the section that it lies in; 0 where another object is to define it. */
  readonly section: number;
  /** Offset in that section. */
  readonly value: number;
  readonly isGlobal: boolean;
}

export interface Relocation {
  readonly offset: number;
  /** The ABI's number of it. */
  readonly type: number;
  readonly symbol: ElfSymbol;
  readonly addend: number;
}

export interface ElfSection {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly alignment: number;
  readonly bytes: Uint8Array;
  readonly relocations: readonly Relocation[];
}

export interface ElfObject {
  readonly sections: readonly ElfSection[];
  readonly symbols: readonly ElfSymbol[];
}

export const SECTION = { symbols: 2, relocations: 4, noBits: 8, unwind: 0x70000001 } as const;
export const FLAG = { write: 1, allocated: 2, code: 4 } as const;

const HEADER = { sectionsAt: 0x28, sectionCount: 0x3c, namesSection: 0x3e } as const;
const SECTION_BYTES = 64;
const SYMBOL_BYTES = 24;
const RELOCATION_BYTES = 24;
/** `\x7fELF`, 64 bits, little endian. */
const MAGIC = [0x7f, 0x45, 0x4c, 0x46, 2, 1];

interface SectionHeader {
  readonly name: number;
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly alignment: number;
}

/** Throws `RangeError` where the object is cut off. */
export function readObject(bytes: Uint8Array): ElfObject {
  if (MAGIC.some((b, i) => bytes[i] !== b)) throw new RangeError('this is no 64-bit ELF object');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headers = sectionHeaders(view);
  const contentOf = ({ type, offset, size }: SectionHeader) => {
    if (type === SECTION.noBits) return new Uint8Array(size);
    if (offset + size > bytes.length) throw new RangeError('a section lies outside of the object');
    return bytes.subarray(offset, offset + size);
  };
  const names = contentOf(headers[view.getUint16(HEADER.namesSection, true)]!);
  const table = headers.find((h) => h.type === SECTION.symbols);
  const symbols = table ? readSymbols(contentOf(table), contentOf(headers[table.link]!)) : [];
  const sections = headers.map((header, number) => ({
    name: textAt(names, header.name),
    type: header.type,
    flags: header.flags,
    alignment: Math.max(1, header.alignment),
    bytes: contentOf(header),
    relocations: headers
      .filter((h) => h.type === SECTION.relocations && h.info === number)
      .flatMap((h) => readRelocations(contentOf(h), symbols)),
  }));
  return { sections, symbols };
}

function sectionHeaders(view: DataView): SectionHeader[] {
  const start = Number(view.getBigUint64(HEADER.sectionsAt, true));
  return Array.from({ length: view.getUint16(HEADER.sectionCount, true) }, (_, k) => {
    const at = start + k * SECTION_BYTES;
    const word = (offset: number) => Number(view.getBigUint64(at + offset, true));
    return {
      name: view.getUint32(at, true),
      type: view.getUint32(at + 4, true),
      flags: word(8),
      offset: word(24),
      size: word(32),
      link: view.getUint32(at + 40, true),
      info: view.getUint32(at + 44, true),
      alignment: word(48),
    };
  });
}

/** Numbers that stand for no section (absolute values, common blocks) do not occur in kernels. */
function readSymbols(table: Uint8Array, names: Uint8Array): ElfSymbol[] {
  const view = viewOf(table);
  return Array.from({ length: table.length / SYMBOL_BYTES }, (_, k) => {
    const at = k * SYMBOL_BYTES;
    return {
      name: textAt(names, view.getUint32(at, true)),
      isGlobal: view.getUint8(at + 4) >> 4 === 1,
      section: view.getUint16(at + 6, true),
      value: Number(view.getBigUint64(at + 8, true)),
    };
  });
}

function readRelocations(table: Uint8Array, symbols: readonly ElfSymbol[]): Relocation[] {
  const view = viewOf(table);
  return Array.from({ length: table.length / RELOCATION_BYTES }, (_, k) => {
    const at = k * RELOCATION_BYTES;
    const symbol = symbols[view.getUint32(at + 12, true)];
    if (!symbol) throw new RangeError('a relocation names no symbol of the object');
    return {
      offset: Number(view.getBigUint64(at, true)),
      type: view.getUint32(at + 8, true),
      symbol,
      addend: Number(view.getBigInt64(at + 16, true)),
    };
  });
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const textAt = (names: Uint8Array, start: number): string =>
  Buffer.from(names.subarray(start, names.indexOf(0, start))).toString('latin1');
