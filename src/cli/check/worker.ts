/** A process of `thimble check --jobs`: checks the files that it is sent, one at a time, and sends back what became of them. */
import type { CompileOptions } from '../../program.js';
import { rulesWith } from '../rules-file.js';
import { checkFile } from './program.js';

export interface WorkerOptions {
  readonly compile: CompileOptions;
  /** Files of rules. */
  readonly rules: readonly string[];
}

const { compile, rules: files } = JSON.parse(process.argv[2]!) as WorkerOptions;
const rules = await rulesWith(files);

process.on('message', (file: string) => {
  process.send!(checkFile(file, rules, compile));
});
process.send!([]);
