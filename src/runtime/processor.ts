/** What the processor can do, as the system tells. */
import { readFileSync } from 'node:fs';

/** Instruction set extensions by the kernel's names (`avx512f`, `bmi1`); empty where the system does not tell. */
export function processorFlags(): ReadonlySet<string> {
  try {
    const text = readFileSync('/proc/cpuinfo', 'utf8');
    return new Set(/^flags\s*:(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/));
  } catch {
    return new Set();
  }
}
