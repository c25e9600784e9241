/** The peer process: XLA:CPU behind a line protocol (peer_xla.py). */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { InputSpec } from '../src/hlo/recipe.js';

interface Answer {
  readonly error?: string;
  readonly compileMs?: number;
  readonly us?: readonly number[];
}

export class Peer {
  private readonly lines: AsyncIterator<string>;
  private readonly reader: Interface;

  private constructor(private readonly child: ChildProcess) {
    this.reader = createInterface({ input: child.stdout! });
    this.lines = this.reader[Symbol.asyncIterator]();
  }

  /** Starts the peer with the Python of THIMBLE_BENCH_PYTHON (default python3); undefined where it has no JAX. */
  static async start(threads: number): Promise<Peer | undefined> {
    const script = fileURLToPath(new URL('../../bench/peer_xla.py', import.meta.url));
    const python = process.env.THIMBLE_BENCH_PYTHON ?? 'python3';
    const child = spawn(python, [script, '--threads', `${threads}`], { stdio: ['pipe', 'pipe', 'ignore'] });
    child.on('error', () => {});
    // Of a peer that has died the next answer says so.
    child.stdin.on('error', () => {});
    const peer = new Peer(child);
    const ready = await peer.ask({ drop: '' }).catch(() => undefined);
    if (ready) return peer;
    peer.stop();
    return undefined;
  }

  private async ask(command: object): Promise<Answer> {
    this.child.stdin!.write(`${JSON.stringify(command)}\n`);
    const line = await this.lines.next();
    if (line.done) throw new Error('the peer has ended');
    const answer = JSON.parse(line.value) as Answer;
    if (answer.error !== undefined) throw new Error(`the peer says: ${answer.error}`);
    return answer;
  }

  /** Milliseconds that XLA takes to compile the program. */
  async load(file: string, inputs: readonly InputSpec[]): Promise<number> {
    return (await this.ask({ load: file, inputs })).compileMs!;
  }

  /** Microseconds of n executions. */
  async time(file: string, n: number): Promise<readonly number[]> {
    return (await this.ask({ time: file, n })).us!;
  }

  async drop(file: string): Promise<void> {
    await this.ask({ drop: file });
  }

  stop(): void {
    this.reader.close();
    this.child.kill();
  }
}
