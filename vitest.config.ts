import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (file: string) => fileURLToPath(new URL(file, import.meta.url));

export default defineConfig({
  resolve: {
    // Tests run the sources, not the last build, also where they import the package by its name.
    alias: [
      { find: /^thimble$/, replacement: source('src/index.ts') },
      { find: /^thimble\/(rules|runtime)$/, replacement: source('src/$1/index.ts') },
      { find: /^thimble\/templates$/, replacement: source('src/emitters/templates/index.ts') },
    ],
  },
  test: {
    include: ['tests/**/*.test.ts'],
    // llvm-bindings cannot be used from two threads of one process.
    pool: 'forks',
    maxWorkers: 2,
    // Against tests that hang, not slow machines; `npm run test:all` has ten times the cases in a test.
    testTimeout: process.env.THIMBLE_TEST_ALL ? 3_600_000 : 300_000,
    hookTimeout: 60_000,
  },
});
