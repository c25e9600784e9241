/**
 * Finds data races: two threads touch one element, at least one of them writes it, and nothing orders them.
 *
 * Threads of a block are ordered by its barriers, threads of different blocks (and tasks of a kernel without blocks) by
 * nothing. Updates by atomics do not race with each other, nor do writes of one and the same value (tiles that overlap
 * where the extent is no multiple of theirs).
 */

/** Who touches memory, and between which barriers: epochs of all blocks are numbered through. */
export interface Moment {
  /** The running thread's number among those of all blocks. */
  agent: number;
  block: number;
  epoch: number;
}

export type Touch = 'reads' | 'writes' | 'updates';

/** Several of them; numbers are kept plus 1, so that 0 says nobody. */
const SEVERAL = -1;

/** What happened to the elements of one buffer. */
export class AccessLog {
  private readonly writer: Int32Array;
  private readonly writeEpoch: Int32Array;
  private readonly writingBlock: Int32Array;
  private readonly atomic: Uint8Array;
  private readonly reader: Int32Array;
  private readonly readEpoch: Int32Array;
  private readonly readingBlock: Int32Array;

  constructor(count: number) {
    const numbers = () => new Int32Array(count);
    this.writer = numbers();
    this.writeEpoch = numbers();
    this.writingBlock = numbers();
    this.atomic = new Uint8Array(count);
    this.reader = numbers();
    this.readEpoch = numbers();
    this.readingBlock = numbers();
  }

  /** Of shared memory when the next block starts. */
  clear(): void {
    for (const a of [this.writer, this.writingBlock, this.reader, this.readingBlock]) a.fill(0);
  }

  /**
   * Notes the access. Gives the sort of access of another thread that it races with, if it does. `same`: a write that
   * changes nothing.
   */
  touch(how: Touch, at: number, now: Moment, same = false): Touch | undefined {
    const race =
      (same && this.atomic[at] === 0 ? undefined : this.raceWithWrite(how, at, now)) ??
      (how === 'reads' ? undefined : this.raceWithRead(at, now));
    if (how === 'reads') this.noteRead(at, now);
    else this.noteWrite(how, at, now);
    return race;
  }

  private raceWithWrite(how: Touch, at: number, now: Moment): Touch | undefined {
    const writer = this.writer[at]!;
    const atomic = this.atomic[at] === 1;
    if (writer === 0 || writer === now.agent + 1 || (how === 'updates' && atomic)) return undefined;
    if (this.writingBlock[at] === now.block + 1 && this.writeEpoch[at] !== now.epoch) return undefined;
    return atomic ? 'updates' : 'writes';
  }

  private raceWithRead(at: number, now: Moment): Touch | undefined {
    const block = this.readingBlock[at]!;
    if (block !== 0 && block !== now.block + 1) return 'reads';
    const reader = this.reader[at]!;
    return reader !== 0 && reader !== now.agent + 1 && this.readEpoch[at] === now.epoch ? 'reads' : undefined;
  }

  private noteRead(at: number, now: Moment): void {
    const before = this.readEpoch[at] === now.epoch ? this.reader[at]! : 0;
    this.reader[at] = joined(before, now.agent);
    this.readEpoch[at] = now.epoch;
    this.readingBlock[at] = joined(this.readingBlock[at]!, now.block);
  }

  private noteWrite(how: Touch, at: number, now: Moment): void {
    const goesOn = how === 'updates' && this.atomic[at] === 1;
    this.writer[at] = joined(goesOn ? this.writer[at]! : 0, now.agent);
    this.writingBlock[at] = joined(goesOn ? this.writingBlock[at]! : 0, now.block);
    this.writeEpoch[at] = now.epoch;
    this.atomic[at] = how === 'updates' ? 1 : 0;
  }
}

/** `number` joins those noted: alone, or one of several. */
const joined = (noted: number, number: number): number => (noted === 0 || noted === number + 1 ? number + 1 : SEVERAL);
