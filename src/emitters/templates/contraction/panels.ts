/** The kernel that packs all columns before the tiles are made. */
import { type EmittedKernel, KernelContext } from '../kernel-context.js';
import { divided, Grid } from './grid.js';
import { Packer } from './pack.js';
import type { Contraction } from './problem.js';
import type { SharedPanels } from './tile.js';

export function panelElements(c: Contraction): number {
  const grid = new Grid(c);
  return c.layout.outerCount * grid.panels * grid.tileColumns * c.layout.depthCount;
}

export const bytesOfElements = (c: Contraction, elements: number): number => (elements * c.arithmetic.laneBits) / 8;

/** One task a panel. */
export function emitPanels(c: Contraction, shared: SharedPanels): EmittedKernel {
  const grid = new Grid(c);
  const { layout } = c;
  const context = new KernelContext(c.group, c.options, layout.outerCount * grid.panels, []);
  const { builder: b, stitch } = context;
  const buffer = context.scratch(shared.memory, c.arithmetic.sum, shared.elements, 'write');
  const packer = new Packer(c, context);
  const [outer, panel] = divided(b, b.task, grid.panels);
  const base = b.binary('mul', b.task, b.index(layout.depthCount * grid.tileColumns));
  const depth = { first: b.index(0), end: b.index(layout.depth[0]?.extent ?? 1) };
  stitch.scope(new Map([['o', { value: outer, lanes: 1 }]]), () => {
    packer.panel(buffer, base, grid.panelAt(b, panel), depth, (j) => grid.exists(b, j));
  });
  return context.finish();
}
