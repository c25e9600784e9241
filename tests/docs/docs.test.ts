/** The documents hold: code stands in a source file, commands exist, what they are said to print they print. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { main } from '../../src/cli/cli.js';
import { parse } from '../../src/index.js';

const FILES = ['README.md', ...readdirSync('docs').map((file) => `docs/${file}`)];

interface Block {
  readonly title: string;
  readonly language: string;
  readonly text: string;
}

function blocksOf(file: string): Block[] {
  const blocks: Block[] = [];
  let open: { language: string; line: number; text: string[] } | undefined;
  readFileSync(file, 'utf8')
    .split('\n')
    .forEach((line, k) => {
      if (!line.startsWith('```')) open?.text.push(line);
      else if (!open) open = { language: line.slice(3), line: k + 1, text: [] };
      else {
        blocks.push({ title: `${file}:${open.line}`, language: open.language, text: open.text.join('\n') });
        open = undefined;
      }
    });
  return blocks;
}

const blocks = FILES.flatMap(blocksOf);
const inLanguage = (...languages: string[]) =>
  blocks.filter((b) => languages.includes(b.language)).map((b) => [b.title, b.text] as const);

const sources = ['examples', 'rules-db', 'src'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(folder, file), 'utf8')),
);
const programs = readdirSync('examples')
  .filter((file) => file.endsWith('.mlir'))
  .map((file) => readFileSync(join('examples', file), 'utf8'));

/** Code that type-checks and is tested where it stands. A line `…` leaves out lines of the file. */
test.each(inLanguage('ts'))('the code of %s stands in a source file', (_, text) => {
  const parts = text.split(/^ *…$/m).map((part) => part.trimEnd());
  const holds = (source: string) => {
    let from = 0;
    return parts.every((part) => (from = source.indexOf(part, from)) >= 0 && (from += part.length) > 0);
  };
  expect(sources.some(holds)).toBe(true);
});

test.each(inLanguage('mlir'))('the program of %s is one of the examples, or parses', (_, text) => {
  if (!programs.some((p) => p.includes(text.trim()))) parse(text);
});

/** Commands and what each prints; the text after a `…` is left out. */
function session(text: string): { readonly command: string; readonly output: string }[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...output] = part.split('\n');
      return { command, output: output.join('\n').trimEnd() };
    });
}

/** Without what differs from run to run and from machine to machine. */
const steady = (text: string): string =>
  text
    .replaceAll(/\d+\.\d ms/g, '0.0 ms')
    .replaceAll(/ +(?=0\.0 ms)/g, ' ')
    .trimEnd();

describe('commands print what the documents say', () => {
  const sessions = inLanguage('console').flatMap(([title, text]) =>
    session(text).map(({ command, output }) => [title, command, output] as const),
  );
  test.each(sessions)('%s: %s', async (_, command, output) => {
    const [program, ...args] = command.split(' ');
    expect(program).toBe('thimble');
    let printed = '';
    const write = (text: string) => {
      printed += text;
    };
    await main(args, { out: write, err: write, interactive: false });
    const [shown = '', ...cut] = output.split(/^…$/m);
    if (cut.length === 0) expect(steady(printed)).toBe(steady(shown));
    else expect(steady(printed).startsWith(steady(shown))).toBe(true);
  });
});

test('every npm script that is named exists', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  const text = FILES.map((file) => readFileSync(file, 'utf8')).join('\n');
  const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name!);
  expect(named).toContain('demo');
  for (const name of named) expect(scripts).toHaveProperty([name]);
});

test.each(FILES)('%s: links and paths lead somewhere', (file) => {
  const text = readFileSync(file, 'utf8');
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) => join(dirname(file), link!));
  const paths = [...text.matchAll(/`((?:src|rules-db|tests|tools|examples|docs|bench)\/[\w./-]+)`/g)].map(
    ([, p]) => p!,
  );
  for (const path of [...links, ...paths]) expect(existsSync(path), `${path}, which ${file} names`).toBe(true);
});
