/** Several buffers that get new contents at once, as copies one after the other. */

export interface Move {
  readonly from: number;
  readonly to: number;
}

/**
 * Copies that do what all moves do at once: no buffer is overwritten before it has been read. `to`s are distinct.
 * `spare` gives a buffer of the size of another, to break a cycle with.
 */
export function inSequence(moves: readonly Move[], spare: (like: number) => number): Move[] {
  const copies: Move[] = [];
  let pending = moves.filter((m) => m.from !== m.to);
  while (pending.length > 0) {
    const free = pending.filter((m) => !pending.some((other) => other.from === m.to));
    if (free.length > 0) {
      copies.push(...free);
      pending = pending.filter((m) => !free.includes(m));
      continue;
    }
    const { to } = pending[0]!;
    const kept = spare(to);
    copies.push({ from: to, to: kept });
    pending = pending.map((m) => (m.from === to ? { from: kept, to: m.to } : m));
  }
  return copies;
}
