/** Template foreign: a kernel that is the call of a library's function. */

import type { Group } from '../../fusion/group.js';
import type { AloneSpace } from '../../fusion/space.js';
import type { ForeignRole } from '../../rules/index.js';
import type { CallArgument } from '../loop/ir.js';
import { type EmitOptions, type EmittedKernel, KernelContext } from './kernel-context.js';

export function emitForeign(g: Group, options: EmitOptions): readonly EmittedKernel[] {
  const { instruction, role } = g.space as AloneSpace<ForeignRole>;
  const context = new KernelContext(g, options, 1);
  const args = role.args.map((a): CallArgument => {
    if (!('index' in a)) return a;
    const value = a.kind === 'operand' ? instruction.operands[a.index]! : instruction.results[a.index]!;
    return { kind: 'buffer', buffer: context.bufferOf(value) };
  });
  context.builder.call(role.library, role.symbol, args);
  return [context.finish()];
}
