/** Schedules of templates whose tasks are blocks of threads: what a block has, what each of its threads. */

/** A map kernel by blocks of threads: each thread has several vectors, whose neighbours other threads have. */
export interface MapBlocksSchedule {
  readonly threads: number;
  /** Elements of one access. */
  readonly lanes: number;
  readonly vectorsPerThread: number;
  /** Side of the square tiles by which inputs are turned round that lie along another loop; a power of two. */
  readonly tile: number;
}

/** A row pipeline by blocks of threads; threads and those of a row are powers of two. */
export interface RowsBlocksSchedule {
  readonly threads: number;
  readonly threadsPerRow: number;
  /** Threads are neighbours across rows, and a row's threads in different warps; else they are along the row. */
  readonly across: boolean;
  readonly lanes: number;
  /** Vectors of a row that a thread may keep from one stage to the next; longer rows are computed again in each. */
  readonly keptVectors: number;
}

/** A contraction by matrix instructions: tiles of a block, and of each of its warps (multiples of 16 and of 8). */
export interface MatrixBlocksSchedule {
  /** What the factors are multiplied as; both hold nothing else. */
  readonly element: 'bf16' | 'f16' | 's8';
  readonly rows: number;
  readonly columns: number;
  /** A multiple of 32 bytes' elements. */
  readonly depth: number;
  readonly warpRows: number;
  readonly warpColumns: number;
}

/** A contraction of few rows that is read along the depth: a warp has a few columns. */
export interface DotBlocksSchedule {
  readonly threads: number;
  readonly columns: number;
  /** Depths of one access. */
  readonly lanes: number;
}

/** A scan by blocks of threads, whole warps of them: a block has a row. */
export interface ScanBlocksSchedule {
  readonly threads: number;
}

/** A sort by blocks of threads: a block has a row, in shared memory. */
export interface SortBlocksSchedule {
  readonly threads: number;
}

/** Updates by blocks of threads: an element a thread. */
export interface ScatterBlocksSchedule {
  readonly threads: number;
}

/** A contraction by blocks of threads. */
export interface ContractionBlocksSchedule {
  /** The block's tile, and the depth of the pieces that it loads of both factors. */
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** A thread's part of the tile: rows × vectors of `lanes` columns. */
  readonly threadRows: number;
  readonly threadVectors: number;
  readonly lanes: number;
}
