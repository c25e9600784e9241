/** docs/rule-catalogue.md is what the tool writes; of its firings, those on the programs of examples/rules are tried. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultRules } from '../../src/index.js';
import { CATALOGUE, type Count, catalogue, EXAMPLES, exampleFile, firedBy } from '../../tools/catalogue.js';

const text = readFileSync(CATALOGUE, 'utf8');
const counts = new Map<string, Count>();
for (const [, rule, firings, programs] of text.matchAll(/^\| `(\w+)` .* \| (\d+) in (\d+) \|$/gm))
  counts.set(rule!, { firings: Number(firings), programs: Number(programs) });
const rules = defaultRules().ofKind('rewrite');
const unfired = rules.map((r) => r.name).filter((name) => !counts.has(name));

test('names, equations, contracts and guards are those of the rules (npx jiti tools/catalogue.ts writes it anew)', () => {
  const programs = Number(/corpus is (\d+) programs/.exec(text)![1]);
  expect(text).toBe(catalogue(rules, counts, programs));
});

test('at least eighty rules fire, on the corpus or on an example', () => {
  expect(rules.length).toBeGreaterThanOrEqual(80);
  expect(
    readdirSync(EXAMPLES)
      .map((file) => join(EXAMPLES, file))
      .sort(),
  ).toEqual(unfired.map(exampleFile).sort());
});

test.each(unfired)('%s fires on its example', (name) => {
  expect(firedBy(readFileSync(exampleFile(name)))).toContain(name);
});
