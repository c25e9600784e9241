/** A rewrite rule that is wrong, though it looks right: `thimble verify` says why. */
import { number, op, rewrite, typed, variables } from 'thimble/rules';

const { x } = variables('x');
const sum = op('add', [typed(x, { element: 'f32' }), number(0)]);

export const Add_Zero = rewrite('x + 0 = x', sum, { to: ({ x }) => x, fp: 'exact' });
