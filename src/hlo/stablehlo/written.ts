/** What the writers of pretty forms are given. */
import type { Computation, Instruction } from '../graph.js';
import type { ValueType } from '../types.js';
import type { Form } from './forms.js';

export interface Written {
  readonly i: Instruction;
  readonly form: Form;
  readonly name: string;
  readonly indent: string;
  /** Names of the operands. */
  readonly operands: readonly string[];
  /** The bare spelling of an attribute, by MLIR's name. */
  bare(attribute: string): string | undefined;
  /** The attributes but for those in `skip`, in braces after a space; nothing where there are none. */
  dictionary(skip: readonly string[]): string;
  /** ` : T` in the form's style. */
  types(): string;
  /** `(T) -> T` without the last `captures` operands. */
  functionType(captures: number): string;
  typeText(t: ValueType): string;
  /** A region; where the form names its parameters, `names` are those names. */
  region(computation: Computation, names?: readonly string[]): string;
  /** The symbol of a called function. */
  called(index: number): string;
  newName(): string;
}
