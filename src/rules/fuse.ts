/** Fusion rules: which producer may join which consumer's kernel, in what role, and why not. */

import type { Role } from './emit.js';

/** What an instruction is to a planner: the form of its emission rule. */
export type ProducerForm = 'map' | Role['template'];
/** Where in the consumer's kernel the producer's value is read. */
export type ConsumerRole =
  | 'map' // anywhere in a map kernel
  | 'sibling' // nowhere: two map kernels over the same points read the same value
  | 'rows' // anywhere in a row pipeline
  | 'scan' // where a scan's elements are read or stored
  | 'scatter' // where a scatter's operands are read
  | 'sort' // where a sort's operands are read
  | 'contraction.epilogue' // by what follows the product
  | 'contraction.operand'; // as a factor of the product

/** Figures about one possible fusion. Elements and bytes are of whole tensors; costs in floating-point operations. */
export interface FuseFacts {
  /** Cost of one element of the producer. */
  readonly cost: number;
  readonly elements: number;
  readonly bytes: number;
  /** Bytes of what the producer reads. */
  readonly inputBytes: number;
  /** How often an element would be computed inside the consumer, at the most. */
  readonly recomputation: number;
  /** Distinct indices at which the consumer reads the producer. */
  readonly accesses: number;
  /** Kernels that read the producer, the consumer included; and whether it is a result of the program. */
  readonly readers: number;
  readonly escapes: boolean;
  /** Only moves elements. */
  readonly movesOnly: boolean;
  /** Instructions in the consumer's kernel so far. */
  readonly members: number;
  /** Of a row pipeline (to be): number of rows, and bytes of what the consumer's kernel goes over in a row. */
  readonly rows: number;
  readonly rowBytes: number;
  /** Rows are neighbours in memory, and so walked side by side. */
  readonly rowsTouch: boolean;
}

export interface FuseGuard {
  /** Why the fusion is refused when the test fails: a sentence. */
  readonly otherwise: string;
  readonly test: (f: FuseFacts) => boolean;
}

export interface FuseRule {
  readonly kind: 'fuse';
  readonly name: string;
  /** One line: what becomes one kernel. */
  readonly doc: string;
  readonly producer: ProducerForm;
  readonly consumer: ConsumerRole;
  /** Template of the fused kernel. */
  readonly into: 'map' | 'rows' | 'scan' | 'scatter' | 'sort' | 'contraction';
  readonly when: readonly FuseGuard[];
}

export const fuse = (rule: Omit<FuseRule, 'kind'>): FuseRule => ({ kind: 'fuse', ...rule });
export const only = (otherwise: string, test: (f: FuseFacts) => boolean): FuseGuard => ({ otherwise, test });
