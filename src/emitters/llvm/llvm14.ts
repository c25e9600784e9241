/**
 * LLVM 14 through llvm-bindings: the library, its one context, its one module, and the types the binding lacks.
 *
 * Modules and contexts of the binding are never freed, so there is one of each; what a batch of kernels put into the
 * module is erased when its bitcode has been written. Vector types, packed structs and function bodies that need
 * shuffles or access hints have no constructors in the binding: they come from small texts, parsed as they are needed.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type llvm from 'llvm-bindings';

export type Llvm = typeof llvm;

export const DATA_LAYOUT = 'e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128';
export const TRIPLE = 'x86_64-unknown-linux-gnu';
const HEADER = `target datalayout = "${DATA_LAYOUT}"\ntarget triple = "${TRIPLE}"\n`;

/** Element kinds by their names in LLVM's text. */
export type Kind = 'i1' | 'i8' | 'i16' | 'i32' | 'i64' | 'half' | 'float' | 'double';
export const KIND_BITS: Readonly<Record<Kind, number>> = {
  i1: 1,
  i8: 8,
  i16: 16,
  i32: 32,
  i64: 64,
  half: 16,
  float: 32,
  double: 64,
};
const KINDS = Object.keys(KIND_BITS) as readonly Kind[];

/** `<16 x float>`, or `float` for one lane. */
export const typeText = (kind: Kind, lanes: number): string => (lanes === 1 ? kind : `<${lanes} x ${kind}>`);

/** A struct of one member has the alignment 1 when packed, which is how an access of unknown alignment is written. */
const packedText = (kind: Kind, lanes: number): string => `<{ ${typeText(kind, lanes)} }>`;

const COMMON_LANES = [1, 2, 4, 8, 16, 32, 64];

function loadLibrary(): Llvm {
  try {
    return createRequire(import.meta.url)('llvm-bindings') as Llvm;
  } catch (e) {
    throw new Error(
      `llvm-bindings does not load (${(e as Error).message.split('\n')[0]}); install what it is built with: ` +
        'apt-get install -y cmake g++ make llvm-14-dev zlib1g-dev, then: npm rebuild llvm-bindings',
    );
  }
}

export class Llvm14 {
  readonly llvm: Llvm = loadLibrary();
  readonly context = new this.llvm.LLVMContext();
  readonly builder = new this.llvm.IRBuilder(this.context);
  private readonly diagnostic = new this.llvm.SMDiagnostic();
  private readonly types = new Map<string, llvm.Type>();
  private readonly pointerTypes = new Map<llvm.Type, llvm.PointerType>();
  private files = 0;
  readonly module: llvm.Module;

  constructor() {
    const common: string[] = [];
    for (const kind of KINDS) {
      for (const lanes of COMMON_LANES) common.push(typeText(kind, lanes), packedText(kind, lanes));
    }
    this.learnTypes(common);
    this.module = this.parse('');
    // Objects hold this name, and must not hold that of a scratch file.
    this.module.setSourceFileName('kernels');
  }

  type(kind: Kind, lanes: number): llvm.Type {
    return this.named(typeText(kind, lanes));
  }

  packed(kind: Kind, lanes: number): llvm.Type {
    return this.named(packedText(kind, lanes));
  }

  pointer(kind: Kind): llvm.PointerType {
    return this.pointerTo(this.type(kind, 1));
  }

  pointerTo(type: llvm.Type): llvm.PointerType {
    let pointer = this.pointerTypes.get(type);
    if (!pointer) this.pointerTypes.set(type, (pointer = this.llvm.PointerType.get(type, 0)));
    return pointer;
  }

  /** A function declared in the module; intrinsics are recognised by their names. */
  declare(name: string, result: llvm.Type, parameters: llvm.Type[]): llvm.Function {
    const type = this.llvm.FunctionType.get(result, parameters, false);
    const { ExternalLinkage } = this.llvm.GlobalValue.LinkageTypes;
    return this.llvm.Function.Create(type, ExternalLinkage, name, this.module);
  }

  /** Gives functions that the module declares their bodies. */
  define(text: string): void {
    if (this.llvm.Linker.linkModules(this.module, this.parse(text))) {
      throw new Error('internal error: LLVM 14 does not link the prelude');
    }
  }

  bitcode(): Uint8Array {
    const file = this.scratchFile('bc');
    try {
      this.llvm.WriteBitcodeToFile(this.module, file);
      return readFileSync(file);
    } finally {
      rmSync(file, { force: true });
    }
  }

  private named(text: string): llvm.Type {
    let type = this.types.get(text);
    if (!type) {
      this.learnTypes([text]);
      type = this.types.get(text)!;
    }
    return type;
  }

  private learnTypes(texts: readonly string[]): void {
    const module = this.parse(texts.map((text, i) => `declare ${text} @t${i}()\n`).join(''));
    for (const [i, text] of texts.entries()) this.types.set(text, module.getFunction(`t${i}`)!.getReturnType());
  }

  /** Text in LLVM 14's notation. It must be right: of a wrong one the binding makes a null module, which crashes. */
  private parse(text: string): llvm.Module {
    const file = this.scratchFile('ll');
    writeFileSync(file, HEADER + text);
    try {
      return this.llvm.parseIRFile(file, this.diagnostic, this.context);
    } finally {
      rmSync(file, { force: true });
    }
  }

  private scratchFile(extension: string): string {
    const folder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
    return join(folder, `thimble-${process.pid}-${this.files++}.${extension}`);
  }
}

let instance: Llvm14 | undefined;

export function llvm14(): Llvm14 {
  instance ??= new Llvm14();
  return instance;
}
