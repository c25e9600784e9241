/**
 * Template contraction: sums of products, dot and every convolution alike.
 *
 * Register tiles of rows × vectors of columns stay in registers while the depth runs. Factors are read in place where
 * that is quick, else packed first, which is where prologues run; what follows the product runs on the tile.
 */
import type { Group } from '../../../fusion/group.js';
import type { ContractionSpace } from '../../../fusion/space.js';
import { elementCount } from '../../../hlo/index.js';
import { type EmitOptions, type EmittedKernel, KernelContext, Scratch, scheduleIfAny } from '../kernel-context.js';
import { BlockTiles } from './blocks.js';
import { DotEmitter } from './dot.js';
import { DotBlocks } from './dot-blocks.js';
import { MatrixTiles } from './matrix-blocks.js';
import { bytesOfElements, emitPanels, panelElements } from './panels.js';
import { contractionFacts, contractionOf } from './problem.js';
import { TileEmitter } from './tile.js';

export function emitContraction(g: Group, options: EmitOptions): readonly EmittedKernel[] {
  const { dims } = (g.space as ContractionSpace).product.result.tensorType;
  if (elementCount(dims) === 0) return [new KernelContext(g, options, 0).finish()];
  const facts = contractionFacts(g, options);
  const matrix = scheduleIfAny(options, 'matrix.blocks', facts.problem);
  if (matrix) return [new MatrixTiles(facts, matrix).run()];
  const blocks = scheduleIfAny(options, 'contraction.blocks', facts.problem);
  if (blocks) return [new BlockTiles(facts, blocks).run()];
  const dot = scheduleIfAny(options, 'dot.blocks', facts.problem);
  if (dot) return [new DotBlocks(facts, dot).run()];
  const c = contractionOf(facts);
  if (c.plan.form === 'dot') return [new DotEmitter(c).run()];
  if (c.plan.packColumns !== 'before') return [new TileEmitter(c, undefined).run()];
  const elements = panelElements(c);
  const shared = { memory: new Scratch(bytesOfElements(c, elements)), elements };
  return [emitPanels(c, shared), new TileEmitter(c, shared).run()];
}
