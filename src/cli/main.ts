#!/usr/bin/env node
import { main } from './cli.js';

// A reader that has seen enough (`thimble run … | head`) is no error.
process.stdout.on('error', (e: NodeJS.ErrnoException) => {
  if (e.code === 'EPIPE') process.exit(0);
});
process.exitCode = await main(process.argv.slice(2));
