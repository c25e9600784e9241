/** What a `loc(…)` says of the origin. */

const HOPS = 16;

/**
 * The first name in a location (`jit(main)/add`), or its file with line and column; follows `#loc3` to its definition.
 * Undefined where it says nothing.
 */
export function noteOf(location: string | undefined, definitions: ReadonlyMap<string, string>): string | undefined {
  let text = location;
  for (let hops = 0; text !== undefined && hops < HOPS; hops++) {
    const named = /"((?:[^"\\]|\\.)*)"(:\d+(?::\d+)?)?/.exec(text);
    const alias = /#(\w+)/.exec(text);
    if (named && (!alias || named.index < alias.index)) return `${named[1]}${named[2] ?? ''}`;
    text = alias ? definitions.get(alias[1]!) : undefined;
  }
  return undefined;
}
