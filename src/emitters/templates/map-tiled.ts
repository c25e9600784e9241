/**
 * Template map, tiled: where an input is contiguous along another loop than the result is.
 *
 * Square tiles, a vector wide: the input's rows of a tile are loaded along their own contiguous axis, turned in
 * registers (log2 n steps of n two-input shuffles), and kept in a buffer of the task, from which the tile's points
 * read them. Both sides then touch whole cache lines.
 */

import { isInside, isSplatConstant } from '../../fusion/accesses.js';
import type { Group } from '../../fusion/group.js';
import type { SpaceVar } from '../../fusion/space.js';
import type { Value } from '../../hlo/index.js';
import { isComplex } from '../../hlo/index.js';
import { coefficientOf, type IndexExpr, linearize, substitute } from '../../rules/index/index.js';
import type { RuleSet } from '../../rules/index.js';
import type { KernelBuilder } from '../loop/builder.js';
import { laneTypeOf, type ValueId } from '../loop/ir.js';
import type { Axis } from '../stitch/index-code.js';
import type { KernelContext } from './kernel-context.js';

/** A load that a tile turns: value, index, and the index in merged loop variables. */
export interface TurnedLoad {
  readonly value: Value;
  readonly at: readonly IndexExpr[];
}

export interface Tiling {
  /** The outer loop along which the turned loads are contiguous. */
  readonly across: SpaceVar;
  readonly loads: readonly TurnedLoad[];
}

const replaced = (at: readonly IndexExpr[], by: ReadonlyMap<string, IndexExpr>): IndexExpr[] =>
  at.map((e) => substitute(e, (name) => by.get(name)));

/** Tiling for the loops of a map kernel, if some input is contiguous along one outer loop and not along the inner. */
export function tilingOf(
  rules: RuleSet,
  g: Group,
  outer: readonly SpaceVar[],
  inner: SpaceVar,
  substitution: ReadonlyMap<string, IndexExpr>,
): Tiling | undefined {
  const byLoop = new Map<SpaceVar, TurnedLoad[]>();
  for (const [value, indices] of g.accesses) {
    if (g.members.has(value.producer) || isSplatConstant(rules.ops, value.producer)) continue;
    const { element, dims } = value.tensorType;
    if (isComplex(element)) continue;
    for (const raw of indices.values()) {
      if (!isInside(raw, dims)) continue;
      const at = replaced(raw, substitution);
      const offset = linearize(at, dims);
      const stride = coefficientOf(offset, inner.name);
      if (stride === undefined || stride === 0 || Math.abs(stride) === 1) continue;
      const across = outer.find((v) => coefficientOf(offset, v.name) === 1);
      if (!across) continue;
      byLoop.set(across, [...(byLoop.get(across) ?? []), { value, at }]);
    }
  }
  const [best] = [...byLoop].sort((a, b) => b[1].length - a[1].length);
  return best && { across: best[0], loads: best[1] };
}

/** lanes × lanes values turned: result r holds lane r of every input. */
export function turn(b: KernelBuilder, rows: readonly ValueId[]): ValueId[] {
  const n = rows.length;
  let now = [...rows];
  for (let s = n / 2; s >= 1; s /= 2) {
    const low = Array.from({ length: n }, (_, l) => ((l & s) === 0 ? l : n + l - s));
    const high = Array.from({ length: n }, (_, l) => ((l & s) === 0 ? l + s : n + l));
    const next = [...now];
    for (let r = 0; r < n; r++) {
      if (r & s) continue;
      next[r] = b.shuffle(now[r]!, now[r + s]!, low);
      next[r + s] = b.shuffle(now[r]!, now[r + s]!, high);
    }
    now = next;
  }
  return now;
}

export interface TileLoops {
  readonly inner: SpaceVar;
  readonly lanes: number;
  readonly tiling: Tiling;
}

/** Points of a map kernel, tile by tile; `point` stores the results at one vector of the inner loop. */
export class Tiles {
  private readonly buffers: readonly number[];

  constructor(
    private readonly context: KernelContext,
    private readonly loops: TileLoops,
    private readonly point: (
      axes: ReadonlyMap<string, Axis>,
      x: ValueId,
      exists: ValueId | undefined,
      bind: () => void,
    ) => void,
  ) {
    this.buffers = loops.tiling.loads.map(({ value }, k) =>
      context.local(`turned${k}`, laneTypeOf(value.tensorType.element), loops.lanes * loops.lanes),
    );
  }

  /** All tiles along the inner loop for rows first … first + lanes of the loop across (those below its extent). */
  row(axes: ReadonlyMap<string, Axis>, first: ValueId): void {
    const b = this.context.builder;
    const { inner, lanes } = this.loops;
    const whole = Math.floor(inner.extent / lanes) * lanes;
    if (whole > 0) {
      b.loop(inner.name, b.index(0), b.index(whole), lanes, [], (x) => {
        this.tile(axes, first, x, undefined);
        return [];
      });
    }
    if (whole === inner.extent) return;
    const index = { element: 's32', lanes } as const;
    const exists = b.compare('lt', b.lanes(index), b.constant(index, inner.extent - whole));
    b.loop(`${inner.name}.tail`, b.index(whole), b.index(inner.extent), lanes, [], (x) => {
      this.tile(axes, first, x, exists);
      return [];
    });
  }

  private tile(axes: ReadonlyMap<string, Axis>, first: ValueId, x: ValueId, exists: ValueId | undefined): void {
    const b = this.context.builder;
    const { lanes, tiling } = this.loops;
    const { across } = tiling;
    tiling.loads.forEach((load, k) => {
      this.stage(load, this.buffers[k]!, axes, first, x);
    });
    const end = b.binary('add', first, b.index(lanes));
    const hi = across.extent % lanes === 0 ? end : b.binary('min', end, b.index(across.extent));
    b.loop(across.name, first, hi, 1, [], (row) => {
      const inside = new Map([...axes, [across.name, { value: row, lanes: 1 }] as const]);
      const offset = b.binary('mul', b.binary('sub', row, first), b.index(lanes));
      this.point(inside, x, exists, () => {
        tiling.loads.forEach(({ value, at }, k) => {
          this.context.stitch.bind(value, at, [b.load(this.buffers[k]!, offset, lanes)]);
        });
      });
      return [];
    });
  }

  /** Loads a tile along the axis across, turns it, and keeps it: buffer[row][lane of the inner loop]. */
  private stage(load: TurnedLoad, buffer: number, axes: ReadonlyMap<string, Axis>, first: ValueId, x: ValueId): void {
    const { builder: b, stitch } = this.context;
    const { inner, lanes, tiling } = this.loops;
    const index = { element: 's32', lanes } as const;
    const { extent, name } = tiling.across;
    const exists =
      extent % lanes === 0
        ? undefined
        : b.compare('lt', b.lanes(index), b.splat(b.convert(b.binary('sub', b.index(extent), first), 's32'), lanes));
    const rows = Array.from({ length: lanes }, (_, k) => {
      const wanted = b.binary('add', x, b.index(k));
      // Past the end the last element is read again: those lanes are not stored.
      const position = inner.extent % lanes === 0 ? wanted : b.binary('min', wanted, b.index(inner.extent - 1));
      const around = new Map([
        ...axes,
        [name, { value: first, lanes }] as const,
        [inner.name, { value: position, lanes: 1 }] as const,
      ]);
      return stitch.scope(around, () => stitch.value(load.value, load.at)[0]!, exists);
    });
    turn(b, rows).forEach((row, k) => {
      b.store(buffer, b.index(k * lanes), row);
    });
  }
}
