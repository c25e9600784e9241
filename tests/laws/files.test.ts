import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Everything a command says, and its exit status. */
function run(command: string, ...args: string[]) {
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8' });
  return { output: stdout + stderr, status };
}

const node = process.execPath;

describe('every file', () => {
  it('names no path of the machine it was written on', () => {
    const machinePath = /(?<![\w.$/}-])\/(work|home|root|Users)\/[\w.-]+/;
    // The setting lets git read a checkout that another user owns, as containers often have.
    const tracked = run('git', '-c', 'safe.directory=*', 'ls-files').output.trim().split('\n');
    const texts = tracked.filter((file) => existsSync(file) && !/\.(npy|mlir)$|^package-lock\.json$/.test(file));
    expect(texts).toContain('package.json');
    const found = texts.flatMap((file) => {
      const lines = readFileSync(file, 'utf8').split('\n');
      return lines.flatMap((line, i) => (machinePath.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : []));
    });
    expect(found).toEqual([]);
  });

  it('is formatted and passes the linter', () => {
    const { output, status } = run('node_modules/.bin/biome', 'check', '--colors=off', '--error-on-warnings', '.');
    expect(status, output).toBe(0);
  });

  it('type-checks, tests included', () => {
    const { output, status } = run(node, 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.json');
    expect(status, output).toBe(0);
  });
});
