// `npm test`: sets up, runs Vitest with the arguments given, and ends with one line that counts:
// `N passed, N failed` or `N passed, N failed, N skipped`.

import { fetchPtxas } from './ptxas.mjs';
import { setup } from './setup.mjs';

/** Vitest's own report comes first; then a test counts once, and a file or an error outside of tests as a failure. */
async function run() {
  await setup();
  await fetchPtxas();
  const { parseCLI, startVitest } = await import('vitest/node');
  const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)]);
  const vitest = await startVitest('test', filter, { ...options, watch: false });
  const count = { passed: 0, failed: vitest.state.getUnhandledErrors().length, skipped: 0 };
  for (const file of vitest.state.getTestModules()) {
    const tests = [...file.children.allTests()];
    for (const test of tests) {
      const { state } = test.result();
      count[state === 'pending' ? 'failed' : state] += 1;
    }
    if (file.state() === 'failed' && !tests.some((test) => test.result().state === 'failed')) count.failed += 1;
  }
  await vitest.close();
  return count;
}

let count = { passed: 0, failed: 1, skipped: 0 };
try {
  count = await run();
} catch (error) {
  console.error(`\nThe tests did not run. ${error.name === 'SetupError' ? error.message : error.stack}`);
}
console.log(`${count.passed} passed, ${count.failed} failed${count.skipped ? `, ${count.skipped} skipped` : ''}`);
process.exit(count.failed === 0 && count.passed > 0 ? 0 : 1);
