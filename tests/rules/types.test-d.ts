/** What the type checker says of rules: run by `npm run typecheck`, which fails where an expected error is missing. */
import { guard, op, rewrite, variables } from '../../src/rules/index.js';

const { x, p, q } = variables('x', 'p', 'q');
const twice = op('transpose', [op('transpose', [x], { permutation: p })], { permutation: q });

export const Bound = rewrite('bound', twice, {
  when: [guard('types follow from the pattern', ({ p }) => p.every((d: number) => d >= 0))],
  to: ({ x, q }, build) => build.op('transpose', [x], { permutation: q.map((d: number) => d) }),
  fp: 'exact',
});

export const Unbound = rewrite('unbound', twice, {
  // @ts-expect-error nothing binds y
  to: ({ x, y }, build) => build.op('transpose', [x, y]),
  fp: 'exact',
});

export const UnboundInGuard = rewrite('unbound', twice, {
  // @ts-expect-error nothing binds r
  when: [guard('nothing binds r', ({ r }) => r === undefined)],
  to: ({ x }) => x,
  fp: 'exact',
});

export const ValueForList = rewrite('a list is no value', twice, {
  // @ts-expect-error p is a list of numbers
  to: ({ p }) => p,
  fp: 'exact',
});

// @ts-expect-error transpose has no attribute of this name
op('transpose', [x], { permutations: p });
