/** The tables of stack frames between header and computations, and what an instruction's metadata says of its origin. */
import type { HloScanner } from './scanner.js';
import type { Frames, Range } from './syntax.js';

const SECTIONS = ['FileNames', 'FunctionNames', 'FileLocations', 'StackFrames'];

export class FrameTables implements Frames {
  private readonly files = new Map<number, string>();
  private readonly locations = new Map<number, { file: number; line: number }>();
  private readonly frames = new Map<number, number>();

  /** Reads a section if one begins here. */
  section(s: HloScanner): boolean {
    const section = SECTIONS.find((name) => s.atWord(name));
    if (section === undefined) return false;
    s.eatWord(section);
    for (let id = s.digits(); id !== undefined; id = s.digits()) this.entry(s, section, id);
    return true;
  }

  private entry(s: HloScanner, section: string, id: number): void {
    if (s.at('"')) {
      const text = s.string('a name');
      if (section === 'FileNames') this.files.set(id, text);
      return;
    }
    const fields = readFields(s);
    const number = (key: string) => Number(fields.get(key));
    if (section === 'FileLocations') this.locations.set(id, { file: number('file_name_id'), line: number('line') });
    else if (section === 'StackFrames') this.frames.set(id, number('file_location_id'));
  }

  place(frame: number): string | undefined {
    const location = this.locations.get(this.frames.get(frame) ?? -1);
    const file = location && this.files.get(location.file);
    return file === undefined ? undefined : `${file}:${location!.line}`;
  }
}

/** `{key=value key="text"}`, with or without commas between. */
function readFields(s: HloScanner): Map<string, string> {
  const fields = new Map<string, string>();
  s.expect('{', 'before fields');
  while (!s.eat('}')) {
    const key = s.plainName() ?? s.fail(`expected the name of a field or '}', found ${s.found()}`);
    s.expect('=', `after '${key}'`);
    if (s.at('"')) fields.set(key, s.string(`the value of ${key}`));
    else if (s.eat('{')) s.skipBalanced(`the value of ${key}`);
    else fields.set(key, s.atNumber ? s.number('a number') : s.name(`the value of ${key}`));
    s.eat(',');
  }
  return fields;
}

/** What metadata says of the origin: the framework's name of the operation, else the place in its source. */
export function noteOf(s: HloScanner, metadata: Range | undefined, frames: Frames): string | undefined {
  if (!metadata) return undefined;
  const back = s.pos;
  s.pos = metadata.from;
  const fields = readFields(s);
  s.pos = back;
  const file = fields.get('source_file');
  const source = file && `${file}:${fields.get('source_line') ?? '?'}`;
  return fields.get('op_name') || source || frames.place(Number(fields.get('stack_frame_id')));
}
