/** Constant folding: what depends on constants alone is computed now, within bounds of memory and work. */
import {
  byteSize,
  type Computation,
  type Instruction,
  Literal,
  type Module,
  OpError,
  type OpRegistry,
  type RuntimeValue,
  type TensorType,
  TOKEN_VALUE,
  type ValueType,
} from '../../hlo/index.js';
import { runComputation } from '../../hlo/interpreter.js';
import { compileRegion } from '../../hlo/region.js';
import { constantOpcode } from '../builder.js';
import { literalValue } from '../match.js';
import { reachableComputations } from './computations.js';
import { removeDead } from './dce.js';
import { isPure } from './effects.js';

export interface FoldBounds {
  /** Of all constants that an instruction's results become, where they do not stay one number. */
  readonly bytes: number;
  /** Of everything it reads and writes, where work is in proportion to that. */
  readonly workBytes: number;
}

export const FOLD_BOUNDS: FoldBounds = { bytes: 1 << 16, workBytes: 1 << 20 };

/** Returns how many instructions became constants. */
export function foldConstants(module: Module, ops: OpRegistry, bounds: FoldBounds = FOLD_BOUNDS): number {
  let folded = 0;
  for (const c of reachableComputations(module)) {
    for (const i of c.topological()) {
      const literals = fold(i, ops, bounds);
      if (!literals) continue;
      literals.forEach((value, k) => {
        const made = c.append(constantOpcode(ops), [value.type], { attributes: { value }, location: i.location });
        c.replaceAllUses(i.results[k]!, made.result);
      });
      removeDead(c, [i], ops);
      folded++;
    }
  }
  return folded;
}

function fold(i: Instruction, ops: OpRegistry, bounds: FoldBounds): Literal[] | undefined {
  if (ops.kind(i) !== 'compute' || i.operands.length === 0) return undefined;
  const operands = i.operands.map((v) => literalValue(v, ops));
  if (!operands.every((l) => l !== undefined) || !isPure(i, ops)) return undefined;
  const types = staticTypes(i);
  if (!types) return undefined;
  return foldSplats(i, operands, types, ops) ?? foldAll(i, operands, types, ops, bounds);
}

function staticTypes(i: Instruction): TensorType[] | undefined {
  const types: ValueType[] = i.results.map((r) => r.type);
  return types.every((t): t is TensorType => t.kind === 'tensor' && !t.quantization && t.dims.every((d) => d >= 0))
    ? types
    : undefined;
}

/** Splats stay splats through ops that work element by element, and through those that only move elements. */
function foldSplats(i: Instruction, operands: Literal[], types: TensorType[], ops: OpRegistry): Literal[] | undefined {
  if (!operands.every((l) => l.isSplat) || types.length !== 1) return undefined;
  const [type] = types as [TensorType];
  if (ops.has(i, 'shape-only')) {
    const [first, ...others] = operands as [Literal, ...Literal[]];
    const bytes = (l: Literal) => Buffer.from(l.scalar().buffer, l.scalar().byteOffset, l.scalar().byteLength);
    const equal = others.every((l) => l.type.element === first.type.element && bytes(l).equals(bytes(first)));
    return equal && type.element === first.type.element ? [Literal.splat(type, first.scalar())] : undefined;
  }
  if (!ops.has(i, 'elementwise')) return undefined;
  const one = (t: TensorType): TensorType => ({ ...t, dims: [] });
  const [value] =
    evaluate(
      i,
      operands.map((l) => Literal.splat(one(l.type), l.scalar())),
      [one(type)],
      ops,
    ) ?? [];
  return value && [Literal.splat(type, value.scalar())];
}

function foldAll(
  i: Instruction,
  operands: readonly Literal[],
  types: TensorType[],
  ops: OpRegistry,
  bounds: FoldBounds,
): Literal[] | undefined {
  const sum = (list: readonly TensorType[]) => list.reduce((n, t) => n + byteSize(t), 0);
  const given = sum(operands.map((l) => l.type));
  // Ops with computations, and contractions, may do more work than they touch bytes: what they read counts squared.
  const work = given + sum(types) + (i.called.length > 0 || ops.has(i, 'elementwise') ? 0 : (given * given) / 64);
  if (sum(types) > bounds.bytes || work > bounds.workBytes) return undefined;
  return evaluate(i, operands, types, ops);
}

/** Undefined where the op refuses: then it shall do so when the program runs, if it ever gets there. */
function evaluate(
  i: Instruction,
  operands: readonly Literal[],
  results: readonly TensorType[],
  ops: OpRegistry,
): Literal[] | undefined {
  const run = (c: Computation, args: readonly RuntimeValue[]) => runComputation(c, ops, args);
  try {
    const values = ops.get(i.opcode).evaluate({
      operands: operands.map((l) => l.tensor()),
      attributes: i.attributes,
      called: i.called,
      results,
      run,
      region: (c, precision = 'own') => compileRegion(c, ops, run, precision),
    });
    return values.map((v) => {
      if (v === TOKEN_VALUE) throw new OpError('a token is no constant');
      return Literal.dense(v.type, v.data);
    });
  } catch (e) {
    if (e instanceof OpError) return undefined;
    throw e;
  }
}
