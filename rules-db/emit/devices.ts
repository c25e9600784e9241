/** What a program has of other processes: their blocks, and its own number. */
import {
  type EmitRule,
  type ExchangeAttributes,
  type ExchangeRole,
  emit,
  type IdentityAttributes,
  type ProcessRole,
} from '../../src/rules/index.js';

/** Part k of the result along dimension 0 = the operand of source k, or the part of it for this process. */
export const Exchange = emit('exchange', {
  role: (op): ExchangeRole => {
    const { sources, parts } = op.attributes as ExchangeAttributes;
    return { template: 'exchange', sources, parts };
  },
});

export const ProcessId = emit('process-id', {
  role: (op): ProcessRole => {
    const { replicas = 1, partitions = 1 } = op.attributes as IdentityAttributes;
    return { template: 'process', processes: replicas * partitions };
  },
});

export const DEVICES: readonly EmitRule[] = [Exchange, ProcessId];
