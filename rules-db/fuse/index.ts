/** Which producers join which kernels. */
import { type FuseGuard, type FuseRule, fuse, only } from '../../src/rules/index.js';

/** A kernel's text, and so its compile time, grows with every instruction: chains longer than this are cut. */
const MAX_MEMBERS = 240;
const roomLeft: FuseGuard = only('the kernel would hold too many instructions', (f) => f.members < MAX_MEMBERS);

/** Computing again is cheaper than memory only for a few operations. */
const recomputesLittle: FuseGuard = only(
  'each element would be computed again and again',
  (f) => f.recomputation <= 1 || f.cost <= 4 || f.cost * f.recomputation <= 16,
);
const fewIndices: FuseGuard = only('the kernel would read it at too many places', (f) => f.accesses <= 12);
const bounded: FuseGuard = only(
  'copies of its expression would multiply',
  (f) => f.accesses <= 1 || f.cost * f.accesses <= 64,
);

export const Map_IntoMap = fuse({
  name: 'Map_IntoMap',
  doc: 'map → map: the intermediate is never stored',
  producer: 'map',
  consumer: 'map',
  into: 'map',
  when: [roomLeft, recomputesLittle, fewIndices, bounded],
});

export const Map_BesideMap = fuse({
  name: 'Map_BesideMap',
  doc: 'map kernels over the same points that need the same value: one kernel with several results',
  producer: 'map',
  consumer: 'sibling',
  into: 'map',
  when: [roomLeft],
});

export const Map_IntoRows = fuse({
  name: 'Map_IntoRows',
  doc: 'map → row pipeline: computed where a row is reduced or stored',
  producer: 'map',
  consumer: 'rows',
  into: 'rows',
  when: [roomLeft, recomputesLittle, fewIndices, bounded],
});

/** A row that one thread walks alone must leave other rows to the others, or fit a cache. */
const rowsEnough: FuseGuard = only(
  'there are too few rows to share among threads, and each is too long for a cache',
  (f) => {
    const together = f.rowsTouch ? Math.min(f.rows, 64) : 1;
    return f.rows / together >= 32 || f.rowBytes * together <= (f.rowsTouch ? 1 << 20 : 1 << 18);
  },
);

export const Reduce_IntoMap = fuse({
  name: 'Reduce_IntoMap',
  doc: 'reduction → map over the same rows: one row pipeline',
  producer: 'reduce',
  consumer: 'map',
  into: 'rows',
  when: [roomLeft, rowsEnough],
});

export const Reduce_IntoRows = fuse({
  name: 'Reduce_IntoRows',
  doc: 'reduction → row pipeline over the same rows: an earlier stage of it',
  producer: 'reduce',
  consumer: 'rows',
  into: 'rows',
  when: [roomLeft, rowsEnough],
});

export const Map_IntoScan = fuse({
  name: 'Map_IntoScan',
  doc: 'map → scan: computed where the scan reads, or where its elements are stored',
  producer: 'map',
  consumer: 'scan',
  into: 'scan',
  when: [roomLeft, recomputesLittle, fewIndices, bounded],
});

export const Scan_IntoMap = fuse({
  name: 'Scan_IntoMap',
  doc: 'scan → map: applied to each element before it is stored',
  producer: 'scan',
  consumer: 'map',
  into: 'scan',
  when: [roomLeft],
});

const onlyReader: readonly FuseGuard[] = [
  only('it is a result of the program too', (f) => !f.escapes),
  only('several kernels read it', (f) => f.readers === 1 || f.movesOnly),
];

export const Map_IntoScatter = fuse({
  name: 'Map_IntoScatter',
  doc: 'map → scatter: indices and updates are computed where they are read, once each',
  producer: 'map',
  consumer: 'scatter',
  into: 'scatter',
  when: [roomLeft, ...onlyReader, only('each element would be computed again and again', (f) => f.cost <= 16)],
});

export const Map_IntoSort = fuse({
  name: 'Map_IntoSort',
  doc: 'map → sort: what only moves elements (a position beside each) is not stored first',
  producer: 'map',
  consumer: 'sort',
  into: 'sort',
  when: [roomLeft, ...onlyReader, only('comparisons would compute it again and again', (f) => f.movesOnly)],
});

export const Contraction_Epilogue = fuse({
  name: 'Contraction_Epilogue',
  doc: 'contraction → map: applied to the register tile before it is stored',
  producer: 'contraction',
  consumer: 'map',
  into: 'contraction',
  when: [only('it is read at several indices', (f) => f.accesses === 1)],
});

export const Map_IntoEpilogue = fuse({
  name: 'Map_IntoEpilogue',
  doc: 'map → epilogue of a contraction',
  producer: 'map',
  consumer: 'contraction.epilogue',
  into: 'contraction',
  when: [roomLeft, recomputesLittle, fewIndices],
});

export const Map_IntoOperand = fuse({
  name: 'Map_IntoOperand',
  doc: 'map → operand of a contraction: computed while the operand is packed',
  producer: 'map',
  consumer: 'contraction.operand',
  into: 'contraction',
  when: [
    roomLeft,
    only('it is a result of the program too', (f) => !f.escapes),
    only('several kernels read it', (f) => f.readers === 1 || f.movesOnly),
    only('packing would compute each element again', (f) => f.movesOnly || f.cost * Math.max(1, f.recomputation) <= 24),
  ],
});

export const FUSE_RULES: readonly FuseRule[] = [
  Map_IntoMap,
  Map_BesideMap,
  Map_IntoRows,
  Reduce_IntoMap,
  Reduce_IntoRows,
  Map_IntoScan,
  Scan_IntoMap,
  Map_IntoScatter,
  Map_IntoSort,
  Contraction_Epilogue,
  Map_IntoEpilogue,
  Map_IntoOperand,
];
