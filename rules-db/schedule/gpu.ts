/** How templates' loops map to the blocks, warps and threads of a graphics processor. */
import { ELEMENT, type ElementType, gpuSchedule, type ScheduleRule } from '../../src/rules/index.js';

/** Threads of a block where nothing asks for more: enough to hide the latency of memory, few enough to spread well. */
const BLOCK = 256;

/** Elements of one access of the widest kind, computed with or moved as they are. */
const lanesOf = (element: ElementType, vectorBits: number): number => {
  const { class: cls, bits } = ELEMENT[element];
  if (cls === 'complex') return 1;
  return Math.max(1, vectorBits / Math.max(32, bits));
};

export const Map_Blocks = gpuSchedule({
  name: 'Map_Blocks',
  template: 'map.blocks',
  when: 'any map kernel: a thread has 16 bytes of neighbours, a warp whole lines of memory',
  applies: () => true,
  choose: (p, target) => {
    const lanes = lanesOf(p.element, target.vectorBits);
    const elements = p.extents.reduce((n, e) => n * e, 1);
    // Several vectors a thread only where the processor stays full.
    const full = target.multiprocessors * 2048 * lanes;
    const vectorsPerThread = elements >= 4 * full && p.flopsPerElement <= 16 ? 2 : 1;
    return { threads: BLOCK, lanes, vectorsPerThread, tile: 32 };
  },
});

export const Map_Threads = gpuSchedule({
  name: 'Map_Threads',
  template: 'map',
  when: 'what is copied before updates: a few elements a thread',
  applies: () => true,
  choose: () => ({ lanes: 1, unroll: 1, elementsPerTask: 4, nontemporal: false }),
});

export const Rows_Threads = gpuSchedule({
  name: 'Rows_Threads',
  template: 'rows',
  when: 'neighbours in memory are rows: a row a thread, so that a warp touches whole lines of memory',
  applies: () => true,
  choose: () => ({
    lanes: 1,
    accumulators: 1,
    rowsPerTask: 1,
    keepCost: Number.POSITIVE_INFINITY,
    nontemporal: false,
  }),
});

/** Elements that make a block of threads worth its while. */
const WORTH_A_BLOCK = { row: 4096, column: 256 } as const;

export const Parts_FewBlocks = gpuSchedule({
  name: 'Parts_FewBlocks',
  template: 'parts',
  when: 'rows, a block of threads each or 32 a block, do not keep all multiprocessors busy',
  applies: (p) => p.rows > 0,
  choose: (p, target) => {
    const blocks = p.contiguous === 'row' ? p.rows : Math.ceil(p.rows / 32);
    const wanted = Math.ceil((4 * target.multiprocessors) / blocks);
    return { parts: Math.max(1, Math.min(wanted, Math.floor(p.columns / WORTH_A_BLOCK[p.contiguous]))) };
  },
});

/** Threads of a row, so that each has a few vectors of it: a power of two, whole warps where there are several. */
function threadsPerRow(vectors: number, most: number): number {
  let threads = 1;
  while (threads < most && vectors > (threads < 32 ? 2 : 8) * threads) threads *= 2;
  return threads;
}

export const Rows_Blocks = gpuSchedule({
  name: 'Rows_Blocks',
  template: 'rows.blocks',
  when: 'neighbours in memory are columns: the threads of a warp, or of several, have a row between them',
  applies: (p) => p.contiguous === 'row' && !p.windows && p.columns >= 4,
  choose: (p, target) => {
    const lanes = lanesOf(p.element, target.vectorBits);
    const perRow = threadsPerRow(p.columns / lanes, target.blockThreads);
    return { threads: Math.max(BLOCK, perRow), threadsPerRow: perRow, across: false, lanes, keptVectors: 8 };
  },
});

export const Rows_BlocksAcross = gpuSchedule({
  name: 'Rows_BlocksAcross',
  template: 'rows.blocks',
  when: 'neighbours in memory are rows, and there are many columns: a warp has 32 rows, several warps their columns',
  applies: (p, target) =>
    p.contiguous === 'column' && !p.windows && p.columns >= 32 && p.rows < 64 * target.multiprocessors * 32,
  choose: (p) => {
    const warps = Math.min(32, 2 ** Math.floor(Math.log2(p.columns / 4)));
    return { threads: 32 * warps, threadsPerRow: warps, across: true, lanes: 1, keptVectors: 4 };
  },
});

export const Scan_Blocks = gpuSchedule({
  name: 'Scan_Blocks',
  template: 'scan.blocks',
  when: 'neighbours in memory are elements of a row: a block a row, an element a thread at a time',
  applies: (p) => p.contiguous === 'row' && p.length >= 32,
  choose: (p) => ({ threads: p.length >= 256 ? BLOCK : 32 * Math.ceil(p.length / 32) }),
});

export const Scan_Threads = gpuSchedule({
  name: 'Scan_Threads',
  template: 'scan',
  when: 'any scan: a row a thread',
  applies: () => true,
  choose: () => ({ lanes: 1, vectors: 1, rowsPerTask: 1 }),
});

/** Places of 8 bytes that shared memory holds. */
const SORT_PLACES = 4096;

export const Sort_Blocks = gpuSchedule({
  name: 'Sort_Blocks',
  template: 'sort.blocks',
  when: 'rows by a key of up to 32 bits that fit shared memory: a block a row',
  applies: (p) => p.keyBits !== undefined && p.keyBits <= 32 && p.length >= 16 && p.length <= SORT_PLACES,
  choose: (p) => ({ threads: Math.min(512, Math.max(32, 2 ** Math.floor(Math.log2(p.length / 2)))) }),
});

export const Scatter_Blocks = gpuSchedule({
  name: 'Scatter_Blocks',
  template: 'scatter.blocks',
  when: 'updates that memory combines: an element a thread, in no order',
  applies: () => true,
  choose: () => ({ threads: BLOCK }),
});

export const Sort_Threads = gpuSchedule({
  name: 'Sort_Threads',
  template: 'sort',
  when: 'any rows and any comparator: a row a thread',
  applies: () => true,
  choose: () => ({ form: 'merge', lanes: 1, registers: 1, rowsPerTask: 1 }),
});

export const Fourier_Threads = gpuSchedule({
  name: 'Fourier_Threads',
  template: 'fourier',
  when: 'any transforms: a row a thread',
  applies: () => true,
  choose: () => ({ lanes: 1, rowsPerTask: 1, radix: 4 }),
});

/** Tiles from large to small, each with its threads' parts. */
const BLOCK_TILES = [
  { rows: 128, columns: 128, depth: 8, threadRows: 8, threadVectors: 2, lanes: 4 },
  { rows: 128, columns: 64, depth: 16, threadRows: 8, threadVectors: 1, lanes: 4 },
  { rows: 64, columns: 64, depth: 16, threadRows: 4, threadVectors: 1, lanes: 4 },
  { rows: 32, columns: 32, depth: 16, threadRows: 2, threadVectors: 1, lanes: 4 },
] as const;

/** Factors that matrix instructions take as they are, by what their sums must be kept in. */
const MATRIX_SUMS: Readonly<Record<string, ElementType>> = { bf16: 'f32', f16: 'f32', s8: 's32' };

export const Contraction_Matrix = gpuSchedule({
  name: 'Contraction_Matrix',
  template: 'matrix.blocks',
  when: 'factors of bf16, f16 or s8 both, enough of them to fill tiles: the processor multiplies matrices itself',
  applies: (p, target) =>
    target.capability >= 80 &&
    !p.sequential &&
    !p.columnsInBoth &&
    p.row.element === p.column.element &&
    MATRIX_SUMS[p.row.element] === p.accumulate &&
    p.rows >= 16 &&
    p.width >= 8 &&
    p.depth >= 16,
  choose: (p, target) => {
    const element = p.row.element as 'bf16' | 'f16' | 's8';
    const depth = element === 's8' ? 64 : 32;
    const blocks = p.outer * p.segments * Math.ceil(p.rows / 128) * Math.ceil(p.width / 128);
    return blocks >= target.multiprocessors
      ? { element, rows: 128, columns: 128, depth, warpRows: 64, warpColumns: 32 }
      : { element, rows: 64, columns: 64, depth, warpRows: 32, warpColumns: 32 };
  },
});

export const Contraction_Blocks = gpuSchedule({
  name: 'Contraction_Blocks',
  template: 'contraction.blocks',
  when: 'rows and columns that fill a tile: the largest one of which there are enough to keep the processor busy',
  applies: (p) =>
    !p.columnsInBoth && ELEMENT[p.accumulate].class !== 'complex' && p.rows >= 16 && p.width >= 16 && p.depth >= 8,
  choose: (p, target) => {
    const blocks = (t: { rows: number; columns: number }) =>
      p.outer * p.segments * Math.ceil(p.rows / t.rows) * Math.ceil(p.width / t.columns);
    return BLOCK_TILES.find((t) => blocks(t) >= target.multiprocessors) ?? BLOCK_TILES[BLOCK_TILES.length - 1]!;
  },
});

export const Contraction_DotBlocks = gpuSchedule({
  name: 'Contraction_DotBlocks',
  template: 'dot.blocks',
  when: 'matrix times few vectors, both read along the depth: a warp a column, so that memory is read in whole lines',
  applies: (p) =>
    !p.sequential &&
    !p.columnsInBoth &&
    ELEMENT[p.accumulate].class === 'float' &&
    p.rows <= 4 &&
    p.column.along === 'depth' &&
    p.row.along === 'depth' &&
    p.depthLoops.length === 1 &&
    p.depth >= 32,
  choose: (p, target) => ({
    threads: 128,
    columns: p.rows === 1 ? 2 : 1,
    lanes: lanesOf(p.row.element, target.vectorBits),
  }),
});

export const Contraction_Threads = gpuSchedule({
  name: 'Contraction_Threads',
  template: 'contraction',
  when: 'any contraction: a small tile of sums a thread',
  applies: () => true,
  choose: (p) => ({
    form: 'tile',
    lanes: 1,
    rows: Math.min(4, p.rows),
    vectors: Math.min(4, p.width),
    depthBlock: p.depthLoops[0] ?? 1,
    packRows: false,
    packColumns: 'no',
    rowTilesPerTask: 1,
    panelsPerTask: 1,
    epilogueInRegisters: true,
  }),
});

export const GPU_SCHEDULES = [
  Map_Blocks,
  Map_Threads,
  Parts_FewBlocks,
  Rows_Threads,
  Rows_Blocks,
  Rows_BlocksAcross,
  Scan_Blocks,
  Scan_Threads,
  Sort_Blocks,
  Scatter_Blocks,
  Sort_Threads,
  Fourier_Threads,
  Contraction_Matrix,
  Contraction_Blocks,
  Contraction_DotBlocks,
  Contraction_Threads,
] as unknown as readonly ScheduleRule[];
