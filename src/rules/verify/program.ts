/** A counterexample as a program. */
import { Computation, Literal, Module, type OpRegistry, type Tensor, type Value } from '../../hlo/index.js';
import { constantOpcode } from '../builder.js';
import { copyBody } from '../passes/inline.js';

/** A module whose `main` takes nothing and gives `results` of `c`, computed from `args`. */
export function programOf(c: Computation, results: readonly Value[], args: readonly Tensor[], ops: OpRegistry): Module {
  const main = new Computation('main');
  const constants = args.map((t) => {
    const value = Literal.dense(t.type, t.data);
    return main.append(constantOpcode(ops), [t.type], { attributes: { value } }).result;
  });
  c.setResults(results);
  main.setResults(copyBody(c, main, constants, ops));
  const module = new Module('counterexample');
  module.add(main);
  return module;
}
