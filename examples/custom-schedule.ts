/** Another schedule for a built-in template: long kernels of little work take four vectors at a time, not two. */
import { defaultRules, extendRuleSet } from 'thimble';
import { ELEMENT, schedule } from 'thimble/rules';

export const Map_Streams = schedule({
  name: 'Map_Streams',
  template: 'map',
  when: 'many elements and little work: four vectors at a time, in larger tasks',
  applies: (p) => p.bytesWritten >= 1 << 16 && p.flopsPerElement <= 4 && ELEMENT[p.element].class === 'float',
  choose: (p, target) => ({
    lanes: target.vectorBits / Math.max(32, ELEMENT[p.element].bits),
    unroll: 4,
    elementsPerTask: 1 << 18,
    nontemporal: false,
  }),
});
export const rules = extendRuleSet(defaultRules(), { rules: [Map_Streams] });
