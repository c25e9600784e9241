import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';

test('the first example prints what the README shows', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  await import('../../examples/softmax.js');
  const printed = log.mock.calls.flat().join('\n');
  log.mockRestore();
  expect(printed).toMatch(/^\[\[0\.031/);
  expect(readFileSync('README.md', 'utf8')).toContain(`\`\`\`text\n${printed}\n\`\`\``);
});
