/** Runs one kernel natively, through the driver, on typed arrays. */
import koffi from 'koffi';
import { compileDriver, compileKernels } from '../../../src/emitters/llvm/index.js';
import type { Kernel } from '../../../src/emitters/loop/ir.js';
import { hostTarget, type TargetInfo } from '../../../src/rules/target.js';
import { type LoadedCode, loadObject } from '../../../src/runtime/code.js';
import { type ContextFields, encodeContext, StepTable } from '../../../src/runtime/driver-abi.js';
import { CONTEXT, ENTRY_SYMBOL, VIOLATION, VIOLATION_BYTES } from '../../../src/runtime/plan-abi.js';
import { parallelAddress } from '../../../src/runtime/threads.js';

export type Memory = ArrayBufferView & { readonly length: number };

const addressOf = (view: ArrayBufferView): bigint => koffi.address(view);

let entry: ((context: DataView) => number) | undefined;

function driver(): (context: DataView) => number {
  if (!entry) {
    const address = loadObject({ bytes: compileDriver(hostTarget()), symbols: [ENTRY_SYMBOL] }).address(ENTRY_SYMBOL);
    entry = koffi.decode(address, koffi.proto('int thimble_run(void *context)')) as (context: DataView) => number;
  }
  return entry;
}

export interface RunOptions {
  readonly threads?: number;
  readonly checked?: boolean;
  readonly target?: TargetInfo;
  readonly cancelled?: boolean;
}

export interface Outcome {
  readonly status: number;
  readonly failedStep: number;
  readonly violation: { readonly buffer: number; readonly index: bigint; readonly task: bigint } | undefined;
}

/** Runs the table's steps [begin, end) on the buffers, one slot each. */
export function runSteps(
  table: StepTable,
  range: { readonly begin: number; readonly end: number },
  buffers: readonly Memory[],
  options: RunOptions = {},
): Outcome {
  const { steps, args, ranges } = table.finish();
  const record = new DataView(new ArrayBuffer(VIOLATION_BYTES));
  const slots = new BigUint64Array([...buffers, record].map((b) => (b.byteLength === 0 ? 0n : addressOf(b))));
  const fields: ContextFields = {
    steps: addressOf(steps),
    args: addressOf(args),
    slots: addressOf(slots),
    ranges: addressOf(ranges),
    violation: options.checked ? addressOf(record) : 0n,
    parallel: parallelAddress(),
    threads: options.threads ?? 1,
    ...range,
  };
  const context = encodeContext(fields);
  if (options.cancelled) context.setInt32(CONTEXT.cancel, 1, true);
  const status = driver()(context);
  const violated = record.getBigInt64(VIOLATION.flag, true) !== 0n;
  return {
    status,
    failedStep: context.getInt32(CONTEXT.failedStep, true),
    violation: violated
      ? {
          buffer: Number(record.getBigInt64(VIOLATION.buffer, true)),
          index: record.getBigInt64(VIOLATION.index, true),
          task: record.getBigInt64(VIOLATION.task, true),
        }
      : undefined,
  };
}

export function withCode<T>(kernels: readonly Kernel[], options: RunOptions, use: (code: LoadedCode) => T): T {
  const { target = hostTarget(), checked = false } = options;
  const code = loadObject(compileKernels(kernels, { target, checked }));
  try {
    return use(code);
  } finally {
    code.dispose();
  }
}

/** One kernel on its parameters, in order. */
export function runNative(kernel: Kernel, buffers: readonly Memory[], options: RunOptions = {}): Outcome {
  return withCode([kernel], options, (code) => {
    const table = new StepTable();
    const args = buffers.map((_, i) => i);
    table.launch(code.address(kernel.name), options.checked ? [...args, buffers.length] : args, kernel.tasks);
    return runSteps(table, { begin: 0, end: 1 }, buffers, options);
  });
}
