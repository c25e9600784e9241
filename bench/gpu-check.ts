/**
 * `npm run gpu-check BUNDLE...`: runs bundles on this machine, compares with the expectations in them, and times them.
 * For machines that have Node.js, koffi and the device, and nothing of the compiler.
 */
import { checkBundles } from '../src/runtime/bundle/check.js';

/** The exit code: 1 where a bundle does not run or gives what it should not. */
function main(files: readonly string[]): number {
  if (files.length === 0) {
    process.stderr.write('error: no bundles are given\nhint: npm run gpu-check model.bundle other.bundle\n');
    return 1;
  }
  const good = checkBundles(files, (text) => process.stdout.write(text));
  return good === files.length ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
