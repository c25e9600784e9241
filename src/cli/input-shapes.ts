/** Shapes of a program's inputs on the command line: `--input-shapes '2x3,5,=7'`. */
import { DYNAMIC, ELEMENT, elementCount, showType, storageOf, type Tensor, type TensorType } from '../hlo/index.js';
import type { CompileOptions } from '../program.js';
import { type InputShape, isDynamic } from '../rules/passes/specialise.js';
import { UsageError } from './errors.js';
import { type CommonOptions, compileOptions, type ShapeOptions } from './options.js';
import type { ProgramFile } from './program-file.js';

/** Values of at most so many elements are handed on to another process. */
const SMALL = 64;

/**
 * What the commands compile a program with. Where its shapes are open and none are given, those of the inputs are
 * taken, which `inputs` finds; commands that have no inputs leave them open.
 */
export function shapedOptions(
  program: ProgramFile,
  options: CommonOptions & ShapeOptions,
  inputs?: (types: readonly TensorType[]) => readonly Tensor[],
): CompileOptions {
  const common = compileOptions(options);
  if (options.inputShapes === undefined && !inputs) return common;
  const module = program.placing(() => program.look());
  if (!module.computations.has('main')) return common;
  const types = module.entry.parameters.map((p) => p.result.tensorType);
  if (options.inputShapes !== undefined) return { ...common, shapes: parseInputShapes(options.inputShapes, types) };
  if (!isDynamic(module, program.rules.ops)) return common;
  return { ...common, shapes: inputs!(types) };
}

/** One entry an input; throws `UsageError` where an entry is not understood. */
export function parseInputShapes(text: string, types: readonly TensorType[]): InputShape[] {
  const entries = text.trim() === '' && types.length === 0 ? [] : text.split(',').map((e) => e.trim());
  if (entries.length !== types.length) {
    const counted = `${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}`;
    throw new UsageError(
      `--input-shapes ${text} has ${counted}, but the program ${types.length} inputs`,
      hintFor(types),
    );
  }
  return entries.map((entry, i) => parseEntry(entry, types[i]!, i, types));
}

function parseEntry(entry: string, type: TensorType, i: number, types: readonly TensorType[]): InputShape {
  if (entry === '' && !type.dims.includes(DYNAMIC)) return type.dims;
  const value = /^=(-?\d+(?:x-?\d+)*)$/.exec(entry)?.[1];
  if (value !== undefined) return integerInput(value.split('x'), type, i);
  if (!/^\d+(x\d+)*$/.test(entry)) {
    throw new UsageError(
      `--input-shapes: '${entry}' for input ${i}, ${showType(type)}, is not understood`,
      hintFor(types),
    );
  }
  return entry.split('x').map(Number);
}

/** An input of one number, or of a list of them. */
function integerInput(numbers: readonly string[], type: TensorType, i: number): Tensor {
  const { class: cls, bits } = ELEMENT[type.element];
  if (cls === 'float' || cls === 'complex') {
    throw new UsageError(`--input-shapes: input ${i} is ${showType(type)}; only integers may be given by value`);
  }
  const dims = type.dims.map((n) => (n === DYNAMIC ? numbers.length : n));
  if (type.dims.length > 1 || elementCount(dims) !== numbers.length) {
    throw new UsageError(
      `--input-shapes: input ${i} is ${showType(type)}, but ${numbers.length} numbers are given for it`,
    );
  }
  const data = new (storageOf(type.element))(numbers.length);
  numbers.forEach((n, k) => {
    data[k] = bits === 64 ? BigInt(n) : Number(n);
  });
  return { type: { ...type, dims }, data };
}

function hintFor(types: readonly TensorType[]): string {
  const example = types.map(({ dims }) => dims.map((n) => (n === DYNAMIC ? 8 : n)).join('x')).join(',');
  return (
    `one entry for each input (${types.map(showType).join(', ')}), for instance '${example}'; ` +
    '=7 gives an integer whose value decides shapes'
  );
}

/** The option that says the same to another process. */
export function inputShapesText(shapes: readonly InputShape[]): string {
  return shapes
    .map((s) => {
      if (!('data' in s)) return s.join('x');
      const integers = /^[su]/.test(s.type.element) && s.type.dims.length <= 1 && s.data.length <= SMALL;
      return integers && s.data.length > 0 ? `=${Array.from(s.data as Int32Array).join('x')}` : s.type.dims.join('x');
    })
    .join(',');
}
