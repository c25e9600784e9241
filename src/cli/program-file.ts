/** Programs read from files. */
import { readFileSync } from 'node:fs';
import { type Compilation, CompileError, runPasses } from '../compiler.js';
import type { Module } from '../hlo/index.js';
import { parseProgram } from '../hlo/parse.js';
import { verify } from '../hlo/verifier.js';
import { located } from '../located.js';
import { type CompileOptions, compilerOptions, executableOf } from '../program.js';
import type { RuleSet } from '../rules/index.js';
import { type InputShape, specialise } from '../rules/passes/specialise.js';
import { isBundle } from '../runtime/bundle/container.js';
import type { Executable } from '../runtime/index.js';
import { InterpretedExecutable } from '../runtime/interpreted-executable.js';
import { UsageError } from './errors.js';

export function readBytes(file: string, what = 'file'): Uint8Array {
  try {
    return readFileSync(file);
  } catch (e) {
    const code = (e as NodeJS.ErrnoException).code;
    const why =
      code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : (e as Error).message;
    throw new UsageError(`cannot read ${what} ${file}: ${why}`);
  }
}

/** A program's text, from which fresh graphs can be made: compiling changes a graph. */
export class ProgramFile {
  private seen: Module | undefined;

  constructor(
    readonly file: string,
    readonly source: Uint8Array,
    readonly rules: RuleSet,
  ) {
    const head = Buffer.from(source.subarray(0, 400)).toString('latin1').trimStart();
    if (head === '') throw new UsageError(`${file} is empty`);
    if (isBundle(source)) {
      throw new UsageError(`${file} is a bundle: it is compiled already`, '`thimble run` and `thimble bench` take it');
    }
    if (head.startsWith('ML\xefR')) {
      throw new UsageError(
        `${file} holds MLIR bytecode, which cannot be read yet`,
        'export the text form instead: jax.jit(f).lower(...).as_text()',
      );
    }
  }

  static read = (file: string, rules: RuleSet): ProgramFile => new ProgramFile(file, readBytes(file), rules);

  /** A new graph of the program. Throws `SourceError`. */
  module(): Module {
    const module = this.seen ?? parseProgram(this.source, this.rules.ops, { file: this.file });
    this.seen = undefined;
    return module;
  }

  /** A graph to look at, which is parsed no second time for who then changes it. */
  look(): Module {
    this.seen ??= this.module();
    return this.seen;
  }

  /** What `use` gives; errors it throws get the line that they are about. */
  placing<T>(use: () => T): T {
    try {
      return use();
    } catch (e) {
      throw located(e, this.source, this.file);
    }
  }

  /** A verified graph that has an entry. */
  checkedModule(): Module {
    return this.placing(() => {
      const module = this.module();
      const [problem] = verify(module, this.rules.ops);
      if (problem) throw new CompileError(problem.message, problem.location);
      if (!module.computations.has('main')) throw noMain(module, this.file);
      return module;
    });
  }

  /** The program as it is, or for inputs of these shapes. */
  interpreted(shapes?: readonly InputShape[]): Executable {
    const { ops } = this.rules;
    const module = this.checkedModule();
    const shaped = shapes ? this.placing(() => specialise(module, ops, shapes).module) : module;
    return new InterpretedExecutable(shaped, ops);
  }

  /** The compilation, run up to and with the pass `last`. */
  compilation(options: CompileOptions, last?: string): Compilation {
    return this.placing(() => {
      const module = this.module();
      if (!module.computations.has('main')) throw noMain(module, this.file);
      return runPasses(module, compilerOptions({ ...options, rules: this.rules }), last);
    });
  }

  executable(options: CompileOptions): Executable {
    const { target = 'cpu', threads } = options;
    if (target === 'interpreter') return this.interpreted(options.shapes);
    return executableOf(this.compilation(options), target, threads);
  }
}

function noMain(module: Module, file: string): Error {
  const names = [...module.computations.keys()].map((n) => `@${n}`);
  return new UsageError(
    `${file} has no function @main`,
    names.length === 0 ? 'it has no functions at all' : `its functions are ${names.join(', ')}; name one of them @main`,
  );
}
