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
const bytesOf = (sum: ElementType): number => bitsOf(sum) / 8;

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
  const most = complex ? atLeast1(best.rows / 2) : best.rows;
  return { rows: atLeast1(ceil(p.rows, ceil(p.rows, most))), vectors: best.vectors };
}

/** Depths of a panel that a task packs for itself. */
const PANEL_DEPTH = 640;
/** Work that is worth a thread's while. */
const TASK_FLOPS = 1 << 20;
/** Bytes of its own that a task may keep on its stack: packed rows and columns, and sums between depth blocks. */
const PANEL_BYTES = 160 * 1024;
const SUM_BYTES = 64 * 1024;

/** Pieces of equal size, none above `most`. */
const balanced = (total: number, most: number): number => Math.max(1, ceil(total, Math.max(1, ceil(total, most))));

function tiled(p: ContractionProblem, target: TargetInfo): ContractionSchedule {
  const lanes = lanesFor(p, p.width, target);
  const { rows, vectors } = tileOf(p, lanes, target);
  const bytes = bytesOf(p.accumulate) * (ELEMENT[p.accumulate].class === 'complex' ? 2 : 1);
  const complex = ELEMENT[p.accumulate].class === 'complex';
  const columnsOfTile = vectors * lanes;
  const tiles = ceil(p.rows, rows);
  const panels = p.segments * Math.max(1, ceil(p.width, columnsOfTile));
  const same = (f: ContractionProblem['row']) => f.element === p.accumulate;

  // Packing pays where an element is read again and again, or where it cannot be read as it is.
  const readsRows = p.row.plain && p.row.even && same(p.row) && (p.row.along === 'depth' || panels <= 2);
  const wantsRows = !complex && !p.columnsInBoth && !readsRows && panels > 1 - Number(!p.row.plain) && p.depth > 1;
  const bytesOfColumns = p.width * p.depth * bytes;
  const inPlace =
    p.column.plain &&
    same(p.column) &&
    p.column.along === 'side' &&
    (tiles <= 4 || (p.segments === 1 && p.width <= columnsOfTile && bytesOfColumns <= target.l2 / 2));
  const packsColumns = !complex && !inPlace && tiles > 1 && p.depth > 0;
  const packedElements = p.outer * panels * columnsOfTile * p.depth;
  // Where the rows stay in the cache, each task may pack panels for itself: they never leave it.
  const rowsStay = p.rows * Math.min(p.depth, PANEL_DEPTH) * bytes <= target.l2 / 2;
  const innerDepth = p.depthLoops.slice(1).reduce((n, x) => n * x, 1);
  const outerDepth = p.depthLoops[0] ?? 1;
  const before = packedElements <= 2 * p.column.elements + 4096;
  const fits = columnsOfTile * innerDepth * bytes <= PANEL_BYTES;
  const packColumns = !packsColumns ? 'no' : (before && !rowsStay) || !fits ? 'before' : 'task';
  const rowBytes = packColumns === 'task' ? PANEL_BYTES / 2 : PANEL_BYTES;
  // Packed along the depth each row has a line; packed across, a tile takes whole vectors.
  const rowWidth = p.row.along === 'side' ? Math.max(rows, target.vectorBits / bitsOf(p.accumulate)) : rows;
  const packRows = wantsRows && rowWidth * (innerDepth + 16) * bytes <= rowBytes;
  const panelBytes = packRows ? PANEL_BYTES / 2 : PANEL_BYTES;

  // Blocks of the depth: as long as the caches and the task's own memory allow.
  const isEven = p.depthLoops.length <= 1 || ((packRows || p.row.even) && (packColumns !== 'no' || p.column.even));
  const longest = Math.min(
    !isEven ? Number.POSITIVE_INFINITY : packColumns === 'task' ? PANEL_DEPTH : packRows ? 1280 : 1024,
    packColumns === 'task' ? panelBytes / (columnsOfTile * bytes) : Number.POSITIVE_INFINITY,
    packRows ? rowBytes / (rowWidth * bytes) - 16 : Number.POSITIVE_INFINITY,
  );
  const depthBlock = Math.max(1, Math.min(outerDepth, balanced(outerDepth, atLeast1(longest / innerDepth))));
  const depthOfBlock = depthBlock * innerDepth;

  const flopsOfTile = 2 * rows * columnsOfTile * p.depth;
  const rowRoom = packRows ? atLeast1(rowBytes / (rowWidth * (depthOfBlock + 16) * bytes)) : Number.POSITIVE_INFINITY;
  const blocked = depthBlock < outerDepth;
  let rowTilesPerTask: number;
  let panelsPerTask: number;
  if (packColumns === 'task') {
    rowTilesPerTask = Math.min(tiles, rowRoom);
    panelsPerTask = atLeast1(TASK_FLOPS / (flopsOfTile * tiles));
  } else {
    const wantedRows = Math.min(tiles, rowRoom, Math.max(ceil(48, rows), 1));
    rowTilesPerTask = Math.max(1, Math.min(wantedRows, Math.max(1, ceil(tiles, 8))));
    const perRowBlock = flopsOfTile * rowTilesPerTask;
    panelsPerTask = Math.min(panels, Math.max(4, ceil(4 * TASK_FLOPS, perRowBlock)));
    if (panelsPerTask >= panels) {
      rowTilesPerTask = Math.min(
        tiles,
        rowRoom,
        Math.max(rowTilesPerTask, ceil(TASK_FLOPS, flopsOfTile * Math.max(1, panels))),
      );
    }
  }
  if (blocked) {
    const tileBytes = rows * columnsOfTile * bytes;
    const room = Math.max(1, atLeast1(SUM_BYTES / tileBytes));
    panelsPerTask = Math.min(panelsPerTask, Math.max(1, atLeast1(room / rowTilesPerTask)));
    rowTilesPerTask = Math.min(rowTilesPerTask, room);
  }
  return {
    form: 'tile',
    lanes,
    rows,
    vectors,
    depthBlock,
    packRows,
    packColumns,
    rowTilesPerTask,
    panelsPerTask,
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
    const rows = Math.min(4, Math.max(1, p.width));
    return {
      form: 'dot',
      lanes,
      rows,
      vectors: p.depth >= 4 * lanes ? 2 : 1,
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
