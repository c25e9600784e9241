/** The runtime as a program that runs bundles has it: what `thimble/runtime` imports, compiled, beside koffi. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import ts from 'typescript';

export const ENTRY = 'src/runtime/index.ts';
export const GPU_CHECK = 'bench/gpu-check.ts';

export interface Compiled {
  /** JavaScript by source file. */
  readonly files: ReadonlyMap<string, string>;
  readonly packages: ReadonlySet<string>;
}

/** Everything that a source file imports when it runs: types are gone by then. */
export function compiledWithImports(entry: string): Compiled {
  const files = new Map<string, string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true },
    });
    files.set(file, outputText);
    for (const { fileName } of ts.preProcessFile(outputText, true, true).importedFiles) {
      if (fileName.startsWith('.')) visit(posix.join(dirname(file), fileName).replace(/\.js$/, '.ts'));
      else if (!fileName.startsWith('node:')) packages.add(fileName);
    }
  };
  visit(entry);
  return { files, packages };
}

/** Puts runtime and gpu-check into a folder: no compiler, and of packages only koffi with its binary. */
export function installRuntime(folder: string): void {
  for (const [file, text] of [ENTRY, GPU_CHECK].flatMap((entry) => [...compiledWithImports(entry).files])) {
    const to = join(folder, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, text);
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  for (const name of ['koffi', '@koromix/koffi-linux-x64']) {
    cpSync(`node_modules/${name}`, join(folder, 'node_modules', name), { recursive: true, dereference: true });
  }
}
