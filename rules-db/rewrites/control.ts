import {
  type Computation,
  guard,
  Literal,
  number,
  op,
  rest,
  rewrite,
  splat,
  splatValue,
  type Value,
  variables,
} from '../../src/rules/index.js';
import { tripsOf } from '../emit/control.js';
import { constantOf, dimsOf, isExtreme } from './common.js';

const { p, xs, a, b, c, f, d } = variables('p', 'xs', 'a', 'b', 'c', 'f', 'd');

export const If_True = rewrite('if (true) f else g = f', op('if', [number(1), rest(xs)], {}, [a, b]), {
  to: ({ xs, a }, build) => build.inline(a, xs),
  fp: 'exact',
});

export const If_False = rewrite('if (false) f else g = g', op('if', [number(0), rest(xs)], {}, [a, b]), {
  to: ({ xs, b }, build) => build.inline(b, xs),
  fp: 'exact',
});

export const If_Not = rewrite(
  'if (not p) f else g = if (p) g else f',
  op('if', [op('not', [p]), rest(xs)], {}, [a, b]),
  {
    to: ({ p, xs, a, b }, build) => build.results('if', [p, ...xs], {}, { called: [b, a] }),
    fp: 'exact',
  },
);

export const If_SameBranches = rewrite('if (p) f else f = f', op('if', [p, rest(xs)], {}, [f, f]), {
  to: ({ xs, f }, build) => build.inline(f, xs),
  fp: 'exact',
});

export const Case_Constant = rewrite('case (k) f₀ … fₙ = fₖ', op('case', [splat(c), rest(xs)]), {
  to: ({ c, xs }, build) => {
    const { called } = build.root;
    const k = Number(splatValue(c) as number);
    return build.inline(called[k] ?? called.at(-1)!, xs);
  },
  fp: 'exact',
});

/** Operations that a loop may become when it is written out. */
const FEW_OPERATIONS = 64;
const FEW_TRIPS = 8;

/** A guard on how often the loop runs. */
const runs = (sentence: string, test: (trips: number, body: Computation) => boolean) =>
  guard(sentence, ({ xs, c, f }: { xs: readonly Value[]; c: Computation; f: Computation }, _, match) => {
    const trips = tripsOf({ operands: xs, condition: c, body: f, match });
    return typeof trips === 'number' && test(trips, f);
  });

export const While_Never = rewrite(
  'while (c) f from xs = xs where c fails at once',
  op('while', [rest(xs)], {}, [c, f]),
  {
    when: [runs('it runs 0 times', (trips) => trips === 0)],
    to: ({ xs }) => xs,
    fp: 'exact',
  },
);

export const While_Once = rewrite('while (c) f from xs = f(xs)', op('while', [rest(xs)], {}, [c, f]), {
  when: [runs('it runs once', (trips) => trips === 1)],
  to: ({ xs, f }, build) => build.inline(f, xs),
  fp: 'exact',
});

const isShort = (body: Computation): boolean => [...body.instructions].every((i) => i.called.length === 0);

export const While_Few = rewrite('while (c) f from xs = f(… f(xs))', op('while', [rest(xs)], {}, [c, f]), {
  when: [
    runs(
      `it runs at most ${FEW_TRIPS} times, calls nothing, and makes at most ${FEW_OPERATIONS} operations in all`,
      (trips, body) =>
        trips > 1 && trips <= FEW_TRIPS && isShort(body) && trips * body.instructions.size <= FEW_OPERATIONS,
    ),
  ],
  to: ({ xs, c, f }, build) => {
    const trips = tripsOf({ operands: xs, condition: c, body: f, match: build.match }) as number;
    let values: readonly Value[] = xs;
    for (let k = 0; k < trips; k++) values = build.inline(f, values);
    return values;
  },
  fp: 'exact',
});

const givesFalse = (f: Computation): boolean => {
  const literal = constantOf(f.results[0]!);
  return literal !== undefined && isExtreme(literal, 'least');
};

export const While_False = rewrite('while (false) f from xs = xs', op('while', [rest(xs)], {}, [c, f]), {
  when: [
    guard('the condition is the constant false', ({ c }) => givesFalse(c), {
      c: () => Literal.splat({ kind: 'tensor', element: 'pred', dims: [] }, Uint8Array.of(0)),
    }),
  ],
  to: ({ xs }) => xs,
  fp: 'exact',
});

export const Sort_OneElement = rewrite(
  'sort(xs, d) = xs where d has one element',
  op('sort', [rest(xs)], { dimension: d }),
  {
    when: [guard('the sorted dimension has at most one element', ({ xs, d }) => dimsOf(xs[0]!)[d]! <= 1)],
    to: ({ xs }) => xs,
    fp: 'exact',
  },
);
