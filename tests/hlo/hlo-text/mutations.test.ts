import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseHlo, printHlo } from '../../../src/hlo/hlo-text/index.js';
import { OpError } from '../../../src/hlo/registry.js';
import { SourceError } from '../../../src/hlo/source-error.js';
import { registry } from './read.js';

const PROGRAM = Buffer.from(
  `HloModule m, is_scheduled=true, entry_computation_layout={(f32[2,4]{0,1}, s32[], (f32[4]{0}, pred[]))->(f32[], f32[2,4]{1,0})}, input_output_alias={ {1}: (0, {}, may-alias) }, replica_count=2, frontend_attributes={a="b"}

FileNames
1 "a.py"

FileLocations
1 {file_name_id=1 function_name_id=1 line=31 end_line=31}

StackFrames
1 {file_location_id=1 parent_frame_id=1}

%sum (x: f32[], y: f32[]) -> f32[] {
  %x = f32[] parameter(0)
  %y = f32[] parameter(1)
  ROOT %s = f32[] add(%x, %y), metadata={op_name="sum" stack_frame_id=1}
}
%fused (p: f32[4,2]) -> (f32[2,4], f32[8]) {
  %p = f32[4,2]{0,1} parameter(0)
  %b = f32[2,4]{1,0} bitcast(%p)
  %c = f32[2,4]{1,0} constant({ { 1, -inf, nan, 4.5 }, { /*i0=1*/ 5, 6, 7e-3, 8 } })
  %d = f32[2,4]{1,0} multiply(%b, %c), backend_config={"k":["}"]}
  ROOT %t = (f32[2,4]{1,0}, f32[8]{0}) tuple(%d, f32[8]{0} %e)
}
%body {
  t = (s32[], f32[2,4]{1,0}) parameter(0)
  i = s32[] get-tuple-element(t), index=0
  v = f32[2,4]{1,0} get-tuple-element(t), index=1
  ROOT r = (s32[], f32[2,4]{1,0}) tuple(i, v)
}
%cond {
  t = (s32[], f32[2,4]{1,0}) parameter(0)
  ROOT c = pred[] constant(false)
}
%left { ROOT x = f32[] parameter(0) }
%right { t = (f32[], /*index=1*/f32[]) parameter(0)
  ROOT x = f32[] get-tuple-element(t), index=1 }
ENTRY %main.1 {
  a = f32[2,4]{1,0} parameter(0)
  n = s32[] parameter(1)
  p = (f32[4]{0}, pred[]) parameter(2)
  q = f32[4,2]{0,1:T(8)} transpose(a), dimensions={1,0}
  f = (f32[2,4]{1,0}, f32[8]{0}) fusion(q), kind=kCustom, calls=%fused
  g = f32[2,4]{1,0} get-tuple-element(f), index=0
  z = f32[] constant(0)
  s = f32[] reduce(g, z), dimensions={0,1}, to_apply=%sum
  w = (s32[], f32[2,4]{1,0}) while((s32[], f32[2,4]{1,0}) %u), condition=%cond, body=%body
  h = f32[2,4]{1,0} get-tuple-element(w), index=1
  k = (f32[], f32[]) tuple(s, z)
  o = f32[] conditional(n, s, k), branch_computations={%left, %right}
  l = f32[1,2,4]{2,1,0} pad(h3, z), padding=0_0x0_0_0x1_-1
  e = f32[2,4]{1,0} custom-call(h), custom_call_target="foo", api_version=API_VERSION_TYPED_FFI, backend_config={n = 7 : ui8}, output_to_operand_aliasing={{}: (0, {})}
  j = f32[2,4]{1,0} all-reduce(e), replica_groups=[1,2]<=[2], to_apply=%sum
  ROOT r = (f32[], f32[2,4]{1,0}) tuple(o, j)
}
`
    .replace('  ROOT %t = (f32[2,4]', '  %e = f32[8]{0} reshape(%d)\n  ROOT %t = (f32[2,4]')
    .replace('  w = ', '  u = (s32[], f32[2,4]{1,0}) tuple(n, g)\n  w = ')
    .replace('  l = ', '  h3 = f32[1,2,4]{2,1,0} reshape(h)\n  l = '),
);

const PIECES = ['(', ')', '{', '}', '[', ']', ',', '=', '->', '"', '%a', 'a', '<=', '_', 'x', '-1', '9'.repeat(30)];
const MORE = ['f32[', '/*', '*/', '//', '\\', '\0', 'é', 'ROOT ', 'ENTRY ', 'nan', '...', ':', '?', '-start', '-done'];

type Edit = { at: number; remove: number; insert: Uint8Array };
const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(PROGRAM.length),
  remove: fc.nat(8),
  insert: fc.oneof(
    fc.constantFrom(...PIECES, ...MORE).map((p) => new Uint8Array(Buffer.from(p))),
    fc.uint8Array({ maxLength: 3 }),
    fc
      .record({ from: fc.nat(PROGRAM.length), length: fc.nat(60) })
      .map(({ from, length }) => new Uint8Array(PROGRAM.subarray(from, from + length))),
  ),
});

test('a program with any bytes changed is read, or refused with a place', () => {
  expect(() => parseHlo(PROGRAM, registry)).not.toThrow();
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
      let bytes: Buffer = PROGRAM;
      for (const { at, remove, insert } of edits) {
        bytes = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);
      }
      try {
        parseHlo(printHlo(parseHlo(bytes, registry), registry), registry);
      } catch (e) {
        if (!(e instanceof SourceError) && !(e instanceof OpError)) throw e;
        if (e instanceof SourceError) expect(e.render()).toContain('error: ');
      }
    }),
    { numRuns: 2000 },
  );
});
