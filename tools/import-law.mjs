// The first law: imports run one way. This table says which part of the project may import which;
// `npm run lint` and tests/laws/imports.test.ts hold the sources against it.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** Each part, by the start of its paths (the longest that fits counts), and what it may import of ours and of packages. */
export const law = {
  'src/hlo/': { ours: [], packages: [] },
  'src/rules/': { ours: ['src/hlo/'], packages: ['ts-pattern'] },
  'src/fusion/': { ours: ['src/hlo/', 'src/rules/'], packages: ['ts-pattern'] },
  'src/runtime/': { ours: ['src/hlo/'], packages: ['koffi'] },
  'src/emitters/': { ours: ['src/hlo/', 'src/rules/', 'src/fusion/', 'src/runtime/plan'], packages: ['ts-pattern'] },
  // The one folder that knows LLVM; the runtime's plan, not the runtime, is its neighbour too.
  'src/emitters/llvm/': {
    ours: ['src/hlo/', 'src/rules/', 'src/fusion/', 'src/runtime/plan', 'src/emitters/'],
    packages: ['ts-pattern', 'koffi', 'llvm-bindings'],
  },
  'rules-db/': { ours: ['src/rules/index.js'], packages: [] },
  'src/cli/': { ours: ['src/', 'rules-db/'], packages: ['ts-pattern', 'commander', 'jiti'] },
  // src/compiler.ts, src/index.ts and what stands beside them
  'src/': { ours: ['src/', 'rules-db/'], packages: ['ts-pattern', 'jiti'] },
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The part of the law that a source file is under. */
function partOf(file) {
  const parts = Object.keys(law).filter((start) => file.startsWith(start));
  return parts.sort((a, b) => b.length - a.length)[0];
}

/** What is wrong with one file's imports, a sentence each. `file` is relative to the project. */
export function violations(file, text) {
  const part = partOf(file);
  if (!part) return [];
  const { ours, packages } = law[part];
  const allowed = (name) => {
    if (name.startsWith('node:')) return true;
    if (!name.startsWith('.')) return packages.some((known) => name === known || name.startsWith(`${known}/`));
    const target = posix.join(posix.dirname(file), name);
    return (target.startsWith(part) && partOf(target) === part) || ours.some((start) => target.startsWith(start));
  };
  const names = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
  return names.filter((name) => !allowed(name)).map((name) => `${file} imports '${name}', which ${part} must not.`);
}

/** Every source file under the law. */
export function lawfulFiles() {
  const under = (folder) => readdirSync(join(root, folder), { recursive: true }).map((file) => `${folder}/${file}`);
  return [...under('src'), ...under('rules-db')].filter((file) => file.endsWith('.ts'));
}

export function allViolations() {
  return lawfulFiles().flatMap((file) => violations(file, readFileSync(join(root, file), 'utf8')));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = allViolations();
  for (const line of found) console.error(line);
  process.exitCode = found.length === 0 ? 0 : 1;
}
