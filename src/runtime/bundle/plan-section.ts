/** A bundle's plan and constants: the sections that bundles for every device have. */
import type { Plan } from '../plan.js';
import type { Container } from './container.js';
import type { Manifest } from './manifest.js';
import { planFromJson } from './plan-json.js';

export const constantName = (index: number): string => `constant ${index}`;

/** Constants are read when they are asked for. Throws `BundleError`. */
export function planOf(container: Container, { inputs, outputs, donations }: Manifest): Plan {
  const signature = { inputs: inputs.map((i) => i.type), outputs: outputs.map((o) => o.type), donations };
  return planFromJson(container.json('plan'), signature, (k) => container.read(constantName(k)));
}
