/** Schedule rules: how a template's loops map to a target. Data out, so that every choice can be printed and replaced. */
import type { ElementType } from '../hlo/index.js';
import type { TargetInfo } from './target.js';

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
  /** False: only one order of combination is allowed (strict precision, or a combiner without identity). */
  readonly reorder: boolean;
}

export interface ContractionProblem {
  readonly template: 'contraction';
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly lhs: ElementType;
  readonly rhs: ElementType;
  readonly accumulate: ElementType;
}

export type Problem = MapProblem | RowsProblem | ContractionProblem;

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

export interface ContractionSchedule {
  readonly lanes: number;
  /** Register tile: rows × vectors. */
  readonly rows: number;
  readonly vectors: number;
  /** k steps between two visits of the result tile. */
  readonly depth: number;
  readonly unroll: number;
  readonly packLhs: boolean;
  readonly packRhs: boolean;
  /** Result rows of a task. */
  readonly rowsPerTask: number;
}

export interface ScheduleOf {
  map: MapSchedule;
  rows: RowsSchedule;
  contraction: ContractionSchedule;
}

export interface ScheduleRule<T extends keyof ScheduleOf = keyof ScheduleOf> {
  readonly kind: 'schedule';
  readonly name: string;
  readonly template: T;
  /** Sentence that says when the rule applies. */
  readonly when: string;
  readonly applies: (problem: Extract<Problem, { template: T }>, target: TargetInfo) => boolean;
  readonly choose: (problem: Extract<Problem, { template: T }>, target: TargetInfo) => ScheduleOf[T];
}

export const schedule = <T extends keyof ScheduleOf>(rule: Omit<ScheduleRule<T>, 'kind'>): ScheduleRule<T> => ({
  kind: 'schedule',
  ...rule,
});
