/** Foreign libraries in the process, where machine code finds their functions. */
import { checkForeignStack } from './native.js';
import { openShared } from './shared-library.js';

const loaded = new Set<string>();

/** Throws with the package to install where the library is missing. */
export function loadForeign({ file, package: name }: { readonly file: string; readonly package: string }): void {
  if (loaded.has(file)) return;
  checkForeignStack();
  openShared(file, name, { global: true });
  loaded.add(file);
}
