/** Foreign libraries in the process, where machine code finds their functions. */
import koffi from 'koffi';

const RTLD_NOW = 2;
const RTLD_GLOBAL = 0x100;
/** Threads of the library may outlive every program that uses it. */
const RTLD_NODELETE = 0x1000;

const loaded = new Set<string>();

/** Throws with the package to install where the library is missing. */
export function loadForeign({ file, package: name }: { readonly file: string; readonly package: string }): void {
  if (loaded.has(file)) return;
  const open = koffi.load('libc.so.6').func('dlopen', 'void *', ['str', 'int']);
  if (!open(file, RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE)) {
    throw new Error(`${file} is missing; install it with: apt-get install -y ${name}`);
  }
  loaded.add(file);
}
