/**
 * A fusion rule of one's own, for a machine whose memory is slow: what the default rules would store once and read many
 * times, because it is costly to compute, is computed again for each element that needs it.
 */
import { defaultRules, extendRuleSet } from 'thimble';
import { fuse, only } from 'thimble/rules';

/** Operations that take as long as reading an element from memory. */
const WORTH = 100;

export const Map_Again = fuse({
  name: 'Map_Again',
  doc: 'map → map: computed again rather than stored',
  producer: 'map',
  consumer: 'map',
  into: 'map',
  when: [
    only('it takes longer than memory does', (f) => f.cost <= WORTH),
    only('it is read at several indices', (f) => f.accesses === 1),
    only('the kernel would hold too many instructions', (f) => f.members < 240),
  ],
});
export const rules = extendRuleSet(defaultRules(), { rules: [Map_Again] });
