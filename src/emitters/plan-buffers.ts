/** The buffers and constants of a plan under construction. */
import { byteSize, bytesOf, type Literal, type TensorType } from '../hlo/index.js';
import type { BufferHome, Plan, PlanBuffer, Step } from '../runtime/plan.js';
import { lifetimesOf, placeIntervals } from './memory-plan.js';

export class PlanBuffers {
  private readonly buffers: { readonly bytes: number; readonly home: BufferHome | undefined }[] = [];
  private readonly constants: { type: TensorType; bytes: () => Uint8Array }[] = [];
  private readonly constantOf = new Map<Literal, number>();

  /** A buffer without a home gets a place in the workspace. */
  add(bytes: number, home?: BufferHome): number {
    return this.buffers.push({ bytes, home }) - 1;
  }

  bytes(id: number): number {
    return this.buffers[id]!.bytes;
  }

  constant(literal: Literal): number {
    let id = this.constantOf.get(literal);
    if (id === undefined) {
      const { type } = literal;
      const index = this.constants.push({ type, bytes: () => bytesOf(literal.tensor()) }) - 1;
      id = this.add(byteSize(type), { kind: 'constant', index });
      this.constantOf.set(literal, id);
    }
    return id;
  }

  /** Places what has no home yet. Buffers that no step touches lie anywhere. */
  finish(steps: readonly Step[]): Pick<Plan, 'buffers' | 'constants' | 'workspaceBytes'> {
    const lifetimes = lifetimesOf(steps);
    const homeless = [...this.buffers.keys()].filter((id) => !this.buffers[id]!.home && lifetimes.has(id));
    const { offsets, bytes } = placeIntervals(
      homeless.map((id) => ({ bytes: this.buffers[id]!.bytes, ...lifetimes.get(id)! })),
    );
    const offsetOf = new Map(homeless.map((id, k) => [id, offsets[k]!]));
    const buffers = this.buffers.map(
      (b, id): PlanBuffer => ({
        id,
        bytes: b.bytes,
        home: b.home ?? { kind: 'workspace', offset: offsetOf.get(id) ?? 0 },
      }),
    );
    return { buffers, constants: this.constants, workspaceBytes: bytes };
  }
}
