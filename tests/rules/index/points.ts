/** Points, shapes and orders that the tests of the index algebra enumerate. */

export function* everyPoint(extents: Readonly<Record<string, number>>): Generator<Record<string, number>> {
  const names = Object.keys(extents);
  const count = names.reduce((n, name) => n * extents[name]!, 1);
  for (let k = 0; k < count; k++) {
    let rest = k;
    const at: Record<string, number> = {};
    for (const name of names) {
      at[name] = rest % extents[name]!;
      rest = Math.floor(rest / extents[name]!);
    }
    yield at;
  }
}

/** Every way to write n as a product of ordered factors above 1. */
export function factorizations(n: number): number[][] {
  if (n === 1) return [[]];
  const all: number[][] = [];
  for (let f = 2; f <= n; f++) if (n % f === 0) for (const rest of factorizations(n / f)) all.push([f, ...rest]);
  return all;
}

/** 0 … n − 1 in the order that `seed` stands for. */
export function shuffled(n: number, seed: number): number[] {
  const left = Array.from({ length: n }, (_, i) => i);
  const order: number[] = [];
  let s = seed;
  while (left.length > 0) {
    order.push(...left.splice(s % left.length, 1));
    s = Math.floor(s / 3) + 7;
  }
  return order;
}
