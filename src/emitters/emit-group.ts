/** A fusion group → its kernels, launched one after the other, by the template of its space. */
import type { Group } from '../fusion/group.js';
import { emitContraction } from './templates/contraction/index.js';
import type { EmitOptions, EmittedKernel } from './templates/kernel-context.js';
import { emitMap } from './templates/map.js';
import { emitRows } from './templates/rows.js';
import { emitScan } from './templates/scan.js';
import { emitScatter } from './templates/scatter.js';
import { emitSort, emitTopK } from './templates/sort/index.js';

export function emitGroup(g: Group, options: EmitOptions): readonly EmittedKernel[] {
  switch (g.space.kind) {
    case 'map':
      return [emitMap(g, options)];
    case 'rows':
      return [emitRows(g, options)];
    case 'contraction':
      return emitContraction(g, options);
    case 'scan':
      return [emitScan(g, options)];
    case 'sort':
      return emitSort(g, options);
    case 'topk':
      return emitTopK(g, options);
    case 'scatter':
      return emitScatter(g, options);
    default:
      throw new Error(`no template makes ${g.space.kind} kernels`);
  }
}
