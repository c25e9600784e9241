/** Sums of products: dot and convolution fill the contraction role, each with index maps of its own. */
import {
  type ContractionRole,
  type ConvolutionAttributes,
  type DotAttributes,
  type EmitRule,
  emit,
  type IndexExpr,
  type IterationDim,
  index,
  type OpView,
} from '../../src/rules/index.js';
import { spread } from './shape.js';

/** The iteration space as it is made: each dimension gives its variable. */
class Space {
  readonly dims: IterationDim[] = [];

  add(kind: IterationDim['kind'], name: string, extent: number): IndexExpr {
    this.dims.push({ name, extent, kind });
    return index.variable(name, extent);
  }

  addAll(kind: IterationDim['kind'], letter: string, extents: readonly number[]): IndexExpr[] {
    return extents.map((n, d) => this.add(kind, `${letter}${d}`, n));
  }
}

/** An operand's index from groups of its dimensions, each with the variables that run over them. */
function assemble(rank: number, ...groups: [dims: readonly number[], variables: readonly IndexExpr[]][]): IndexExpr[] {
  const at = new Array<IndexExpr>(rank);
  for (const [dims, variables] of groups) {
    dims.forEach((d, k) => {
      at[d] = variables[k]!;
    });
  }
  return at;
}

const others = (rank: number, ...used: (readonly number[])[]): number[] =>
  Array.from({ length: rank }, (_, d) => d).filter((d) => !used.some((list) => list.includes(d)));

/** result[b, m, n] = Σ over k of lhs[b, m, k] · rhs[b, n, k], dimensions in whatever order the attributes say */
export const Dot = emit('dot', {
  role: (op): ContractionRole => {
    const a = op.attributes as DotAttributes;
    const [lhs, rhs] = op.operands as [OpView['operands'][number], OpView['operands'][number]];
    const lhsFree = others(lhs.dims.length, a.lhsBatch, a.lhsContracting);
    const rhsFree = others(rhs.dims.length, a.rhsBatch, a.rhsContracting);
    const sizes = (t: typeof lhs, dims: readonly number[]) => dims.map((d) => t.dims[d]!);
    const space = new Space();
    const b = space.addAll('batch', 'b', sizes(lhs, a.lhsBatch));
    const m = space.addAll('m', 'm', sizes(lhs, lhsFree));
    const n = space.addAll('n', 'n', sizes(rhs, rhsFree));
    const k = space.addAll('k', 'k', sizes(lhs, a.lhsContracting));
    const lhsAt = assemble(lhs.dims.length, [a.lhsBatch, b], [lhsFree, m], [a.lhsContracting, k]);
    const rhsAt = assemble(rhs.dims.length, [a.rhsBatch, b], [rhsFree, n], [a.rhsContracting, k]);
    return {
      template: 'contraction',
      dims: space.dims,
      lhs: { operand: 0, at: lhsAt, when: [] },
      rhs: { operand: 1, at: rhsAt, when: [] },
      out: [...b, ...m, ...n],
    };
  },
});

/**
 * result[b, o, f] = Σ over window w and input feature c of lhs[b, o·stride + w·dilation − low, c] · rhs[w, c, f].
 * Groups of features or batches are a batch dimension: group g of lhs meets group g of rhs's output features.
 */
export const Convolution = emit('convolution', {
  role: (op): ContractionRole => {
    const a = op.attributes as ConvolutionAttributes;
    const { dims } = a;
    const [lhs, rhs] = op.operands as [OpView['operands'][number], OpView['operands'][number]];
    const result = op.results[0]!;
    const groups = a.featureGroupCount * a.batchGroupCount;
    const batches = result.dims[dims.resultBatch]!;
    const inputs = rhs.dims[dims.rhsInputFeature]!;
    const outputs = rhs.dims[dims.rhsOutputFeature]! / groups;
    const windowSizes = dims.rhsSpatial.map((d) => rhs.dims[d]!);
    const space = new Space();
    const g = space.add('batch', 'g', groups);
    const b = space.add('m', 'b', batches);
    const o = space.addAll(
      'm',
      'o',
      dims.resultSpatial.map((d) => result.dims[d]!),
    );
    const f = space.add('n', 'f', outputs);
    const w = space.addAll('k', 'w', windowSizes);
    const c = space.add('k', 'c', inputs);

    const position = o.map((e, d) => {
      const tap = index.scale(w[d]!, a.rhsDilation[d]!);
      const at = index.addConstant(index.add(index.scale(e, a.strides[d]!), tap), -a.padding[d]![0]);
      return spread(at, a.lhsDilation[d]!, lhs.dims[dims.lhsSpatial[d]!]!);
    });
    const taps = w.map((e, d) => (a.reversal[d] ? index.sub(index.constant(windowSizes[d]! - 1), e) : e));
    const grouped = (within: IndexExpr, size: number) => index.add(index.scale(g, size), within);
    const feature = grouped(f, outputs);
    return {
      template: 'contraction',
      dims: space.dims,
      lhs: {
        operand: 0,
        at: assemble(
          lhs.dims.length,
          [[dims.lhsBatch], [a.batchGroupCount > 1 ? grouped(b, batches) : b]],
          [[dims.lhsFeature], [a.featureGroupCount > 1 ? grouped(c, inputs) : c]],
          [dims.lhsSpatial, position.map((p) => p.at)],
        ),
        when: index.simplifyPredicate(index.conjunction(...position.map((p) => p.when))) || NEVER,
      },
      rhs: {
        operand: 1,
        at: assemble(
          rhs.dims.length,
          [[dims.rhsInputFeature], [c]],
          [[dims.rhsOutputFeature], [feature]],
          [dims.rhsSpatial, taps],
        ),
        when: [],
      },
      out: assemble(
        result.dims.length,
        [[dims.resultBatch], [b]],
        [[dims.resultFeature], [feature]],
        [dims.resultSpatial, o],
      ),
    };
  },
});

/** All of lhs is padding. */
const NEVER = index.bound(index.constant(0), 1, 0);

export const CONTRACTION: readonly EmitRule[] = [Dot, Convolution];
