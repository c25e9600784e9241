/** An op with a template and a schedule of its own: `custom_call @leaky_sum`, y[r, t] = 0.9 y[r, t − 1] + x[r, t]. */
import { defineOp, OpError, operandTensor, operandType, tensor } from 'thimble';
import { emit, index, sample, schedule, tensorType } from 'thimble/rules';
import { type AloneSpace, KernelContext, scheduleFor, taskLoop, template, usefulLanes } from 'thimble/templates';

declare module 'thimble/rules' {
  interface Roles extends Record<'recurrence', { readonly template: 'recurrence' }> {}
  interface ProblemOf extends Record<'recurrence', { readonly rows: number; readonly length: number }> {}
  interface ScheduleOf extends Record<'recurrence', { readonly lanes: number; readonly rowsPerTask: number }> {}
}

const DECAY = Math.fround(0.9);
export const leakySum = defineOp({
  ...{ name: 'leaky_sum', customCallTarget: 'leaky_sum', operands: 1, doc: 'y[r, t] = 0.9 y[r, t − 1] + x[r, t]' },
  infer: (c) => {
    const { element, dims } = operandType(c, 0);
    if (element !== 'f32' || dims.length !== 2) throw new OpError('leaky_sum takes f32[rows, times]');
    return [tensorType(element, dims)];
  },
  evaluate: (c) => {
    const { type, data } = operandTensor(c, 0);
    const y = Float32Array.from(data as Float32Array);
    for (let k = 0; k < y.length; k++) if (k % type.dims[1]! > 0) y[k] = Math.fround(DECAY * y[k - 1]!) + y[k]!;
    return [tensor('f32', [...type.dims], y)];
  },
});
export const LeakySum = emit('leaky_sum', { role: () => ({ template: 'recurrence' }) });
export const Sample = sample('leaky_sum', ({ result: y }) => (y.element === 'f32' ? { operands: [y] } : undefined));

export const Recurrence_Rows = schedule({
  ...{ name: 'Recurrence_Rows', template: 'recurrence', applies: () => true },
  when: 'any recurrence: rows side by side, one a lane, and enough of them to be worth a thread',
  choose: ({ rows, length }, { vectorBits }) => {
    const lanes = usefulLanes(vectorBits / 32, rows);
    return { lanes, rowsPerTask: lanes * Math.ceil(4096 / Math.max(1, length)) };
  },
});

export const Recurrence = template('recurrence', (group, options) => {
  const { operands, result } = (group.space as AloneSpace).instruction;
  const [rows = 0, length = 0] = result.tensorType.dims;
  const { lanes, rowsPerTask } = scheduleFor(options, 'recurrence', { rows, length });
  const context = new KernelContext(group, options, Math.ceil(rows / rowsPerTask));
  const { builder: b, stitch } = context;
  const at = [index.variable('row', rows), index.variable('time', length)];
  const type = { element: 'f32', lanes } as const;
  taskLoop(b, { label: 'row', extent: rows, lanes, copies: 1 }, rowsPerTask, (row, exists) => {
    b.loop('time', b.index(0), b.index(length), 1, [b.constant(type, 0)], (time, [before]) => {
      const axes = new Map([['row', { value: row, lanes }]]).set('time', { value: time, lanes: 1 });
      const step = () => {
        const decayed = b.binary('mul', before!, b.constant(type, DECAY));
        const y = b.binary('add', decayed, b.splat(stitch.value(operands[0]!, at)[0]!, lanes));
        context.store(result, at, [y], exists, false);
        return [y];
      };
      return stitch.scope(axes, step, exists);
    });
  });
  return [context.finish()];
});
