/** Register tiles, packing and tasks of contractions. */
import {
  type ContractionProblem,
  type ContractionSchedule,
  ELEMENT,
  type ElementType,
  type ScheduleRule,
  schedule,
  type TargetInfo,
} from '../../src/rules/index.js';

const bitsOf = (sum: ElementType): number => {
  const { class: cls, bits } = ELEMENT[sum];
  return cls === 'complex' ? bits / 2 : Math.max(8, bits);
};

/** No wider than it takes to hold the columns. */
function lanesFor(p: ContractionProblem, extent: number, target: TargetInfo): number {
  let lanes = target.vectorBits / bitsOf(p.accumulate);
  while (lanes > 1 && lanes / 2 >= extent) lanes /= 2;
  return lanes;
}

/**
 * Rows of a tile of so many vectors: accumulators, a panel's vectors and a spread row must fit the registers. What a
 * k step takes beyond its fmas: loads of the panel and of each row.
 */
const TILES: Readonly<Record<16 | 32, readonly { vectors: number; rows: number; efficiency: number }[]>> = {
  32: [
    { vectors: 4, rows: 6, efficiency: 1 },
    { vectors: 3, rows: 8, efficiency: 0.99 },
    { vectors: 2, rows: 12, efficiency: 0.95 },
    { vectors: 1, rows: 14, efficiency: 0.6 },
  ],
  16: [
    { vectors: 2, rows: 6, efficiency: 1 },
    { vectors: 3, rows: 4, efficiency: 0.97 },
    { vectors: 1, rows: 10, efficiency: 0.6 },
  ],
};

const ceil = (n: number, by: number): number => Math.ceil(n / by);
const atLeast1 = (n: number): number => Math.max(1, Math.floor(n));

function tileOf(p: ContractionProblem, lanes: number, target: TargetInfo): { rows: number; vectors: number } {
  const vectorsOfColumns = Math.max(1, ceil(p.width, lanes));
  if (p.rows === 1) return { rows: 1, vectors: Math.min(8, vectorsOfColumns) };
  const complex = ELEMENT[p.accumulate].class === 'complex';
  const fits = TILES[target.vectorRegisters].filter((t) => t.vectors <= vectorsOfColumns);
  const cost = (t: (typeof fits)[number]) => (ceil(vectorsOfColumns, t.vectors) * t.vectors) / t.efficiency;
  const best = fits.reduce((x, y) => (cost(y) < cost(x) ? y : x));
  // Lanes that share nothing gain nothing from many rows.
  const most = p.columnsInBoth ? 4 : complex ? atLeast1(best.rows / 2) : best.rows;
  return { rows: atLeast1(ceil(p.rows, ceil(p.rows, most))), vectors: best.vectors };
}

/** Work that is worth a thread's while. */
const TASK_FLOPS = 1 << 20;
/** Depths of a block: where a task packs its own panels, where it packs rows, where it packs neither. */
const PANEL_DEPTH = 640;
const ROW_DEPTH = 1280;
const SHARED_DEPTH = 1024;
/** Where columns are read in place from beyond the caches: few depths at a time, each a stream of its own. */
const STREAMS = { one: 8, several: 16 } as const;
/** Bytes of its own that a task may keep on its stack: packed rows and columns, and sums between depth blocks. */
const PANEL_BYTES = 160 * 1024;
const SUM_BYTES = 64 * 1024;

/** Pieces of equal size, none above `most`. */
const balanced = (total: number, most: number): number => Math.max(1, ceil(total, Math.max(1, ceil(total, most))));

/** Tiles of a problem, counted. */
interface Tiles {
  readonly lanes: number;
  readonly rows: number;
  readonly vectors: number;
  readonly columns: number;
  readonly down: number;
  readonly panels: number;
  /** Bytes of a sum. */
  readonly bytes: number;
  readonly flops: number;
}

function tilesOf(p: ContractionProblem, target: TargetInfo): Tiles {
  const lanes = lanesFor(p, p.width, target);
  const { rows, vectors } = tileOf(p, lanes, target);
  const columns = vectors * lanes;
  return {
    lanes,
    rows,
    vectors,
    columns,
    down: ceil(p.rows, rows),
    panels: p.segments * Math.max(1, ceil(p.width, columns)),
    bytes: ELEMENT[p.accumulate].bytes,
    flops: 2 * rows * columns * p.depth,
  };
}

type Packing = Pick<ContractionSchedule, 'packRows' | 'packColumns'> & {
  /** Bytes that each side's packed block may take, and rows that a packed tile takes. */
  readonly rowBytes: number;
  readonly panelBytes: number;
  readonly rowWidth: number;
};

/** Packing pays where an element is read again and again, or where it cannot be read as it is. */
function packingOf(p: ContractionProblem, t: Tiles, target: TargetInfo): Packing {
  const packable = ELEMENT[p.accumulate].class !== 'complex' && p.depth > 0;
  const asItIs = (f: ContractionProblem['row']) => f.plain && f.element === p.accumulate;
  const innerDepth = innerDepthOf(p);

  const cached = p.segments === 1 && p.width <= t.columns && p.width * p.depth * t.bytes <= target.l2 / 2;
  const columnsInPlace = asItIs(p.column) && p.column.along === 'side' && (t.down <= 4 || cached);
  const packedElements = p.outer * t.panels * t.columns * p.depth;
  // Where the rows stay in the cache, each task may pack panels for itself: they never leave it.
  const rowsStay = p.rows * Math.min(p.depth, PANEL_DEPTH) * t.bytes <= target.l2 / 2;
  const mayBefore = packedElements <= 2 * p.column.elements + 4096;
  const mayTask = t.columns * innerDepth * t.bytes <= PANEL_BYTES / 2;
  const packColumns =
    !packable || columnsInPlace || t.down === 1 ? 'no' : (mayBefore && !rowsStay) || !mayTask ? 'before' : 'task';

  const rowsInPlace = asItIs(p.row) && p.row.even && (p.row.along === 'depth' || t.panels <= 2);
  const readAgain = t.panels > (p.row.plain ? 1 : 0);
  const rowBytes = packColumns === 'task' ? PANEL_BYTES / 2 : PANEL_BYTES;
  // Packed along the depth each row has a line; packed across, a tile takes whole vectors.
  const rowWidth = p.row.along === 'side' ? Math.max(t.rows, target.vectorBits / bitsOf(p.accumulate)) : t.rows;
  const packRows =
    packable &&
    p.depth > 1 &&
    !p.columnsInBoth &&
    !rowsInPlace &&
    readAgain &&
    rowWidth * (innerDepth + 16) * t.bytes <= rowBytes;
  return { packRows, packColumns, rowBytes, rowWidth, panelBytes: packRows ? PANEL_BYTES / 2 : PANEL_BYTES };
}

const innerDepthOf = (p: ContractionProblem): number => p.depthLoops.slice(1).reduce((n, x) => n * x, 1);

/** Are columns read once, in place, from memory beyond the caches? */
const isStreamed = (p: ContractionProblem, t: Tiles, k: Packing, target: TargetInfo): boolean =>
  t.down === 1 && k.packColumns === 'no' && p.column.along === 'side' && p.width * p.depth * t.bytes > target.l2;

/** Iterations of the outermost depth loop in a block: as long as the caches and the task's own memory allow. */
function depthBlockOf(p: ContractionProblem, t: Tiles, k: Packing, target: TargetInfo): number {
  const isFlat = p.depthLoops.length <= 1 || ((k.packRows || p.row.even) && (k.packColumns !== 'no' || p.column.even));
  const streams = p.rows === 1 ? STREAMS.one : STREAMS.several;
  const inPlace = isStreamed(p, t, k, target) ? streams : SHARED_DEPTH;
  const wanted = k.packColumns === 'task' ? PANEL_DEPTH : k.packRows ? ROW_DEPTH : inPlace;
  const longest = Math.min(
    isFlat ? wanted : Number.POSITIVE_INFINITY,
    k.packColumns === 'task' ? k.panelBytes / (t.columns * t.bytes) : Number.POSITIVE_INFINITY,
    k.packRows ? k.rowBytes / (k.rowWidth * t.bytes) - 16 : Number.POSITIVE_INFINITY,
  );
  const outermost = p.depthLoops[0] ?? 1;
  return Math.max(1, Math.min(outermost, balanced(outermost, atLeast1(longest / innerDepthOf(p)))));
}

/** Tiles of a task: enough to be worth a thread, few enough to leave work for others and to stay in its memory. */
function taskOf(p: ContractionProblem, t: Tiles, k: Packing, depthBlock: number, target: TargetInfo) {
  const depth = depthBlock * innerDepthOf(p);
  const room = k.packRows ? atLeast1(k.rowBytes / (k.rowWidth * (depth + 16) * t.bytes)) : t.down;
  const fewest = isStreamed(p, t, k, target) ? ceil(t.panels, Math.max(4, 2 * target.threads)) : 4;
  const shape = k.packColumns === 'task' ? ownPanels(t, room) : sharedPanels(t, room, fewest);
  if (depthBlock >= (p.depthLoops[0] ?? 1)) return shape;
  const kept = atLeast1(SUM_BYTES / (t.rows * t.columns * t.bytes));
  const rowTilesPerTask = Math.min(shape.rowTilesPerTask, kept);
  return { rowTilesPerTask, panelsPerTask: Math.min(shape.panelsPerTask, atLeast1(kept / rowTilesPerTask)) };
}

/** A task that packs a panel makes all of its tiles. */
const ownPanels = (t: Tiles, room: number) => ({
  rowTilesPerTask: Math.min(t.down, room),
  panelsPerTask: atLeast1(TASK_FLOPS / (t.flops * t.down)),
});

/** Around 48 rows, all panels: less where there are few rows, more where a tile is little work. */
function sharedPanels(t: Tiles, room: number, fewest: number) {
  const rows = Math.min(t.down, room, ceil(48, t.rows), ceil(t.down, 8));
  const panelsPerTask = Math.min(t.panels, Math.max(fewest, ceil(4 * TASK_FLOPS, t.flops * rows)));
  if (panelsPerTask < t.panels) return { rowTilesPerTask: rows, panelsPerTask };
  const worthwhile = ceil(TASK_FLOPS, t.flops * t.panels);
  return { rowTilesPerTask: Math.min(t.down, room, Math.max(rows, worthwhile)), panelsPerTask };
}

function tiled(p: ContractionProblem, target: TargetInfo): ContractionSchedule {
  const tiles = tilesOf(p, target);
  const packing = packingOf(p, tiles, target);
  const depthBlock = depthBlockOf(p, tiles, packing, target);
  const { lanes, rows, vectors } = tiles;
  return {
    form: 'tile',
    lanes,
    rows,
    vectors,
    depthBlock,
    packRows: packing.packRows,
    packColumns: packing.packColumns,
    ...taskOf(p, tiles, packing, depthBlock, target),
    epilogueInRegisters: p.epilogueCost * rows * vectors <= 96,
  };
}

export const Contraction_Dot = schedule({
  name: 'Contraction_Dot',
  template: 'contraction',
  when: 'matrix times vector, both read along the depth: memory is read once, in order, so vectors run along the depth',
  applies: (p) =>
    !p.sequential &&
    ELEMENT[p.accumulate].class === 'float' &&
    p.rows <= 4 &&
    p.column.along === 'depth' &&
    p.row.along === 'depth' &&
    p.depthLoops.length === 1 &&
    p.depth >= 8,
  choose: (p, target) => {
    const lanes = lanesFor(p, p.depth, target);
    const vectors = p.depth >= 4 * lanes ? 2 : 1;
    const sums = atLeast1(target.vectorRegisters / 2 / (p.rows * vectors));
    const rows = Math.max(1, Math.min(4, sums, p.width));
    return {
      form: 'dot',
      lanes,
      rows,
      vectors,
      depthBlock: p.depth,
      packRows: false,
      packColumns: 'no',
      rowTilesPerTask: 1,
      panelsPerTask: atLeast1((1 << 17) / (rows * p.depth)),
      epilogueInRegisters: true,
    };
  },
});

export const Contraction_Tiles = schedule({
  name: 'Contraction_Tiles',
  template: 'contraction',
  when: 'any contraction: register tiles of as many sums as the registers hold, over panels that fit the caches',
  applies: () => true,
  choose: tiled,
});

export const CONTRACTION_SCHEDULES = [Contraction_Dot, Contraction_Tiles] as unknown as readonly ScheduleRule[];
