/** A finished compilation as a bundle: a file that the runtime alone loads and runs. */
import type { Compilation } from './compiler.js';
import { cudaCode } from './cuda-code.js';
import { TRIPLE } from './emitters/llvm/index.js';
import type { Attributes } from './hlo/index.js';
import { elementOf, type ProgramSpec } from './hlo/recipe.js';
import { byteSize, sameDims, showType, type TensorType, tensorType } from './hlo/types.js';
import { driverObject } from './kernel-objects.js';
import { librariesOf } from './program.js';
import { type GpuTarget, neededFlags, type TargetInfo } from './rules/target.js';
import { type NewSection, writeContainer } from './runtime/bundle/container.js';
import { type CpuMachine, imageSections } from './runtime/bundle/cpu.js';
import { type CudaMachine, codeSections } from './runtime/bundle/cuda.js';
import { BundleError } from './runtime/bundle/field.js';
import { type BundleValue, encodeManifest, type Manifest } from './runtime/bundle/manifest.js';
import { planToJson } from './runtime/bundle/plan-json.js';
import { constantName } from './runtime/bundle/plan-section.js';
import { ptxVersion } from './runtime/cuda/code.js';
import { linkImage } from './runtime/link.js';
import type { Plan } from './runtime/plan.js';
import { PLAN_ABI } from './runtime/plan-abi.js';
import { version } from './version.js';

export interface BundleOptions {
  /** What the program was compiled for, `cpu:avx2`. */
  readonly target: string;
  /** Inputs to try the bundle with, and the outputs to expect. */
  readonly expectations?: ProgramSpec | undefined;
}

/** Writes the bundle of a compilation that went through all passes. Throws `BundleError` where it cannot be one. */
export function writeBundle(file: string, compilation: Compilation, { target, expectations }: BundleOptions): void {
  const plan = compilation.plan!;
  if (expectations) checkExpectations(expectations, plan);
  const { device, machine, sections } = codeOf(compilation, target);
  const manifest: Manifest = {
    thimble: version(),
    device,
    target,
    inputs: namedValues(plan.inputs, compilation.module.entry.argumentAttributes, 'input'),
    outputs: namedValues(plan.outputs, compilation.module.entry.resultAttributes, 'output'),
    donations: plan.donations,
    libraries: librariesOf(compilation.kernels!),
  };
  const content = [
    jsonSection('plan', planToJson(plan)),
    ...sections,
    ...plan.constants.map(({ type, bytes }, k) => ({ name: constantName(k), bytes: byteSize(type), content: bytes })),
    ...(expectations ? [jsonSection('expectations', expectations)] : []),
  ];
  writeContainer(file, encodeManifest(manifest, machine), content);
}

/** What the device's loader wants: its facts about the machine, and its sections. */
interface DeviceCode {
  readonly device: string;
  readonly machine: object;
  readonly sections: readonly NewSection[];
}

function codeOf(compilation: Compilation, name: string): DeviceCode {
  const { target } = compilation.options;
  if (target.arch === 'x86-64') return processorCode(compilation, target);
  if (name !== 'simt') return cudaDeviceCode(compilation, target);
  throw new BundleError('kernels for simt are interpreted, which takes the compiler: choose --target cpu, or cuda');
}

function processorCode({ objects, options }: Compilation, target: TargetInfo): DeviceCode {
  const machine: CpuMachine = {
    triple: TRIPLE,
    features: neededFlags(target),
    abi: PLAN_ABI,
    checked: options.checked,
  };
  return { device: 'cpu', machine, sections: imageSections(linkImage([driverObject(target), ...objects!])) };
}

function cudaDeviceCode(compilation: Compilation, target: GpuTarget): DeviceCode {
  const code = cudaCode(compilation, target);
  const machine: CudaMachine = {
    processor: target.processor,
    capability: target.capability,
    ptx: ptxVersion(code.ptx),
  };
  return { device: 'cuda', machine, sections: codeSections(code) };
}

function jsonSection(name: string, value: object): NewSection {
  const bytes = Buffer.from(JSON.stringify(value));
  return { name, bytes: bytes.length, content: () => bytes };
}

/** Attributes by which programs name their arguments and results. */
const NAMES = ['jax.arg_info', 'jax.result_info'];

const namedValues = (
  types: readonly TensorType[],
  attributes: readonly Attributes[],
  what: 'input' | 'output',
): BundleValue[] =>
  types.map((type, k) => {
    const given = NAMES.map((n) => attributes[k]?.[n]).find((v) => typeof v === 'string' && v !== '');
    return { name: typeof given === 'string' ? given : `${what} ${k}`, type };
  });

function checkExpectations(spec: ProgramSpec, { inputs, outputs }: Plan): void {
  const check = (
    what: string,
    said: readonly { dtype: string; shape: readonly number[] }[],
    types: readonly TensorType[],
  ) => {
    if (said.length !== types.length) {
      throw new BundleError(`the expectations have ${said.length} ${what}s, but the program has ${types.length}`);
    }
    said.forEach(({ dtype, shape }, k) => {
      const { element, dims } = types[k]!;
      if (elementOf(dtype) === element && sameDims(shape, dims)) return;
      const given = showType(tensorType(elementOf(dtype), shape));
      throw new BundleError(
        `${what} ${k} of the expectations is ${given}, but the program's is ${showType(types[k]!)}`,
      );
    });
  };
  check('input', spec.inputs, inputs);
  if (spec.outputs) check('output', spec.outputs, outputs);
}
