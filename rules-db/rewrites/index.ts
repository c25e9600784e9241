/** The rewrites, grouped by root op. */
import { type Rule, rulesIn } from '../../src/rules/index.js';
import * as add from './add.js';
import * as argReduce from './arg-reduce.js';
import * as batchNorm from './batch-norm.js';
import * as bitcast from './bitcast.js';
import * as broadcast from './broadcast.js';
import * as cholesky from './cholesky.js';
import * as collective from './collective.js';
import * as compare from './compare.js';
import * as complex from './complex.js';
import * as concatenate from './concatenate.js';
import * as control from './control.js';
import * as convert from './convert.js';
import * as divide from './divide.js';
import * as dot from './dot.js';
import * as dynamic from './dynamic.js';
import * as extremes from './extremes.js';
import * as identity from './identity.js';
import * as indexed from './indexed.js';
import * as lapack from './lapack.js';
import * as logic from './logic.js';
import * as multiply from './multiply.js';
import * as pad from './pad.js';
import * as power from './power.js';
import * as quantized from './quantized.js';
import * as raggedDot from './ragged-dot.js';
import * as random from './random.js';
import * as reduce from './reduce.js';
import * as reshape from './reshape.js';
import * as reverse from './reverse.js';
import * as rng from './rng.js';
import * as scan from './scan.js';
import * as select from './select.js';
import * as slice from './slice.js';
import * as subtract from './subtract.js';
import * as transpose from './transpose.js';
import * as triangularSolve from './triangular-solve.js';
import * as unary from './unary.js';
import * as window from './window.js';
import * as xlaCalls from './xla-calls.js';

export { ORDER } from './order.js';

export const REWRITE_RULES: readonly Rule[] = rulesIn(
  // First, so that no other rule meets arithmetic on quantized numbers.
  quantized,
  ...[
    add,
    argReduce,
    batchNorm,
    bitcast,
    broadcast,
    collective,
    cholesky,
    compare,
    complex,
    concatenate,
    control,
    convert,
    divide,
    dot,
    dynamic,
    extremes,
    identity,
  ],
  ...[
    indexed,
    lapack,
    logic,
    multiply,
    pad,
    power,
    raggedDot,
    random,
    reduce,
    reshape,
    reverse,
    rng,
    scan,
    select,
    slice,
    subtract,
    transpose,
    triangularSolve,
    unary,
    window,
    xlaCalls,
  ],
);
