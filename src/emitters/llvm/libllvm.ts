/** The functions of libLLVM 19's C interface that are used here, loaded when first asked for. */
import koffi, { type LibraryHandle } from 'koffi';

/** An opaque pointer of libLLVM's. */
export type Handle = { readonly __handle: unique symbol } | null;
/** An out-parameter: what the callee writes stands in it afterwards. */
export type Out<T> = [T | null];

const LIBRARY = 'libLLVM.so.19.1';

/**
 * As on a command line, its own name first. Loop strength reduction takes an eighth of the time, and finds nothing to
 * do: addresses here are a common part and a constant already.
 */
const OPTIONS = ['thimble', '-disable-lsr'];

type Args = 'texts' | 'ptrs' | 'ptr' | 'int' | 'uint' | 'size' | 'text' | 'bytes' | 'outPtr';
type ArgValue<A extends Args> = A extends 'ptr'
  ? Handle
  : A extends 'text'
    ? string
    : A extends 'texts'
      ? readonly string[]
      : A extends 'ptrs'
        ? readonly Handle[]
        : A extends 'bytes'
          ? Uint8Array
          : A extends 'outPtr'
            ? Out<Handle>
            : number;
type Result = 'ptr' | 'int' | 'uint' | 'size' | 'void';
type ResultValue<R extends Result> = R extends 'ptr' ? Handle : R extends 'void' ? undefined : number;
type ArgValues<A extends readonly Args[]> = { -readonly [I in keyof A]: ArgValue<A[I]> };

const signature = <R extends Result, const A extends readonly Args[]>(result: R, ...args: A) => ({ result, args });

const SIGNATURES = {
  LLVMParseCommandLineOptions: signature('void', 'int', 'texts', 'text'),
  LLVMContextCreate: signature('ptr'),
  LLVMContextDispose: signature('void', 'ptr'),
  LLVMCreateMemoryBufferWithMemoryRangeCopy: signature('ptr', 'bytes', 'size', 'text'),
  LLVMGetBufferStart: signature('ptr', 'ptr'),
  LLVMGetBufferSize: signature('size', 'ptr'),
  LLVMDisposeMemoryBuffer: signature('void', 'ptr'),
  LLVMParseBitcodeInContext2: signature('int', 'ptr', 'ptr', 'outPtr'),
  LLVMParseIRInContext: signature('int', 'ptr', 'ptr', 'outPtr', 'outPtr'),
  LLVMVerifyModule: signature('int', 'ptr', 'int', 'outPtr'),
  LLVMPrintModuleToString: signature('ptr', 'ptr'),
  LLVMDisposeMessage: signature('void', 'ptr'),
  LLVMDisposeModule: signature('void', 'ptr'),
  LLVMGetNamedFunction: signature('ptr', 'ptr', 'text'),
  LLVMSetLinkage: signature('void', 'ptr', 'int'),
  LLVMInitializeX86TargetInfo: signature('void'),
  LLVMInitializeX86Target: signature('void'),
  LLVMInitializeX86TargetMC: signature('void'),
  LLVMInitializeX86AsmPrinter: signature('void'),
  LLVMInitializeNVPTXTargetInfo: signature('void'),
  LLVMInitializeNVPTXTarget: signature('void'),
  LLVMInitializeNVPTXTargetMC: signature('void'),
  LLVMInitializeNVPTXAsmPrinter: signature('void'),
  LLVMSetTarget: signature('void', 'ptr', 'text'),
  LLVMSetDataLayout: signature('void', 'ptr', 'text'),
  LLVMInt32TypeInContext: signature('ptr', 'ptr'),
  LLVMConstInt: signature('ptr', 'ptr', 'size', 'int'),
  LLVMMDStringInContext2: signature('ptr', 'ptr', 'text', 'size'),
  LLVMMDNodeInContext2: signature('ptr', 'ptr', 'ptrs', 'size'),
  LLVMValueAsMetadata: signature('ptr', 'ptr'),
  LLVMMetadataAsValue: signature('ptr', 'ptr', 'ptr'),
  LLVMAddNamedMetadataOperand: signature('void', 'ptr', 'text', 'ptr'),
  LLVMGetTargetFromTriple: signature('int', 'text', 'outPtr', 'outPtr'),
  LLVMGetHostCPUName: signature('ptr'),
  LLVMGetHostCPUFeatures: signature('ptr'),
  LLVMCreateTargetMachine: signature('ptr', 'ptr', 'text', 'text', 'text', 'int', 'int', 'int'),
  LLVMTargetMachineEmitToMemoryBuffer: signature('int', 'ptr', 'ptr', 'int', 'outPtr', 'outPtr'),
  LLVMCreatePassBuilderOptions: signature('ptr'),
  LLVMRunPasses: signature('ptr', 'ptr', 'text', 'ptr', 'ptr'),
  LLVMGetErrorMessage: signature('ptr', 'ptr'),
  LLVMDisposeErrorMessage: signature('void', 'ptr'),
} as const;

type Signatures = typeof SIGNATURES;
export type LibLlvm = {
  readonly [F in keyof Signatures]: (...args: ArgValues<Signatures[F]['args']>) => ResultValue<Signatures[F]['result']>;
};

function open(): LibLlvm {
  const types = {
    ptr: 'void *',
    int: 'int',
    uint: 'uint',
    size: 'size_t',
    text: 'str',
    texts: 'const char **',
    ptrs: 'void **',
    bytes: 'const uint8_t *',
    outPtr: koffi.out(koffi.pointer('void *')),
    void: 'void',
  };
  let library: LibraryHandle;
  try {
    library = koffi.load(LIBRARY);
  } catch (e) {
    throw new Error(
      `${LIBRARY} does not load (${(e as Error).message.split('\n')[0]}); install it with: apt-get install -y libllvm19`,
    );
  }
  const bind = ([name, { result, args }]: [string, { result: Result; args: readonly Args[] }]) => [
    name,
    library.func(
      name,
      types[result],
      args.map((a) => types[a]),
    ),
  ];
  const lib = Object.fromEntries(Object.entries(SIGNATURES).map(bind)) as LibLlvm;
  lib.LLVMParseCommandLineOptions(OPTIONS.length, OPTIONS, '');
  return lib;
}

let opened: LibLlvm | undefined;

/** Throws, with the command that installs it, where libLLVM 19 is missing. */
export function libLlvm(): LibLlvm {
  opened ??= open();
  return opened;
}

/** Where a function of the library lies, for native code to call. */
export const functionAddress = (name: keyof LibLlvm): bigint => koffi.address(koffi.load(LIBRARY).symbol(name));

/** The text at the pointer, which is then freed. */
export function takeText(message: Handle): string {
  if (!message) return '';
  const text = koffi.decode.string(message);
  libLlvm().LLVMDisposeMessage(message);
  return text;
}

/** Throws what an LLVMErrorRef says. */
export function succeed(error: Handle, what: string): void {
  if (!error) return;
  const lib = libLlvm();
  const message = lib.LLVMGetErrorMessage(error);
  const text = koffi.decode.string(message);
  lib.LLVMDisposeErrorMessage(message);
  throw new Error(`${what}: ${text}`);
}

/** The bytes of a memory buffer, which is then freed. */
export function takeBytes(buffer: Handle): Uint8Array {
  const lib = libLlvm();
  const view = koffi.view(lib.LLVMGetBufferStart(buffer), Number(lib.LLVMGetBufferSize(buffer)));
  const bytes = new Uint8Array(view).slice();
  lib.LLVMDisposeMemoryBuffer(buffer);
  return bytes;
}
