/** Batch normalisation, as its definition says it: in f64, rounded once, which costs little where memory is the limit. */
import { type BatchNormAttributes, type Builder, op, rewrite, type Value, variables } from '../../src/rules/index.js';
import { count, dimsOf } from './common.js';
import { others, Terms } from './terms.js';

const { x, s, o, m, v, g } = variables('x', 's', 'o', 'm', 'v', 'g');

/** What the three ops share: x in f64, and vectors over the features spread over all of it. */
class Norm extends Terms {
  readonly x: Value;
  private readonly feature: number;
  private readonly epsilon: number;

  constructor(
    build: Builder,
    private readonly given: Value,
  ) {
    super(build);
    const { epsilon, featureIndex } = build.attributes as BatchNormAttributes;
    this.feature = featureIndex;
    this.epsilon = epsilon;
    this.x = this.wide(given);
  }

  wide = (a: Value): Value => this.convert(a, 'f64');
  narrow = (a: Value): Value => this.convert(a, this.given.tensorType.element);
  spread = (vector: Value): Value => this.broadcast(vector, dimsOf(this.given), [this.feature]);
  sum = (a: Value): Value => this.reduce(a, others(a, this.feature), 'add', 0);

  /** How many elements a feature has. */
  get count(): number {
    return count(others(this.given, this.feature).map((d) => dimsOf(this.given)[d]!));
  }

  mean(a: Value): Value {
    const total = this.sum(a);
    return this.div(total, this.fillLike(total, this.count));
  }

  centred = (mean: Value): Value => this.sub(this.x, this.spread(mean));
  withEpsilon = (variance: Value): Value => this.add(variance, this.fillLike(variance, this.epsilon));
  deviation = (variance: Value): Value => this.op('sqrt', this.withEpsilon(variance));

  normalized(scale: Value, offset: Value, mean: Value, variance: Value): Value {
    const factor = this.div(this.wide(scale), this.deviation(variance));
    const scaled = this.mul(this.centred(mean), this.spread(factor));
    return this.narrow(this.add(scaled, this.spread(this.wide(offset))));
  }
}

export const BatchNormTraining_ByMoments = rewrite(
  'batch-norm-training(x, s, o) = (x − μ) · s / √(σ² + ε) + o, μ, σ²',
  op('batch-norm-training', [x, s, o]),
  {
    stage: 'decompose',
    to: ({ x, s, o }, build) => {
      const n = new Norm(build, x);
      const mean = n.mean(n.x);
      const centred = n.centred(mean);
      const variance = n.mean(n.mul(centred, centred));
      return [n.normalized(s, o, mean, variance), n.narrow(mean), n.narrow(variance)];
    },
    fp: 'exact',
  },
);

export const BatchNormInference_Elementwise = rewrite(
  'batch-norm-inference(x, s, o, m, v) = (x − m) · s / √(v + ε) + o',
  op('batch-norm-inference', [x, s, o, m, v]),
  {
    stage: 'decompose',
    to: ({ x, s, o, m, v }, build) => {
      const n = new Norm(build, x);
      return n.normalized(s, o, n.wide(m), n.wide(v));
    },
    fp: 'exact',
  },
);

export const BatchNormGrad_ByMoments = rewrite(
  'batch-norm-grad(x, s, m, v, g) = gradients of x, s, o',
  op('batch-norm-grad', [x, s, m, v, g]),
  {
    stage: 'decompose',
    to: ({ x, s, m, v, g }, build) => {
      const n = new Norm(build, x);
      const [gradient, variance] = [n.wide(g), n.wide(v)];
      const centred = n.centred(n.wide(m));
      const sum = n.sum(gradient);
      const moment = n.sum(n.mul(gradient, centred));
      const deviation = n.deviation(variance);
      const size = n.fillLike(sum, n.count);
      // s / √(σ² + ε) / n · (n·g − Σg − (x − μ) · Σ g·(x − μ) / (σ² + ε))
      const slope = n.div(moment, n.withEpsilon(variance));
      const rest = n.sub(n.sub(n.mul(gradient, n.spread(size)), n.spread(sum)), n.mul(centred, n.spread(slope)));
      const factor = n.div(n.div(n.wide(s), deviation), size);
      return [n.narrow(n.mul(rest, n.spread(factor))), n.narrow(n.div(moment, deviation)), n.narrow(sum)];
    },
    fp: 'exact',
  },
);
