/** Digits as text. */
const SHADES = ' .:-=+*#%@';
const SIDE = 8;

export interface Picture {
  /** SIDE × SIDE, from 0 (white) to 1. */
  readonly pixels: ArrayLike<number>;
  /** Below the picture. */
  readonly caption: string;
}

/** Two characters a pixel, which makes it about square. */
const row = (pixels: ArrayLike<number>, y: number): string =>
  Array.from({ length: SIDE }, (_, x) => {
    const shade = SHADES[Math.round(pixels[y * SIDE + x]! * (SHADES.length - 1))]!;
    return shade + shade;
  }).join('');

/** Side by side. */
export function pictures(all: readonly Picture[]): string {
  const line = (parts: readonly string[]) => `  ${parts.map((part) => part.padEnd(2 * SIDE + 2)).join('')}`.trimEnd();
  const rows = Array.from({ length: SIDE }, (_, y) => line(all.map((p) => row(p.pixels, y))));
  return [...rows, line(all.map((p) => p.caption))].join('\n');
}
