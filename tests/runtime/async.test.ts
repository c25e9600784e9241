import { describe, expect, it } from 'vitest';
import { add8, f32, ramp, slow, twoSteps } from './programs.js';

describe('asynchronous runs', () => {
  it('leave the event loop free', async () => {
    using p = slow();
    const run = p.run([ramp([512, 512])], { threads: 1 });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await run;
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);
  });

  it('end soon after they are aborted, and the program runs on', async () => {
    using p = slow();
    const a = ramp([512, 512]);
    const start = performance.now();
    await p.run([a], { threads: 1 });
    const whole = performance.now() - start;
    const abort = new AbortController();
    const reason = new Error('enough');
    const again = performance.now();
    setTimeout(() => abort.abort(reason), whole / 8);
    await expect(p.run([a], { threads: 1, signal: abort.signal })).rejects.toBe(reason);
    expect(performance.now() - again).toBeLessThan(whole);
    await expect(p.run([a], { signal: AbortSignal.timeout(1) })).rejects.toMatchObject({ name: 'TimeoutError' });
    expect((await p.run([a]))[0]!.data).toEqual(p.runSync([a])[0]!.data);
  });

  it('do not begin once aborted', async () => {
    using p = add8();
    const a = f32([8], new Float32Array(8));
    await expect(p.run([a, a], { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no');
  });

  it('may be many at a time, and sync runs beside them', async () => {
    using p = twoSteps();
    const inputs = Array.from({ length: 20 }, (_, k) =>
      f32(
        [64, 32],
        (ramp([64, 32]).data as Float32Array).map((x) => x * k),
      ),
    );
    const expected = inputs.map((x) => p.runSync([x])[0]!.data);
    const runs = inputs.map((x) => p.run([x]));
    expect(p.runSync([inputs[3]!])[0]!.data).toEqual(expected[3]);
    const results = await Promise.all(runs);
    results.forEach(([r], k) => {
      expect(r!.data).toEqual(expected[k]);
    });
  });

  it('finish before what they need is freed', async () => {
    const p = slow();
    const a = ramp([512, 512]);
    const expected = p.runSync([a])[0]!.data;
    const run = p.run([a]);
    p.dispose();
    expect((await run)[0]!.data).toEqual(expected);
    await expect(p.run([a])).rejects.toThrow('disposed');
  });

  it('that wait for their turn are refused when the program is disposed of meanwhile', async () => {
    const p = slow();
    const a = ramp([512, 512]);
    const runs = Array.from({ length: 10 }, () => p.run([a], { threads: 1 }));
    p.dispose();
    const settled = await Promise.allSettled(runs);
    expect(settled.slice(0, 4).every((s) => s.status === 'fulfilled')).toBe(true);
    expect(settled.slice(4).every((s) => s.status === 'rejected')).toBe(true);
  });

  it('refuse wrong arguments by rejecting', async () => {
    using p = add8();
    await expect(p.run([])).rejects.toThrow('the program has 2 inputs, but 0 are given');
  });
});
