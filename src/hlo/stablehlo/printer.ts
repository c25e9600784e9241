/** Graphs to StableHLO text: pretty forms where an op has one, else the generic form. */
import type { Attributes } from '../attributes.js';
import { layoutFor } from '../column-major.js';
import type { Computation, Instruction, Module, Value } from '../graph.js';
import type { OpDefinition, OpRegistry } from '../registry.js';
import type { ValueType } from '../types.js';
import { OWN_DIALECT } from './build.js';
import {
  camelCase,
  entryToText,
  foreignMapToText,
  foreignToText,
  snakeCase,
  stringToText,
  symbolToText,
  typedAttributes,
} from './foreign.js';
import { type Form, formOf } from './forms.js';
import { bracketed, layoutText, PRETTY } from './pretty-printer.js';
import { typeToText } from './types-text.js';
import type { Written } from './written.js';

/**
 * Text that `parseStablehlo` with the same registry reads back as a structurally equal module. Functions called but
 * not in the module are printed too, under names of their own.
 */
export function printStablehlo(module: Module, registry: OpRegistry): string {
  return new Printer(module, registry).text();
}

class Printer {
  private readonly functions = new Map<Computation, string>();
  private readonly queue: Computation[] = [];

  constructor(
    private readonly module: Module,
    private readonly registry: OpRegistry,
  ) {
    for (const [name, c] of module.computations) {
      this.functions.set(c, name);
      this.queue.push(c);
    }
  }

  text(): string {
    const { module } = this;
    const functions: string[] = [];
    // Printing a function may find others that it calls.
    for (const c of this.queue) functions.push(new FunctionPrinter(this, this.registry).function(c, this.nameOf(c)));
    const attributes =
      Object.keys(module.attributes).length > 0 ? ` attributes ${foreignMapToText(module.attributes)}` : '';
    return `module ${symbolToText(module.name)}${attributes} {\n${functions.join('')}}\n`;
  }

  /** The name of a function, which is printed sooner or later. */
  nameOf(c: Computation): string {
    let name = this.functions.get(c);
    if (name === undefined) {
      const taken = new Set(this.functions.values());
      name = c.name;
      for (let k = 1; taken.has(name); k++) name = `${c.name}_${k}`;
      this.functions.set(c, name);
      this.queue.push(c);
    }
    return name;
  }
}

class FunctionPrinter {
  private next = 0;
  private readonly names = new Map<Value, string>();

  constructor(
    private readonly printer: Printer,
    private readonly registry: OpRegistry,
  ) {}

  function(c: Computation, name: string): string {
    const attributes = (a: Attributes | undefined) => (a && Object.keys(a).length > 0 ? ` ${foreignMapToText(a)}` : '');
    const args = c.parameters.map((p, k) => {
      this.names.set(p.result, `%arg${k}`);
      return `%arg${k}: ${typeToText(p.result.type)}${attributes(c.argumentAttributes[k])}`;
    });
    const results = c.results.map((v, k) => `${typeToText(v.type)}${attributes(c.resultAttributes[k])}`);
    const plain = results.length === 1 && attributes(c.resultAttributes[0]) === '';
    const arrow = results.length === 0 ? '' : ` -> ${plain ? results[0] : `(${results.join(', ')})`}`;
    const visibility = name === 'main' ? 'public' : 'private';
    const head = `  func.func ${visibility} ${symbolToText(name)}(${args.join(', ')})${arrow} {\n`;
    return `${head}${this.body(c, '    ', 'return')}  }\n`;
  }

  private body(c: Computation, indent: string, terminator: string): string {
    const parameters = new Set(c.parameters);
    let text = '';
    for (const i of c.topological()) if (!parameters.has(i)) text += `${indent}${this.instruction(i, indent)}\n`;
    const values = c.results.map((v) => this.nameOf(v));
    const types = c.results.map((v) => typeToText(v.type));
    const list = values.length === 0 ? '' : ` ${values.join(', ')} : ${types.join(', ')}`;
    return `${text}${indent}${terminator}${list}\n`;
  }

  private nameOf(v: Value): string {
    const name = this.names.get(v);
    if (name === undefined) throw new Error(`${v.producer.opcode} uses a value of another computation`);
    return name;
  }

  private instruction(i: Instruction, indent: string): string {
    const d = this.registry.get(i.opcode);
    const text = this.operation(i, d, indent);
    const n = i.results.length;
    if (n === 0) return text;
    const name = `%${this.next++}`;
    i.results.forEach((r, k) => {
      this.names.set(r, n === 1 ? name : `${name}#${k}`);
    });
    return `${n === 1 ? name : `${name}:${n}`} = ${text}`;
  }

  private operation(i: Instruction, d: OpDefinition, indent: string): string {
    const operands = i.operands.map((v) => this.nameOf(v));
    const [name] = d.stablehlo;
    if (name === undefined) return this.wordless(i, d, operands);
    if (name === 'func.call' || name === 'call') {
      const [callee] = i.called as readonly [Computation];
      return `call ${symbolToText(this.printer.nameOf(callee))}(${operands.join(', ')}) : ${functionType(i)}`;
    }
    const form = formOf(name);
    const pretty = form?.syntax && PRETTY[form.syntax](this.written(i, form, name, operands, indent));
    return pretty ?? this.generic(i, name, form, operands, indent);
  }

  /** An op that StableHLO has no word for: a custom call to its target, or an operation of our own dialect. */
  private wordless(i: Instruction, d: OpDefinition, operands: readonly string[]): string {
    const called = (k: number) => symbolToText(this.printer.nameOf(i.called[k]!));
    const beside = new Set(d.customCall?.besideConfig?.map(camelCase));
    const own = Object.entries(typedAttributes(i.attributes, d));
    const written = (chosen: typeof own) => attributeEntries(Object.fromEntries(chosen), called);
    const entries = written(own.filter(([k]) => !beside.has(k)));
    const target = this.registry.customCallTarget(i.opcode, typesOf(i.operands));
    if (target === undefined) {
      return `${stringToText(`${OWN_DIALECT}${d.name}`)}(${operands.join(', ')})${braces(entries)} : ${functionType(i)}`;
    }
    const { customCall: form = {} } = d;
    const { columnMajor, apiVersion = 1 } = form;
    const types = typesOf(i.operands);
    const layouts = (values: readonly Value[]) =>
      bracketed(values.map((v) => layoutText(layoutFor(form, types, v.type))));
    const shown = [
      ...(apiVersion === 1 ? [] : [`api_version = ${apiVersion} : i32`]),
      ...(d.traits.includes('side-effect') ? ['has_side_effect = true'] : []),
      ...written(own.filter(([k]) => beside.has(k))),
      ...(entries.length > 0 ? [`backend_config = {${entries.join(', ')}}`] : []),
      ...(i.called.length > 0 ? [`called_computations = ${bracketed(i.called.map((_, k) => called(k)))}`] : []),
      ...(columnMajor !== undefined
        ? [`operand_layouts = ${layouts(i.operands)}`, `result_layouts = ${layouts(i.results)}`]
        : []),
    ];
    return `stablehlo.custom_call ${symbolToText(target)}(${operands.join(', ')})${braces(shown)} : ${functionType(i)}`;
  }

  private generic(
    i: Instruction,
    name: string,
    form: Form | undefined,
    operands: readonly string[],
    indent: string,
  ): string {
    const captures = capturesOf(i);
    const own = operands.slice(0, operands.length - captures);
    const regions = this.regionCount(i);
    const called = (k: number) => symbolToText(this.printer.nameOf(i.called[k]!));
    const entries = form
      ? form.items.flatMap((item) => {
          const text = item.attr(i.attributes);
          return text === undefined ? [] : [entryToText(item.name, text)];
        })
      : attributeEntries(i.attributes, called);
    const properties = entries.length > 0 ? ` <{${entries.join(', ')}}>` : '';
    const bodies = i.called.slice(0, regions).map((c) => this.region(i, c, indent, operands));
    const shown = bodies.length > 0 ? ` (${bodies.join(', ')})` : '';
    return `${stringToText(name)}(${own.join(', ')})${properties}${shown} : ${functionType(i, captures)}`;
  }

  /** How many called computations are regions: those that no attribute names. */
  private regionCount(i: Instruction): number {
    const named: number[] = [];
    const visit = (v: unknown): void => {
      if (typeof v !== 'object' || v === null) return;
      const tagged = v as { '#'?: unknown; value?: unknown };
      if (tagged['#'] === 'called') named.push(tagged.value as number);
      else if (Array.isArray(v)) v.forEach(visit);
      else if (Object.getPrototypeOf(v) === Object.prototype) Object.values(v).forEach(visit);
    };
    visit(i.attributes);
    return Math.min(i.called.length, ...named);
  }

  /** `{ ^bb0(…): … }`; captured parameters go by the names of what they stand for. */
  private region(
    i: Instruction,
    c: Computation,
    indent: string,
    operands: readonly string[],
    given?: readonly string[],
  ): string {
    const captures = capturesOf(i);
    const own = c.parameters.length - captures;
    const args = c.parameters.map((p, k) => {
      const name = k >= own ? operands[operands.length - captures + k - own]! : (given?.[k] ?? `%${this.next++}`);
      this.names.set(p.result, name);
      return `${name}: ${typeToText(p.result.type)}`;
    });
    const label = given || own === 0 ? '' : `${indent}^bb0(${args.slice(0, own).join(', ')}):\n`;
    return `{\n${label}${this.body(c, `${indent}  `, 'stablehlo.return')}${indent}}`;
  }

  private written(i: Instruction, form: Form, name: string, operands: readonly string[], indent: string): Written {
    return {
      i,
      form,
      name,
      indent,
      operands,
      bare: (attribute) => form.items.find((item) => item.name === attribute)?.bare(i.attributes),
      dictionary: (skip) =>
        braces(
          form.items.flatMap((item) => {
            const text = skip.includes(item.name) ? undefined : item.attr(i.attributes);
            return text === undefined ? [] : [entryToText(item.name, text)];
          }),
        ),
      types: () => ` : ${typesInStyle(i, form)}`,
      region: (c, names) => this.region(i, c, indent, operands, names),
      functionType: (captures) => functionType(i, captures),
      typeText: typeToText,
      called: (k) => symbolToText(this.printer.nameOf(i.called[k]!)),
      newName: () => `%${this.next++}`,
    };
  }
}

const capturesOf = (i: Instruction): number => (i.attributes.captures as number | undefined) ?? 0;
const braces = (entries: readonly string[]): string => (entries.length > 0 ? ` {${entries.join(', ')}}` : '');

const attributeEntries = (attributes: Attributes, called: (k: number) => string): string[] =>
  Object.entries(attributes)
    .filter(([k, v]) => v !== undefined && k !== 'captures')
    .map(([k, v]) => entryToText(snakeCase(k), foreignToText(v, called)));

const typesOf = (values: readonly Value[]): ValueType[] => values.map((v) => v.type);

/** `(T, T) -> T`, without the types of captured operands. */
function functionType(i: Instruction, captures = 0): string {
  const operands = typesOf(i.operands.slice(0, i.operands.length - captures)).map(typeToText);
  const results = typesOf(i.results).map(typeToText);
  return `(${operands.join(', ')}) -> ${results.length === 1 ? results[0] : `(${results.join(', ')})`}`;
}

function typesInStyle(i: Instruction, form: Form): string {
  const operands = typesOf(i.operands).map(typeToText);
  const results = typesOf(i.results).map(typeToText);
  const [first] = results;
  switch (form.types) {
    case 'same':
      return results.length === 1 && operands.every((t) => t === first) ? first! : functionType(i);
    case 'result':
      return first!;
    case 'results':
      return results.join(', ');
    case 'operands':
      return operands.join(', ');
    case 'select':
      return operands[1] === first && operands[2] === first ? `${operands[0]}, ${first}` : functionType(i);
    case 'arrow':
      return `${operands.join(', ')} -> ${results.length === 1 ? first : `(${results.join(', ')})`}`;
    default:
      return functionType(i);
  }
}
