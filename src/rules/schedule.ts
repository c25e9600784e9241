/** Schedule rules: how a template's loops map to a target. Data out, so that every choice can be printed and replaced. */
import type { ElementType } from '../hlo/index.js';
import type {
  ContractionBlocksSchedule,
  DotBlocksSchedule,
  MapBlocksSchedule,
  MatrixBlocksSchedule,
  RowsBlocksSchedule,
  ScanBlocksSchedule,
  ScatterBlocksSchedule,
  SortBlocksSchedule,
} from './schedule-blocks.js';
import type { Arch, TargetOf } from './target.js';

/** What a schedule may know of a kernel to be: sizes and costs, never which ops are in it. */
export interface MapProblem {
  readonly template: 'map';
  /** Loop extents, major to minor, merged as far as the accesses allow. */
  readonly extents: readonly number[];
  /** Widest element type touched. */
  readonly element: ElementType;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly flopsPerElement: number;
  /** Some input is contiguous along another loop than the output is. */
  readonly transposed: boolean;
}

export interface RowsProblem {
  readonly template: 'rows';
  readonly rows: number;
  /** Elements reduced a row in each stage, and stored a row. */
  readonly columns: number;
  /** The loop whose neighbours are neighbours in memory: along the row, or across rows. */
  readonly contiguous: 'row' | 'column';
  readonly element: ElementType;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Some rows are windows that overlap. */
  readonly windows: boolean;
  /** False: only one order of combination is allowed (strict precision, or a combiner without identity). */
  readonly reorder: boolean;
}

/** A reduction by itself: may its columns be cut in parts that are reduced side by side? */
export interface PartsProblem {
  readonly template: 'parts';
  /** Results, and elements that make one. */
  readonly rows: number;
  readonly columns: number;
  /** The loop whose neighbours are neighbours in memory: along the row, or across rows. */
  readonly contiguous: 'row' | 'column';
  readonly element: ElementType;
}

export interface PartsSchedule {
  /** 1: it stays whole. */
  readonly parts: number;
}

/** Rows along the scanned dimension. */
export interface ScanProblem {
  readonly template: 'scan';
  readonly rows: number;
  readonly length: number;
  /** The loop whose neighbours are neighbours in memory: along the row, or across rows. */
  readonly contiguous: 'row' | 'column';
  readonly element: ElementType;
  /** False: only one order of combination is allowed. */
  readonly reorder: boolean;
}

/** One factor of a product, as the tiles of the result read it. */
export interface FactorProblem {
  readonly element: ElementType;
  readonly elements: number;
  /** Loaded as it lies in memory: not computed, padded or chosen. */
  readonly plain: boolean;
  /** Neighbours in memory are neighbours along the depth, or along its side of the tile. */
  readonly along: 'depth' | 'side' | 'neither';
  /** In the loops of the depth its offset grows by equal steps from one point to the next. */
  readonly even: boolean;
}

/** result[outer, row, column] = Σ over depth of rowFactor[outer, row, depth] · columnFactor[outer, column, depth] */
export interface ContractionProblem {
  readonly template: 'contraction';
  readonly outer: number;
  readonly rows: number;
  /** Runs of columns that one vector may walk, and columns in each. */
  readonly segments: number;
  readonly width: number;
  readonly depth: number;
  /** Columns are a batch dimension: both factors have them, and lanes share nothing. */
  readonly columnsInBoth: boolean;
  /** Extents of the loops that the depth is walked in. */
  readonly depthLoops: readonly number[];
  readonly row: FactorProblem;
  readonly column: FactorProblem;
  /** Type that sums are kept in. */
  readonly accumulate: ElementType;
  /** Terms must be added one by one, in order. */
  readonly sequential: boolean;
  /** Operations on each element of the product before it is stored. */
  readonly epilogueCost: number;
}

/** Rows to put in order, each by itself. */
export interface SortProblem {
  readonly template: 'sort';
  readonly rows: number;
  readonly length: number;
  /** Elements of a row that are stored: the first of its new order. */
  readonly stored: number;
  /** Bits of a key that decides the order; undefined: only the comparator does. */
  readonly keyBits: number | undefined;
}

/** Fourier transforms of many rows. */
export interface FourierProblem {
  readonly template: 'fourier';
  readonly rows: number;
  readonly length: number;
  /** Type of the real and imaginary parts. */
  readonly element: ElementType;
}

/** Updates that memory combines by itself, in any order. */
export interface ScatterProblem {
  readonly template: 'scatter';
  /** Elements of all updates. */
  readonly updates: number;
}

/** Problems by template; with `ScheduleOf` what a template of one's own adds to by declaration merging. */
export interface ProblemOf {
  fourier: FourierProblem;
  sort: SortProblem;
  map: MapProblem;
  rows: RowsProblem;
  parts: PartsProblem;
  scan: ScanProblem;
  contraction: ContractionProblem;
  'map.blocks': MapProblem;
  'rows.blocks': RowsProblem;
  'contraction.blocks': ContractionProblem;
  'dot.blocks': ContractionProblem;
  'matrix.blocks': ContractionProblem;
  'scan.blocks': ScanProblem;
  'sort.blocks': SortProblem;
  'scatter.blocks': ScatterProblem;
}

export type Problem = ProblemOf[keyof ProblemOf];

export interface MapSchedule {
  readonly lanes: number;
  readonly unroll: number;
  /** Loop iterations (of the outer loops, times elements) that make a task worth a thread. */
  readonly elementsPerTask: number;
  readonly nontemporal: boolean;
}

export interface RowsSchedule {
  readonly lanes: number;
  /** Independent partial accumulators. */
  readonly accumulators: number;
  readonly rowsPerTask: number;
  /** A value of several passes is kept in a row buffer when it costs at least so many operations. */
  readonly keepCost: number;
  readonly nontemporal: boolean;
}

export interface ScanSchedule {
  readonly lanes: number;
  /** Vectors of rows scanned side by side, where lanes are rows. */
  readonly vectors: number;
  readonly rowsPerTask: number;
}

export interface ContractionSchedule {
  /** `tile`: vectors along columns. `dot`: vectors along the depth, added up at the end. */
  readonly form: 'tile' | 'dot';
  readonly lanes: number;
  /** Register tile: rows × vectors of columns. In form `dot` rows × accumulators. */
  readonly rows: number;
  readonly vectors: number;
  /** Iterations of the outermost depth loop between two visits of a tile. */
  readonly depthBlock: number;
  /** Rows are copied to a block of the task's own, in which depths are neighbours. */
  readonly packRows: boolean;
  /** Columns are copied to panels, in which a tile's columns are neighbours: by each task, or before all tasks. */
  readonly packColumns: 'no' | 'task' | 'before';
  readonly rowTilesPerTask: number;
  readonly panelsPerTask: number;
  /** The epilogue runs on the register tile itself, not in a loop over a copy of it. */
  readonly epilogueInRegisters: boolean;
}

export interface SortSchedule {
  /**
   * `merge`: merges of growing runs, by the comparator. `radix`: by the key's digits, the least first. `network`: as
   * many rows at a time as a vector has lanes, by compare-exchanges of whole vectors. `select`: only the first ones are
   * kept, those that come before the last of them being put in their place.
   */
  readonly form: 'merge' | 'radix' | 'network' | 'select';
  readonly lanes: number;
  /** Of a network: vectors that one visit of its memory keeps in registers. */
  readonly registers: number;
  readonly rowsPerTask: number;
}

export interface FourierSchedule {
  /** Rows transformed side by side, one a lane. */
  readonly lanes: number;
  readonly rowsPerTask: number;
  /** Largest power of two that one visit of memory transforms in registers. */
  readonly radix: number;
}

export interface ScheduleOf {
  fourier: FourierSchedule;
  sort: SortSchedule;
  map: MapSchedule;
  rows: RowsSchedule;
  parts: PartsSchedule;
  scan: ScanSchedule;
  contraction: ContractionSchedule;
  'map.blocks': MapBlocksSchedule;
  'rows.blocks': RowsBlocksSchedule;
  'contraction.blocks': ContractionBlocksSchedule;
  'dot.blocks': DotBlocksSchedule;
  'matrix.blocks': MatrixBlocksSchedule;
  'scan.blocks': ScanBlocksSchedule;
  'sort.blocks': SortBlocksSchedule;
  'scatter.blocks': ScatterBlocksSchedule;
}

/** Templates that have schedules. */
export type Template = keyof ScheduleOf & keyof ProblemOf;

export interface ScheduleRule<T extends Template = Template, A extends Arch = Arch> {
  readonly kind: 'schedule';
  readonly name: string;
  readonly template: T;
  /** The sort of machine that it is for. */
  readonly arch: A;
  /** Sentence that says when the rule applies. */
  readonly when: string;
  applies(problem: ProblemOf[T], target: TargetOf<A>): boolean;
  choose(problem: ProblemOf[T], target: TargetOf<A>): ScheduleOf[T];
}

type Parts<T extends Template, A extends Arch> = Omit<ScheduleRule<T, A>, 'kind' | 'arch'>;

/** For processors. */
export const schedule = <T extends Template>(rule: Parts<T, 'x86-64'>): ScheduleRule<T, 'x86-64'> => ({
  kind: 'schedule',
  arch: 'x86-64',
  ...rule,
});

/**
 * For graphics processors. Of templates named `….blocks` the tasks are blocks of threads; of all others each task is
 * one thread.
 */
export const gpuSchedule = <T extends Template>(rule: Parts<T, 'nvptx'>): ScheduleRule<T, 'nvptx'> => ({
  kind: 'schedule',
  arch: 'nvptx',
  ...rule,
});
