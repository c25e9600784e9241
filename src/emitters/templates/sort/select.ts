/**
 * The first few of each row: kept in order, they are the task's own. Vectors of elements are compared with the last of
 * them; the few that come before it are put in their place by one walk over the kept, vector by vector: what is there
 * becomes min(it, max(its neighbour before, the new one)).
 */
import type { Value } from '../../../hlo/index.js';
import type { SortKey } from '../../../rules/index.js';
import type { ValueId } from '../../loop/ir.js';
import { vectorLoop } from '../vector-loop.js';
import { keyOf } from './key.js';
import type { StoreOrder } from './merge.js';
import type { SortRows } from './rows.js';

export function selectFirst(rows: SortRows, key: SortKey, operand: Value, store: StoreOrder): void {
  if (rows.stored === 0) return;
  const { builder: b } = rows.context;
  const kept = new Kept(rows);
  const keyAt = (row: ValueId, x: ValueId, lanes: number, exists?: ValueId): ValueId => {
    const value = rows.value(operand, { value: row, lanes: 1 }, { value: x, lanes }, exists)[0]!;
    return b.splat(b.convert(keyOf(b, key, value), 'u32'), lanes);
  };
  const [lo, hi] = rows.range();
  b.loop('row', lo, hi, 1, [], (row) => {
    kept.clear();
    b.loop('place', b.index(0), b.index(rows.stored), 1, [], (place) => {
      kept.insert(keyAt(row, place, 1), place);
      return [];
    });
    const rest = b.index(rows.stored);
    scan(rows, kept, (x, exists) => keyAt(row, b.binary('add', rest, x), rows.plan.lanes, exists));
    b.loop('place', b.index(0), rest, 1, [], (place) => {
      store(row, place, kept.index(place));
      return [];
    });
    return [];
  });
}

/** All elements behind the first ones, `registers` vectors at a time. */
function scan(rows: SortRows, kept: Kept, keyAt: (x: ValueId, exists: ValueId | undefined) => ValueId): void {
  const { builder: b } = rows.context;
  const { lanes, registers } = rows.plan;
  const extent = rows.length - rows.stored;
  const candidates = rows.context.local('candidates', 'u32', lanes);
  const block = lanes * registers;
  const whole = Math.floor(extent / block) * block;
  const visit = (x: ValueId, keys: readonly ValueId[], exists?: ValueId): void => {
    const limit = kept.limit();
    const before = keys.map((k) => {
      const less = b.compare('lt', k, b.splat(limit, lanes));
      return exists === undefined ? less : b.binary('and', less, exists);
    });
    b.if(b.any(before.reduce((p, q) => b.binary('or', p, q))), () => {
      keys.forEach((k, u) => {
        b.if(b.any(before[u]!), () => {
          b.store(candidates, b.index(0), k);
          const first = b.binary('add', b.index(rows.stored), b.binary('add', x, b.index(u * lanes)));
          const end = b.binary('min', b.index(lanes), b.binary('sub', b.index(rows.length), first));
          b.loop('lane', b.index(0), end, 1, [], (lane) => {
            const candidate = b.load(candidates, lane);
            b.if(b.compare('lt', candidate, kept.limit()), () => kept.insert(candidate, b.binary('add', first, lane)));
            return [];
          });
        });
      });
    });
  };
  b.loop('x', b.index(0), b.index(whole), block, [], (x) => {
    const keys = Array.from({ length: registers }, (_, u) => keyAt(b.binary('add', x, b.index(u * lanes)), undefined));
    visit(x, keys);
    return [];
  });
  vectorLoop(b, { label: 'rest', extent: extent - whole, lanes, copies: 1 }, [], (x, exists) => {
    const at = b.binary('add', b.index(whole), x);
    visit(at, [keyAt(at, exists)], exists);
    return [];
  });
}

/** Words of key and index in ascending order, behind one that is below all of them. */
class Kept {
  private readonly lanes: number;
  private readonly places: number;
  private readonly buffer: number;

  constructor(private readonly rows: SortRows) {
    this.lanes = Math.max(1, rows.plan.lanes / 2);
    this.places = Math.ceil(rows.stored / this.lanes) * this.lanes;
    this.buffer = rows.context.local('kept', 'u64', 1 + this.places);
  }

  clear(): void {
    const { builder: b } = this.rows.context;
    b.store(this.buffer, b.index(0), b.constant({ element: 'u64', lanes: 1 }, 0));
    const behind = b.constant({ element: 'u64', lanes: this.lanes }, 0xffffffffffffffffn);
    for (let p = 0; p < this.places; p += this.lanes) b.store(this.buffer, b.index(1 + p), behind);
  }

  insert(key: ValueId, index: ValueId): void {
    const { builder: b } = this.rows.context;
    const high = b.binary('shl', b.convert(key, 'u64'), b.constant({ element: 'u64', lanes: 1 }, 32));
    const word = b.splat(b.binary('or', high, b.convert(index, 'u64')), this.lanes);
    for (let p = this.places - this.lanes; p >= 0; p -= this.lanes) {
      const here = b.load(this.buffer, b.index(1 + p), this.lanes);
      const before = b.load(this.buffer, b.index(p), this.lanes);
      b.store(this.buffer, b.index(1 + p), b.binary('min', here, b.binary('max', before, word)));
    }
  }

  /** Key of the last one kept. */
  limit(): ValueId {
    const { builder: b } = this.rows.context;
    const last = b.load(this.buffer, b.index(this.rows.stored));
    return b.convert(b.binary('shrl', last, b.constant({ element: 'u64', lanes: 1 }, 32)), 'u32');
  }

  index(place: ValueId): ValueId {
    const { builder: b } = this.rows.context;
    const word = b.load(this.buffer, b.binary('add', b.index(1), place));
    return b.convert(b.binary('and', word, b.constant({ element: 'u64', lanes: 1 }, 0xffffffff)), 's64');
  }
}
