/** Expressions at the points of a tile. */
import { addConstant, type IndexExpr, variable } from '../../../rules/index/index.js';
import type { DepthPoint } from './layout.js';
import type { Contraction } from './problem.js';

/** Row i and vector j as constant distances from where the tile starts. */
export function placeInTile(
  { layout, plan }: Contraction,
  e: IndexExpr,
  i: number,
  j: number,
  point: DepthPoint,
): IndexExpr {
  const rows = variable('r', layout.rowCount - plan.rows + 1);
  const columns = variable('v', Math.max(plan.lanes, layout.width - (plan.vectors - 1) * plan.lanes));
  return layout.place(e, addConstant(rows, i), addConstant(columns, j * plan.lanes), point);
}
