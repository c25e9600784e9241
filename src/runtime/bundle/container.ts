/**
 * The file that a bundle is: a header and sections, each with its checksum, as strict as a format can be. docs/bundle.md
 * describes it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { alignUp } from '../memory.js';
import { BundleError, type Field, parseJson } from './field.js';
import { cutOff, type Source } from './source.js';

const MAGIC = Buffer.from('THIMBNDL', 'latin1');
export const FORMAT_VERSION = 1;
/** Magic, format version and length of the header (u32, little endian), SHA-256 of the header. */
const PREFIX = { version: 8, headerBytes: 12, checksum: 16, end: 48 } as const;
const MAX_HEADER_BYTES = 16 * 2 ** 20;
/** Sections begin at multiples of it; the bytes between are 0. */
const SECTION_ALIGNMENT = 64;
const CHECKSUM_BYTES = 32;
/** What is hashed, or written, at a time: Node takes less than 2 GiB. */
const CHUNK_BYTES = 2 ** 26;

interface Section {
  readonly offset: number;
  readonly bytes: number;
  /** Of its content, as hexadecimal digits. */
  readonly sha256: string;
}

export interface NewSection {
  readonly name: string;
  readonly bytes: number;
  /** Made when it is written, so that not all sections are in memory at once. */
  readonly content: () => Uint8Array;
}

/** Do the bytes begin as a bundle does? */
export const isBundle = (start: Uint8Array): boolean => MAGIC.every((b, i) => start[i] === b);

function sha256(bytes: Uint8Array): Buffer {
  const hash = createHash('sha256');
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) hash.update(bytes.subarray(at, at + CHUNK_BYTES));
  return hash.digest();
}

/** A container that is open: its header is sound, its sections tile the file. */
export class Container {
  private constructor(
    private readonly source: Source,
    /** All of it but the sections. */
    readonly header: Field,
    private readonly sections: ReadonlyMap<string, Section>,
  ) {}

  /** Throws `BundleError` where the file is no bundle, or a damaged one. */
  static open(source: Source): Container {
    const prefix = Buffer.alloc(PREFIX.end);
    source.read(0, prefix.subarray(0, Math.min(source.bytes, PREFIX.end)));
    if (!isBundle(prefix)) throw new BundleError('it is no bundle');
    const version = prefix.readUInt32LE(PREFIX.version);
    if (version !== FORMAT_VERSION) {
      throw new BundleError(`it has format ${version}, and this runtime reads format ${FORMAT_VERSION}; make it again`);
    }
    const headerBytes = prefix.readUInt32LE(PREFIX.headerBytes);
    if (headerBytes > MAX_HEADER_BYTES) throw new BundleError(`its header has ${headerBytes} bytes, which is too many`);
    if (PREFIX.end + headerBytes > source.bytes) throw cutOff();
    const text = new Uint8Array(headerBytes);
    source.read(PREFIX.end, text);
    if (!sha256(text).equals(prefix.subarray(PREFIX.checksum))) throw damaged('header');
    const header = parseJson(text, 'header');
    return new Container(
      source,
      header,
      placeSections(source, PREFIX.end + headerBytes, header.get('sections').list()),
    );
  }

  has = (name: string): boolean => this.sections.has(name);

  /** A section's content, its checksum verified. */
  read(name: string): Uint8Array {
    const section = this.sections.get(name);
    if (!section) throw new BundleError(`it has no section ${name}`);
    const content = new Uint8Array(section.bytes);
    this.source.read(section.offset, content);
    if (sha256(content).toString('hex') !== section.sha256) throw damaged(`section ${name}`);
    return content;
  }

  json = (name: string): Field => parseJson(this.read(name), name);
}

const damaged = (what: string): BundleError =>
  new BundleError(`its ${what} is damaged: the checksum does not match; copy or make the bundle again`);

/** One section behind the other, nothing but zeros between, nothing behind the last, no name twice. */
function placeSections(source: Source, start: number, list: readonly Field[]): Map<string, Section> {
  const placed = new Map<string, Section>();
  let end = start;
  for (const field of list) {
    const name = field.get('name').text();
    const bytes = field.get('bytes').count();
    const offset = alignUp(end, SECTION_ALIGNMENT);
    if (offset + bytes > source.bytes) throw cutOff();
    const between = new Uint8Array(offset - end);
    source.read(end, between);
    if (between.some((b) => b !== 0)) throw new BundleError(`there is something between its sections, before ${name}`);
    if (placed.has(name)) throw new BundleError(`it has two sections ${name}`);
    placed.set(name, { offset, bytes, sha256: field.get('sha256').text() });
    end = offset + bytes;
  }
  if (end !== source.bytes) throw new BundleError(`it has ${source.bytes - end} bytes too many`);
  return placed;
}

/** Writes a container; an interrupted or failing one leaves nothing under the name. */
export function writeContainer(file: string, header: object, sections: readonly NewSection[]): void {
  const temporary = `${file}.${process.pid}-${randomBytes(4).toString('hex')}`;
  const fd = openSync(temporary, 'wx');
  try {
    writeAll(fd, header, sections);
    renameSync(temporary, file);
  } catch (e) {
    rmSync(temporary, { force: true });
    throw e;
  } finally {
    closeSync(fd);
  }
}

/** The header is written last, for it holds checksums; its length is known before, for they are of one length. */
function writeAll(fd: number, header: object, sections: readonly NewSection[]): void {
  const listed = sections.map(({ name, bytes }) => ({ name, bytes, sha256: '0'.repeat(2 * CHECKSUM_BYTES) }));
  const textOf = () => Buffer.from(JSON.stringify({ ...header, sections: listed }));
  let end = PREFIX.end + textOf().length;
  sections.forEach(({ name, bytes, content }, k) => {
    const made = content();
    if (made.length !== bytes) throw new Error(`internal error: section ${name} has ${made.length} bytes`);
    listed[k]!.sha256 = sha256(made).toString('hex');
    const offset = alignUp(end, SECTION_ALIGNMENT);
    writeAt(fd, offset, made);
    end = offset + bytes;
  });
  ftruncateSync(fd, end);
  const text = textOf();
  if (text.length > MAX_HEADER_BYTES) throw new RangeError('the program has too many inputs or constants for a bundle');
  const prefix = Buffer.alloc(PREFIX.end);
  MAGIC.copy(prefix);
  prefix.writeUInt32LE(FORMAT_VERSION, PREFIX.version);
  prefix.writeUInt32LE(text.length, PREFIX.headerBytes);
  sha256(text).copy(prefix, PREFIX.checksum);
  writeAt(fd, 0, prefix);
  writeAt(fd, PREFIX.end, text);
}

function writeAt(fd: number, offset: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, Math.min(bytes.length - done, CHUNK_BYTES), offset + done);
  }
}
