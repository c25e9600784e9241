/** A fusion group → its kernels, launched one after the other, by the template of its space. */
import { NotCompiled } from '../fusion/facts.js';
import type { Group } from '../fusion/group.js';
import { emitContraction } from './templates/contraction/index.js';
import { emitForeign } from './templates/foreign.js';
import { emitFourier } from './templates/fourier/index.js';
import type { EmitOptions, EmittedKernel } from './templates/kernel-context.js';
import { emitMap } from './templates/map.js';
import { emitRows } from './templates/rows.js';
import { emitScan } from './templates/scan.js';
import { emitScatter } from './templates/scatter.js';
import { emitSort, emitTopK } from './templates/sort/index.js';
import { type Template, template } from './templates/template.js';

/** Those that every rule set has that extends the default one. */
export const TEMPLATES: readonly Template[] = [
  template('map', (g, options) => [emitMap(g, options)]),
  template('rows', (g, options) => [emitRows(g, options)]),
  template('contraction', emitContraction),
  template('scan', (g, options) => [emitScan(g, options)]),
  template('sort', emitSort),
  template('topk', emitTopK),
  template('fourier', emitFourier),
  template('scatter', emitScatter),
  template('foreign', emitForeign),
];

export function emitGroup(g: Group, options: EmitOptions): readonly EmittedKernel[] {
  const rule = options.rules.ofKind('template').find((t) => t.name === g.template) as Template | undefined;
  if (rule) return rule.emit(g, options);
  const [instruction] = g.members;
  const sentence = `the rule set has no template rule '${g.template}', which the emission rule of ${instruction?.opcode} asks for`;
  throw instruction ? new NotCompiled(instruction, sentence) : new Error(sentence);
}
