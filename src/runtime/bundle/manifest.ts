/** What a bundle says about itself: the program's signature, what it is for, what it needs. */
import type { Donation } from '../../hlo/donation.js';
import type { TensorType } from '../../hlo/types.js';
import type { Container } from './container.js';
import type { Field } from './field.js';
import { decodeType, encodeType } from './types-json.js';

export interface BundleValue {
  readonly name: string;
  readonly type: TensorType;
}

/** A shared library whose functions the code calls. */
export interface BundleLibrary {
  readonly name: string;
  /** What the system's loader calls it. */
  readonly file: string;
  /** The Debian package that brings it. */
  readonly package: string;
}

export interface Manifest {
  /** The version of thimble that made it. */
  readonly thimble: string;
  /** The kind of device whose loader runs it. */
  readonly device: string;
  /** What it was compiled for, `cpu:avx2`. */
  readonly target: string;
  readonly inputs: readonly BundleValue[];
  readonly outputs: readonly BundleValue[];
  /** Inputs that runs overwrite with an output. */
  readonly donations: readonly Donation[];
  readonly libraries: readonly BundleLibrary[];
}

/** `machine`: what the device's loader needs to know before it runs the code; it checks it, nobody else. */
export const encodeManifest = ({ inputs, outputs, ...rest }: Manifest, machine: object): object => {
  const values = (list: readonly BundleValue[]) => list.map(({ name, type }) => ({ name, ...encodeType(type) }));
  return { ...rest, inputs: values(inputs), outputs: values(outputs), machine };
};

/** Throws `BundleError`. */
export function readManifest({ header }: Container): Manifest {
  const inputs = header.get('inputs').list().map(decodeValue);
  const outputs = header.get('outputs').list().map(decodeValue);
  const donations = header.get('donations').list();
  const libraries = header.get('libraries').list();
  return {
    thimble: header.get('thimble').text(),
    device: header.get('device').text(),
    target: header.get('target').text(),
    inputs,
    outputs,
    donations: donations.map((d) => ({
      input: d.get('input').count(inputs.length),
      output: d.get('output').count(outputs.length),
    })),
    libraries: libraries.map((l) => ({
      name: l.get('name').text(),
      file: l.get('file').text(),
      package: l.get('package').text(),
    })),
  };
}

const decodeValue = (f: Field): BundleValue => ({ name: f.get('name').text(), type: decodeType(f) });
