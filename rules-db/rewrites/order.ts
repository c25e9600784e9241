/**
 * Which ops rewriting turns into which: light to heavy. A right side may hold any ops lighter than its left side's root,
 * on operands that the left side has (see TermOrder).
 */
/** Stands for the ops that are not listed. */
const REST: readonly string[] = [];

export const ORDER: readonly (readonly string[])[] = [
  ['bitcast-convert'],
  ['uniform-dequantize'],
  ['uniform-quantize'],
  ['iota'],
  ['reshape'],
  ['and', 'or', 'not', 'xor', 'is-finite'],
  ['negate', 'abs', 'sqrt', 'rsqrt'],
  ['add', 'subtract'],
  ['multiply', 'shift-left', 'shift-right-logical'],
  ['maximum', 'minimum'],
  ['compare'],
  ['broadcast'],
  ['reverse'],
  ['slice'],
  ['pad', 'select', 'convert', 'divide', 'remainder', 'clamp'],
  ['dynamic-update-slice'],
  ['concatenate'],
  ['dot'],
  ['transpose'],
  ['scatter'],
  ['reduce-window'],
  ['dynamic-slice'],
  REST,
  [
    'batch-norm-training',
    'batch-norm-inference',
    'batch-norm-grad',
    'rng-bit-generator',
    'triangular-solve',
    'lapack-geev',
    'cholesky',
  ],
  ['dynamic-rng-bit-generator'],
  [
    'all-gather',
    'all-reduce',
    'reduce-scatter',
    'collective-reduce',
    'all-to-all',
    'ragged-all-to-all',
    'collective-broadcast',
    'collective-permute',
    'replica-id',
    'partition-id',
  ],
];
