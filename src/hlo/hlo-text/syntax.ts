/** What HLO text says, before names and attributes are resolved. */
import type { Shape } from './shapes.js';

/** Bytes of the text. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface Use {
  readonly name: string;
  readonly offset: number;
}

export interface InstructionSyntax {
  readonly name: string;
  readonly offset: number;
  readonly isRoot: boolean;
  readonly shape: Shape;
  /** HLO's opcode. */
  readonly op: string;
  readonly operands: readonly Use[];
  /** What stands in the parentheses of a constant or a parameter, which have no operands. */
  readonly payload: Range | undefined;
  /** By name; the text of each is read by whoever knows what it means. */
  readonly attributes: ReadonlyMap<string, Range>;
  /** Attributes that name computations. */
  readonly callees: ReadonlyMap<string, readonly Use[]>;
}

export interface ComputationSyntax {
  readonly name: string;
  readonly offset: number;
  readonly isEntry: boolean;
  /** Shapes of parameters and result, where the text repeats them in front. */
  readonly signature: { readonly parameters: readonly Shape[]; readonly result: Shape } | undefined;
  readonly instructions: readonly InstructionSyntax[];
}

export interface ModuleSyntax {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, Range>;
  readonly computations: readonly ComputationSyntax[];
  readonly frames: Frames;
}

/** Where stack frames lie: `file:line` by the number of the frame. */
export interface Frames {
  place(frame: number): string | undefined;
}
