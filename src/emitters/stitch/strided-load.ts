/** Every second, third or fourth element, as neighbouring loads and shuffles: several times as fast as a gather. */
import type { KernelBuilder } from '../loop/builder.js';
import type { ValueId } from '../loop/ir.js';

/** Beyond this the loads bring more elements than a gather would touch. */
export const MAX_STRIDE = 4;

export interface StridedLoad {
  readonly lanes: number;
  /** Distance of the elements of neighbouring lanes, 2 to `MAX_STRIDE`. */
  readonly stride: number;
  /** Which of the elements from a lane's first on is wanted, and how many of them may be touched. */
  readonly phase: number;
  readonly span: number;
  /** Of the lanes that may be touched. */
  readonly mask: ValueId | undefined;
}

/** Lane l is the element at `first` + l · stride + phase. */
export function loadStrided(b: KernelBuilder, buffer: number, first: ValueId, load: StridedLoad): ValueId {
  const { lanes, stride, phase } = load;
  const all = Array.from({ length: lanes }, (_, l) => l);
  const pieces = Array.from({ length: stride }, (_, k) =>
    b.load(buffer, b.binary('add', first, b.index(k * lanes)), lanes, maskOf(b, k, load)),
  );
  // Lanes whose element lies in a later piece take anything for now.
  let found = pieces[0]!;
  for (let k = 1; k < stride; k++) {
    const pattern = all.map((l) => {
      const at = l * stride + phase - k * lanes;
      if (at >= lanes) return 0;
      if (at >= 0) return lanes + at;
      return k === 1 ? at + lanes : l;
    });
    found = b.shuffle(found, pieces[k]!, pattern);
  }
  return found;
}

/** The elements of piece k that may be touched. */
function maskOf(b: KernelBuilder, k: number, { lanes, stride, span, mask }: StridedLoad): ValueId | undefined {
  const all = Array.from({ length: lanes }, (_, j) => k * lanes + j);
  if (mask !== undefined) {
    const none = b.constant({ element: 'pred', lanes }, 0);
    const pattern = all.map((at) => (at % stride < span ? Math.floor(at / stride) : lanes));
    return b.shuffle(mask, none, pattern);
  }
  const last = (lanes - 1) * stride + span - 1;
  if (all[lanes - 1]! <= last) return undefined;
  const index = { element: 's32', lanes } as const;
  return b.compare('le', b.lanes(index), b.constant(index, last - k * lanes));
}
