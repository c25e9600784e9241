/** Reading a bundle's JSON: every value is checked where it is taken, and a wrong one named by its place. */

/** A bundle that cannot be used; the message says why, and what to do where something can be done. */
export class BundleError extends Error {
  override name = 'BundleError';
}

export class Field {
  constructor(
    private readonly value: unknown,
    /** `plan.steps[3].tasks`. */
    readonly place: string,
  ) {}

  /** A key's value in an object. */
  get(key: string): Field {
    return new Field(this.object()[key], `${this.place}.${key}`);
  }

  has(key: string): boolean {
    return Object.hasOwn(this.object(), key);
  }

  get isNumber(): boolean {
    return typeof this.value === 'number';
  }

  object(): Readonly<Record<string, unknown>> {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.error('must be an object');
    return value as Record<string, unknown>;
  }

  list(): Field[] {
    if (!Array.isArray(this.value)) throw this.error('must be a list');
    return this.value.map((x, k) => new Field(x, `${this.place}[${k}]`));
  }

  text(): string {
    if (typeof this.value !== 'string') throw this.error('must be a text');
    return this.value;
  }

  flag(): boolean {
    if (typeof this.value !== 'boolean') throw this.error('must be true or false');
    return this.value;
  }

  oneOf<const T extends string>(names: readonly T[]): T {
    const name = names.find((n) => n === this.value);
    if (name === undefined) throw this.error(`must be ${names.join(' or ')}`);
    return name;
  }

  /** An integer from `start`, below `end`. */
  count(end = Number.MAX_SAFE_INTEGER, start = 0): number {
    const n = this.value;
    if (typeof n !== 'number' || !Number.isSafeInteger(n) || n < start)
      throw this.error(`must be an integer from ${start}`);
    if (n >= end) throw this.error(`must be below ${end}`);
    return n;
  }

  /** A finite number from 0. */
  amount(): number {
    const x = this.value;
    if (typeof x !== 'number' || !Number.isFinite(x) || x < 0) throw this.error('must be a number from 0');
    return x;
  }

  error(sentence: string): BundleError {
    const shown = this.value === undefined ? 'absent' : JSON.stringify(this.value).slice(0, 60);
    return new BundleError(`${this.place} ${sentence}, but is ${shown}`);
  }
}

/** Throws `BundleError` where the bytes are no JSON text. */
export function parseJson(bytes: Uint8Array, place: string): Field {
  try {
    return new Field(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)), place);
  } catch (e) {
    throw new BundleError(`its ${place} is no JSON: ${(e as Error).message.split('\n')[0]}`);
  }
}
