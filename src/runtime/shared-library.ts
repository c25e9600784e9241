/** Shared libraries brought into the process for good: threads of theirs may wait in them until its end. */
import koffi from 'koffi';

const RTLD_NOW = 2;
const RTLD_GLOBAL = 0x100;
/** Without it a library may be unmapped at exit while its threads still wait in it. */
const RTLD_NODELETE = 0x1000;

/**
 * The library's handle; `global`: machine code finds its functions by name. Throws with the Debian package to install where
 * it is missing. Nothing native is loaded before the first call: the asynchronous stack is configured by then (native.ts).
 */
export function openShared(file: string, packageName: string, { global = false } = {}): unknown {
  const open = koffi.load('libc.so.6').func('dlopen', 'void *', ['str', 'int']);
  const handle = open(file, RTLD_NOW | RTLD_NODELETE | (global ? RTLD_GLOBAL : 0));
  if (!handle) throw new Error(`${file} is missing; install it with: apt-get install -y ${packageName}`);
  return handle;
}

/** Where a function lies: in the library, or without one anywhere in the process, libraries opened as `global` included. */
export function symbolAddress(name: string, library: unknown = null): bigint {
  const find = koffi.load('libc.so.6').func('dlsym', 'void *', ['void *', 'str']);
  const found = find(library, name);
  if (!found) throw new Error(`the machine code calls ${name}, which no library of the process has`);
  return koffi.address(found);
}
