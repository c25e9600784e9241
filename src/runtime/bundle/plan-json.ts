/** A plan as JSON and back. What comes back is checked so far that running it touches its own buffers alone. */
import { byteSize, ELEMENT } from '../../hlo/types.js';
import {
  type BranchStep,
  type BufferHome,
  COUNTER_TYPES,
  type ExchangeStep,
  type KernelLaunch,
  type Plan,
  type PlanBuffer,
  type RepeatStep,
  type Step,
  type StepCost,
} from '../plan.js';
import type { Field } from './field.js';
import { decodeType, encodeType } from './types-json.js';

/** What the manifest says of the program, too. */
export type Signature = Pick<Plan, 'inputs' | 'outputs' | 'donations'>;

export const planToJson = ({ constants, buffers, kernels, steps, processes, workspaceBytes }: Plan): object => ({
  workspaceBytes,
  ...(processes === undefined ? {} : { processes }),
  constants: constants.map(({ type }) => encodeType(type)),
  buffers,
  kernels,
  steps,
});

/** `constant`: the bytes of a constant, by its number. Throws `BundleError`. */
export function planFromJson(field: Field, signature: Signature, constant: (index: number) => Uint8Array): Plan {
  const workspaceBytes = field.get('workspaceBytes').count();
  const constants = field
    .get('constants')
    .list()
    .map((f, k) => decodeConstant(f, () => constant(k)));
  const homes: Homes = {
    input: signature.inputs.map(byteSize),
    output: signature.outputs.map(byteSize),
    constant: constants.map(({ type }) => byteSize(type)),
  };
  const buffers = field
    .get('buffers')
    .list()
    .map((f, id) => decodeBuffer(f, id, homes, workspaceBytes));
  const kernels = field
    .get('kernels')
    .list()
    .map((f) => ({ symbol: f.get('symbol').text(), hash: f.get('hash').text() }));
  const processes = field.has('processes') ? field.get('processes').count() : undefined;
  const steps = new Steps(buffers, kernels.length, processes ?? 0).list(field.get('steps'));
  const plan = { ...signature, constants, buffers, kernels, steps, workspaceBytes };
  return processes === undefined ? plan : { ...plan, processes };
}

function decodeConstant(field: Field, read: () => Uint8Array): Plan['constants'][number] {
  const type = decodeType(field);
  const bytes = () => {
    const content = read();
    if (content.length !== byteSize(type)) throw field.error(`must have ${content.length} bytes`);
    return content;
  };
  return { type, bytes };
}

/** Bytes of each. */
type Homes = Readonly<Record<Exclude<BufferHome['kind'], 'workspace' | 'process'>, readonly number[]>>;

function decodeBuffer(field: Field, id: number, homes: Homes, workspaceBytes: number): PlanBuffer {
  const bytes = field.get('bytes').count();
  const at = field.get('home');
  const kind = at.get('kind').oneOf(['input', 'output', 'constant', 'workspace', 'process']);
  if (kind === 'process') {
    if (bytes !== 4) throw field.error('must have 4 bytes');
    return { id, bytes, home: { kind } };
  }
  if (kind === 'workspace') {
    const offset = at.get('offset').count();
    if (offset + bytes > workspaceBytes) throw field.error(`must lie in the workspace of ${workspaceBytes} bytes`);
    return { id, bytes, home: { kind, offset } };
  }
  const index = at.get('index').count(homes[kind].length);
  const size = homes[kind][index]!;
  if (bytes > size) throw field.error(`must have no more than the ${size} bytes of ${kind} ${index}`);
  return { id, bytes, home: { kind, index } };
}

class Steps {
  constructor(
    private readonly buffers: readonly PlanBuffer[],
    private readonly kernels: number,
    private readonly processes: number,
  ) {}

  list = (field: Field): Step[] => field.list().map((f) => this.step(f));

  private step(f: Field): Step {
    const kind = f.get('kind').oneOf(['launch', 'copy', 'loop', 'repeat', 'branch', 'exchange']);
    const said = { cost: costOf(f.get('cost')), label: f.get('label').text() };
    switch (kind) {
      case 'launch': {
        const launches = f.get('launches').list();
        return { kind, launches: launches.map((l) => this.launch(l)), ...said };
      }
      case 'copy':
        return { kind, ...this.copy(f), ...said };
      case 'loop': {
        const predicate = this.buffer(f.get('predicate'), 1);
        return { kind, predicate, condition: this.list(f.get('condition')), body: this.list(f.get('body')), ...said };
      }
      case 'repeat': {
        const [body, other, odd] = ['body', 'other', 'odd'].map((name) => this.list(f.get(name)));
        return { kind, trips: this.trips(f.get('trips')), body: body!, other: other!, odd: odd!, ...said };
      }
      case 'branch':
        return { kind, ...this.branch(f), ...said };
      case 'exchange':
        return { kind, ...this.exchange(f), ...said };
    }
  }

  private launch(f: Field): KernelLaunch {
    const args = f.get('args').list();
    return {
      kernel: f.get('kernel').count(this.kernels),
      args: args.map((a) => this.buffer(a, 0)),
      tasks: f.get('tasks').count(),
    };
  }

  private copy(f: Field): { from: number; to: number } {
    const to = this.buffer(f.get('to'), 0);
    return { from: this.buffer(f.get('from'), this.buffers[to]!.bytes), to };
  }

  private trips(f: Field): RepeatStep['trips'] {
    if (f.isNumber) return f.count();
    const type = f.get('type').oneOf(COUNTER_TYPES);
    const { bytes } = ELEMENT[type];
    return { low: this.buffer(f.get('low'), bytes), high: this.buffer(f.get('high'), bytes), type };
  }

  private branch(f: Field): Pick<BranchStep, 'selector' | 'selects' | 'branches'> {
    const selects = f.get('selects').oneOf(['pred', 's32']);
    const branches = f.get('branches').list();
    if (branches.length === 0) throw f.get('branches').error('must name a branch');
    return {
      selects,
      selector: this.buffer(f.get('selector'), selects === 'pred' ? 1 : 4),
      branches: branches.map(this.list),
    };
  }

  private exchange(f: Field): Omit<ExchangeStep, 'kind' | 'cost' | 'label'> {
    const blockBytes = f.get('blockBytes').count();
    const parts = f.get('parts').flag();
    const rows = f.get('sources').list();
    if (rows.length !== this.processes) throw f.get('sources').error(`must be ${this.processes} lists`);
    const sources = rows.map((row) => row.list().map((s) => s.count(this.processes, -1)));
    const blocks = sources[0]!.length;
    for (const [p, row] of sources.entries()) {
      const mutual = row.every((s) => s < 0 || !parts || sources[s]!.includes(p));
      if (row.length !== blocks || !mutual) throw rows[p]!.error('must be as the others say');
    }
    const from = this.buffer(f.get('from'), parts ? blocks * blockBytes : blockBytes);
    return { from, to: this.buffer(f.get('to'), blocks * blockBytes), blockBytes, sources, parts };
  }

  /** The number of a buffer that has so many bytes at least. */
  private buffer(f: Field, bytes: number): number {
    const id = f.count(this.buffers.length);
    if (this.buffers[id]!.bytes < bytes) throw f.error(`must be a buffer of ${bytes} bytes or more`);
    return id;
  }
}

const costOf = (f: Field): StepCost => ({
  bytesRead: f.get('bytesRead').count(),
  bytesWritten: f.get('bytesWritten').count(),
  flops: f.get('flops').amount(),
});
