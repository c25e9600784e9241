/** A program's inputs, from recipes, .npy files and random numbers. */
import { elementCount, sameDims, showType, type Tensor, type TensorType } from '../hlo/index.js';
import { NpyError, readNpy } from '../hlo/npy.js';
import { makeInput, type ProgramSpec, randomInput } from '../hlo/recipe.js';
import type { InputShape } from '../rules/passes/specialise.js';
import { UsageError } from './errors.js';
import type { InputOptions } from './options.js';
import { readBytes } from './program-file.js';

export interface Inputs {
  readonly tensors: readonly Tensor[];
  /** The recipe, where one was given: it may say what outputs to expect. */
  readonly spec: ProgramSpec | undefined;
}

export function readSpec(file: string): ProgramSpec {
  const text = Buffer.from(readBytes(file, 'inputs')).toString('utf8');
  let spec: Partial<ProgramSpec>;
  try {
    spec = JSON.parse(text);
  } catch (e) {
    throw new UsageError(`${file} is no JSON: ${(e as Error).message}`);
  }
  if (!Array.isArray(spec?.inputs)) throw new UsageError(`${file} has no list \`inputs\``, SPEC_HINT);
  return spec as ProgramSpec;
}

const OPEN_HINT = "give it with --input or --inputs, or the shapes of all inputs: --input-shapes '2x3,5'";

const SPEC_HINT =
  'for each input: {"shape": [2, 3], "dtype": "float32", "lo": 0, "hi": 1, "seed": 0}, or "values" instead of a range';

export interface Brought {
  /** The recipe that the program brings along, which counts where no inputs are asked for. */
  readonly carried?: ProgramSpec | undefined;
  /** What it was compiled for: inputs whose values are among that are taken where no others are given. */
  readonly shapes?: readonly InputShape[] | undefined;
}

/**
 * Throws `UsageError` where an input is missing, superfluous, or of another type than the program's.
 */
export function inputsFor(
  types: readonly TensorType[],
  options: InputOptions,
  { carried, shapes }: Brought = {},
): Inputs {
  const tensors = new Array<Tensor | undefined>(types.length);
  const asked = options.input !== undefined || options.random !== undefined;
  const spec = options.inputs === undefined ? (asked ? undefined : carried) : readSpec(options.inputs);
  if (spec) fromSpec(spec, options.inputs ?? 'the bundle', types, tensors);
  for (const text of options.input ?? []) fromNpy(text, types, tensors);
  types.forEach((type, i) => {
    if (tensors[i]) return;
    const given = shapes?.[i];
    if (given && 'data' in given) {
      tensors[i] = given;
      return;
    }
    if (options.random === undefined) {
      throw new UsageError(
        `input ${i}, ${showType(type)}, is not given`,
        `give --inputs SPEC.json, --input ${i}=FILE.npy, or --random SEED`,
      );
    }
    if (type.dims.some((n) => n < 0)) {
      throw new UsageError(`input ${i}, ${showType(type)}, has an unknown size`, OPEN_HINT);
    }
    elementCount(type.dims);
    tensors[i] = randomInput(type, options.random + i);
  });
  return { tensors: tensors as Tensor[], spec };
}

function fromSpec(spec: ProgramSpec, file: string, types: readonly TensorType[], to: (Tensor | undefined)[]): void {
  if (spec.inputs.length !== types.length) {
    throw new UsageError(`${file} describes ${spec.inputs.length} inputs, but the program has ${types.length}`);
  }
  spec.inputs.forEach((s, i) => {
    let made: Tensor;
    try {
      made = makeInput(s);
    } catch (e) {
      throw new UsageError(`${file}: input ${i}: ${(e as Error).message}`, SPEC_HINT);
    }
    to[i] = fitting(made, types[i]!, `${file}: input ${i}`);
  });
}

function fromNpy(text: string, types: readonly TensorType[], to: (Tensor | undefined)[]): void {
  const [, number, file] = /^(\d+)=(.+)$/.exec(text) ?? [];
  if (number === undefined || file === undefined) {
    throw new UsageError(`--input ${text} is not understood`, 'write --input 0=FILE.npy for the first input');
  }
  const type = types[Number(number)];
  if (!type) throw new UsageError(`--input ${text}: the program has ${types.length} inputs, counted from 0`);
  let t: Tensor;
  try {
    t = readNpy(readBytes(file, 'input'), type.element);
  } catch (e) {
    if (!(e instanceof NpyError || e instanceof RangeError)) throw e;
    throw new UsageError(`${file}: ${e.message}`);
  }
  to[Number(number)] = fitting(t, type, `--input ${text}`);
}

function fitting(t: Tensor, type: TensorType, where: string): Tensor {
  const { element, dims } = t.type;
  const fits =
    element === type.element &&
    dims.length === type.dims.length &&
    (sameDims(dims, type.dims) || type.dims.every((n, d) => n < 0 || n === dims[d]));
  if (!fits) throw new UsageError(`${where} is ${showType(t.type)}, but the program wants ${showType(type)}`);
  return t;
}

/** `inputsFor`, with random numbers where nothing was asked for; for commands that run any program. */
export const inputsOrRandom = (types: readonly TensorType[], options: InputOptions, brought: Brought = {}): Inputs =>
  inputsFor(types, brought.carried ? options : { random: 0, ...options }, brought);

/** `--inputs` and `--input` are about one program. */
export function oneFileOnly(files: readonly string[], { inputs, input }: InputOptions): void {
  if (files.length > 1 && (inputs !== undefined || input !== undefined)) {
    throw new UsageError('--inputs and --input are for one FILE at a time', 'use --random SEED with several');
  }
}
