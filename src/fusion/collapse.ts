/** Merging loops: neighbouring variables that every access walks as one become one. */
import { coefficientOf, delinearize, dependsOn, type IndexExpr, variable } from '../rules/index/index.js';
import type { SpaceVar } from './space.js';

export interface Collapsed {
  readonly vars: readonly SpaceVar[];
  /** Each old variable in terms of the new ones. */
  readonly substitution: ReadonlyMap<string, IndexExpr>;
}

/**
 * `vars` major to minor; `expressions`: everything that is computed from them. Two neighbours merge where in every
 * expression the outer's stride is the inner's stride times its extent. Variables of extent 1 vanish.
 */
export function collapse(vars: readonly SpaceVar[], expressions: readonly IndexExpr[], prefix: string): Collapsed {
  const walksAsOne = (outer: SpaceVar, inner: SpaceVar): boolean =>
    expressions.every((e) => {
      if (!dependsOn(e, outer.name) && !dependsOn(e, inner.name)) return true;
      const o = coefficientOf(e, outer.name);
      const i = coefficientOf(e, inner.name);
      return o !== undefined && i !== undefined && o === i * inner.extent;
    });
  const runs: SpaceVar[][] = [];
  for (const v of vars) {
    if (v.extent === 1) continue;
    const last = runs[runs.length - 1];
    if (last && walksAsOne(last[last.length - 1]!, v)) last.push(v);
    else runs.push([v]);
  }
  const substitution = new Map<string, IndexExpr>(vars.map((v) => [v.name, variable('none', 1)]));
  const merged = runs.map((run, k) => {
    const extents = run.map((v) => v.extent);
    const v = { name: `${prefix}${k}`, extent: extents.reduce((n, e) => n * e, 1) };
    delinearize(variable(v.name, v.extent), extents).forEach((e, j) => {
      substitution.set(run[j]!.name, e);
    });
    return v;
  });
  return { vars: merged, substitution };
}
