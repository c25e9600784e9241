/**
 * The native functions that run plans: `int thimble_run(context *)`, walking the tables of runtime/plan-abi.ts, and those of
 * a program that runs as several processes (group.ts).
 */
import { COUNTER_TYPES, type CounterType } from '../../runtime/plan.js';
import { CONTEXT, ENTRY_SYMBOL, SELECTOR, STATUS, STEP, STEP_BYTES, STEP_KIND } from '../../runtime/plan-abi.js';
import { groupText } from './group.js';
import { DATA_LAYOUT, TRIPLE } from './llvm14.js';

/** Chunks that each thread gets on average: few enough to be cheap, enough to even out threads that are slower. */
const CHUNKS_PER_THREAD = 8;

const field = (name: string, base: string, offset: number, type: string): string =>
  `%${name}.at = getelementptr i8, ptr ${base}, i64 ${offset}\n  %${name} = load ${type}, ptr %${name}.at, align ${type === 'i32' ? 4 : 8}`;

/** A block that reads an integer and gives it as 64 bits. */
function readInteger(type: CounterType, k: number): string {
  const bits = Number(type.slice(1));
  const read = `t${k}:\n  %n${k} = load i${bits}, ptr %p\n`;
  if (bits === 64) return `${read}  ret i64 %n${k}`;
  return `${read}  %w${k} = ${type[0] === 's' ? 'sext' : 'zext'} i${bits} %n${k} to i64\n  ret i64 %w${k}`;
}

/** `%r0 …`: the ends of a repeat's ranges. */
const loadRange = (_: number, k: number): string =>
  `  %r${k}.p = getelementptr i32, ptr %ranges.p, i64 ${k}\n  %r${k}.n = load i32, ptr %r${k}.p\n  %r${k} = sext i32 %r${k}.n to i64`;

/** LLVM 19's notation. */
export function driverText(): string {
  return `target datalayout = "${DATA_LAYOUT}"
target triple = "${TRIPLE}"

declare void @llvm.memmove.p0.p0.i64(ptr, ptr, i64, i1)

; A launch shared by threads: kernel, slots, args, tasks, chunk, next task
%launch = type { ptr, ptr, ptr, i64, i64, i64 }

; What each thread runs: chunks until there are none left.
define internal void @work(ptr %l) nounwind {
entry:
  %fn.p = getelementptr %launch, ptr %l, i32 0, i32 0
  %fn = load ptr, ptr %fn.p
  %slots.p = getelementptr %launch, ptr %l, i32 0, i32 1
  %slots = load ptr, ptr %slots.p
  %args.p = getelementptr %launch, ptr %l, i32 0, i32 2
  %args = load ptr, ptr %args.p
  %tasks.p = getelementptr %launch, ptr %l, i32 0, i32 3
  %tasks = load i64, ptr %tasks.p
  %chunk.p = getelementptr %launch, ptr %l, i32 0, i32 4
  %chunk = load i64, ptr %chunk.p
  %next.p = getelementptr %launch, ptr %l, i32 0, i32 5
  br label %claim
claim:
  %lo = atomicrmw add ptr %next.p, i64 %chunk monotonic
  %some = icmp slt i64 %lo, %tasks
  br i1 %some, label %run, label %done
run:
  %end = add i64 %lo, %chunk
  %hi = call i64 @llvm.smin.i64(i64 %end, i64 %tasks)
  call void %fn(ptr %slots, ptr %args, i64 %lo, i64 %hi)
  br label %claim
done:
  ret void
}
declare i64 @llvm.smin.i64(i64, i64)
declare i64 @llvm.smax.i64(i64, i64)

define internal void @launch(ptr %ctx, ptr %fn, ptr %args, i64 %tasks) nounwind {
entry:
  %l = alloca %launch
  ${field('slots', '%ctx', CONTEXT.slots, 'ptr')}
  ${field('threads', '%ctx', CONTEXT.threads, 'i32')}
  ${field('parallel', '%ctx', CONTEXT.parallel, 'ptr')}
  %threads.w = sext i32 %threads to i64
  %fewer = call i64 @llvm.smin.i64(i64 %threads.w, i64 %tasks)
  %one = icmp sle i64 %fewer, 1
  %none = icmp eq ptr %parallel, null
  %serial = or i1 %one, %none
  br i1 %serial, label %here, label %fork
here:
  call void %fn(ptr %slots, ptr %args, i64 0, i64 %tasks)
  ret void
fork:
  %shares = mul i64 %fewer, ${CHUNKS_PER_THREAD}
  %share = udiv i64 %tasks, %shares
  %chunk = call i64 @llvm.smax.i64(i64 %share, i64 1)
  %p0 = getelementptr %launch, ptr %l, i32 0, i32 0
  store ptr %fn, ptr %p0
  %p1 = getelementptr %launch, ptr %l, i32 0, i32 1
  store ptr %slots, ptr %p1
  %p2 = getelementptr %launch, ptr %l, i32 0, i32 2
  store ptr %args, ptr %p2
  %p3 = getelementptr %launch, ptr %l, i32 0, i32 3
  store i64 %tasks, ptr %p3
  %p4 = getelementptr %launch, ptr %l, i32 0, i32 4
  store i64 %chunk, ptr %p4
  %p5 = getelementptr %launch, ptr %l, i32 0, i32 5
  store i64 0, ptr %p5
  %count = trunc i64 %fewer to i32
  call void %parallel(ptr @work, ptr %l, i32 %count, i32 0)
  ret void
}

define internal ptr @slot(ptr %ctx, i64 %i) nounwind {
  ${field('slots', '%ctx', CONTEXT.slots, 'ptr')}
  %p = getelementptr ptr, ptr %slots, i64 %i
  %v = load ptr, ptr %p
  ret ptr %v
}

; The number at %p, of the type with that number.
define internal i64 @integer(ptr %p, i64 %type) nounwind {
entry:
  switch i64 %type, label %t0 [ ${COUNTER_TYPES.slice(1)
    .map((_, k) => `i64 ${k + 1}, label %t${k + 1}`)
    .join(' ')} ]
${COUNTER_TYPES.map(readInteger).join('\n')}
}

; Steps begin ... end, and those inside them: a status.
define internal i32 @range(ptr %ctx, i64 %begin, i64 %end) nounwind {
entry:
  ${field('steps', '%ctx', CONTEXT.steps, 'ptr')}
  ${field('argTable', '%ctx', CONTEXT.args, 'ptr')}
  ${field('ranges', '%ctx', CONTEXT.ranges, 'ptr')}
  ${field('violation', '%ctx', CONTEXT.violation, 'ptr')}
  %cancel = getelementptr i8, ptr %ctx, i64 ${CONTEXT.cancel}
  %failed = getelementptr i8, ptr %ctx, i64 ${CONTEXT.failedStep}
  br label %head
head:
  %i = phi i64 [ %begin, %entry ], [ %i.next, %next ]
  %more = icmp slt i64 %i, %end
  br i1 %more, label %poll, label %ok
poll:
  %stop = load atomic i32, ptr %cancel monotonic, align 4
  %stopped = icmp ne i32 %stop, 0
  br i1 %stopped, label %cancelled, label %step
cancelled:
  %i.c = trunc i64 %i to i32
  store i32 %i.c, ptr %failed
  ret i32 ${STATUS.cancelled}
step:
  %row.offset = mul i64 %i, ${STEP_BYTES}
  %row = getelementptr i8, ptr %steps, i64 %row.offset
  ${field('kind', '%row', STEP.kind, 'i32')}
  ${field('first', '%row', STEP.first, 'i32')}
  ${field('a', '%row', STEP.a, 'i64')}
  ${field('b', '%row', STEP.b, 'i64')}
  ${field('c', '%row', STEP.c, 'i64')}
  ${field('d', '%row', STEP.d, 'i64')}
  %first.w = sext i32 %first to i64
  switch i32 %kind, label %next [
    i32 ${STEP_KIND.launch}, label %launch
    i32 ${STEP_KIND.copy}, label %copy
    i32 ${STEP_KIND.loop}, label %condition
    i32 ${STEP_KIND.branch}, label %branch
    i32 ${STEP_KIND.exchange}, label %exchange
    i32 ${STEP_KIND.repeat}, label %repeat
  ]

launch:
  %fn = inttoptr i64 %a to ptr
  %args = getelementptr i32, ptr %argTable, i64 %first.w
  call void @launch(ptr %ctx, ptr %fn, ptr %args, i64 %b)
  %checked = icmp ne ptr %violation, null
  br i1 %checked, label %check, label %next
check:
  %flag = load i64, ptr %violation
  %violated = icmp ne i64 %flag, 0
  br i1 %violated, label %left, label %next
left:
  %i.v = trunc i64 %i to i32
  store i32 %i.v, ptr %failed
  ret i32 ${STATUS.violation}

copy:
  %from = call ptr @slot(ptr %ctx, i64 %first.w)
  %to = call ptr @slot(ptr %ctx, i64 %a)
  call void @llvm.memmove.p0.p0.i64(ptr %to, ptr %from, i64 %b, i1 false)
  br label %next

exchange:
  %give = call ptr @slot(ptr %ctx, i64 %first.w)
  %take = call ptr @slot(ptr %ctx, i64 %a)
  ${field('meetFn', '%ctx', CONTEXT.exchange, 'ptr')}
  ${field('self', '%ctx', CONTEXT.communicator, 'ptr')}
  %s.meet = call i32 %meetFn(ptr %self, i64 %b, ptr %give, ptr %take)
  %meet.bad = icmp ne i32 %s.meet, 0
  br i1 %meet.bad, label %fail.meet, label %next
fail.meet:
  %i.m = trunc i64 %i to i32
  store i32 %i.m, ptr %failed
  ret i32 %s.meet

condition:
  %s.cond = call i32 @range(ptr %ctx, i64 %a, i64 %b)
  %cond.bad = icmp ne i32 %s.cond, 0
  br i1 %cond.bad, label %fail.cond, label %test
fail.cond:
  ret i32 %s.cond
test:
  %pred.p = call ptr @slot(ptr %ctx, i64 %first.w)
  %pred = load i8, ptr %pred.p
  %goes = icmp ne i8 %pred, 0
  br i1 %goes, label %body, label %next
body:
  %s.body = call i32 @range(ptr %ctx, i64 %c, i64 %d)
  %body.bad = icmp ne i32 %s.body, 0
  br i1 %body.bad, label %fail.body, label %poll.loop
fail.body:
  ret i32 %s.body
poll.loop:
  %stop2 = load atomic i32, ptr %cancel monotonic, align 4
  %stopped2 = icmp ne i32 %stop2, 0
  br i1 %stopped2, label %cancelled, label %condition

branch:
  %sel.p = call ptr @slot(ptr %ctx, i64 %first.w)
  %wide = icmp eq i64 %a, ${SELECTOR.s32}
  br i1 %wide, label %sel.s32, label %sel.pred
sel.s32:
  %sel.i = load i32, ptr %sel.p
  %sel.w = sext i32 %sel.i to i64
  br label %pick
sel.pred:
  %sel.b = load i8, ptr %sel.p
  %sel.no = icmp eq i8 %sel.b, 0
  %sel.n = zext i1 %sel.no to i64
  br label %pick
pick:
  %sel = phi i64 [ %sel.w, %sel.s32 ], [ %sel.n, %sel.pred ]
  %within = icmp ult i64 %sel, %c
  %last = sub i64 %c, 1
  %chosen = select i1 %within, i64 %sel, i64 %last
  %entryIndex = add i64 %b, %chosen
  %r.begin.i = mul i64 %entryIndex, 2
  %r.begin.p = getelementptr i32, ptr %ranges, i64 %r.begin.i
  %r.begin = load i32, ptr %r.begin.p
  %r.end.p = getelementptr i32, ptr %r.begin.p, i64 1
  %r.end = load i32, ptr %r.end.p
  %r.begin.w = sext i32 %r.begin to i64
  %r.end.w = sext i32 %r.end to i64
  %s.branch = call i32 @range(ptr %ctx, i64 %r.begin.w, i64 %r.end.w)
  %branch.bad = icmp ne i32 %s.branch, 0
  br i1 %branch.bad, label %fail.branch, label %next
fail.branch:
  ret i32 %s.branch

repeat:
  %known = icmp sge i64 %a, 0
  br i1 %known, label %repeat.begin, label %repeat.count
repeat.count:
  %low.p = call ptr @slot(ptr %ctx, i64 %b)
  %high.p = call ptr @slot(ptr %ctx, i64 %c)
  %low = call i64 @integer(ptr %low.p, i64 %d)
  %high = call i64 @integer(ptr %high.p, i64 %d)
  %unsigned = icmp uge i64 %d, ${COUNTER_TYPES.indexOf('u8')}
  %below.u = icmp ult i64 %low, %high
  %below.s = icmp slt i64 %low, %high
  %below = select i1 %unsigned, i1 %below.u, i1 %below.s
  %apart = sub i64 %high, %low
  %counted = select i1 %below, i64 %apart, i64 0
  br label %repeat.begin
repeat.begin:
  %trips = phi i64 [ %a, %repeat ], [ %counted, %repeat.count ]
  %ranges.i = mul i64 %first.w, 2
  %ranges.p = getelementptr i32, ptr %ranges, i64 %ranges.i
${[0, 1, 2, 3, 4, 5].map(loadRange).join('\n')}
  br label %repeat.test
repeat.test:
  %k = phi i64 [ 0, %repeat.begin ], [ %k.next, %repeat.on ]
  %left.to.do = icmp ult i64 %k, %trips
  br i1 %left.to.do, label %repeat.poll, label %repeat.end
repeat.poll:
  %stop3 = load atomic i32, ptr %cancel monotonic, align 4
  %stopped3 = icmp ne i32 %stop3, 0
  br i1 %stopped3, label %cancelled, label %repeat.run
repeat.run:
  %k.bit = trunc i64 %k to i1
  %run.begin = select i1 %k.bit, i64 %r2, i64 %r0
  %run.end = select i1 %k.bit, i64 %r3, i64 %r1
  %s.run = call i32 @range(ptr %ctx, i64 %run.begin, i64 %run.end)
  %run.bad = icmp ne i32 %s.run, 0
  br i1 %run.bad, label %fail.run, label %repeat.on
fail.run:
  ret i32 %s.run
repeat.on:
  %k.next = add i64 %k, 1
  br label %repeat.test
repeat.end:
  %odd = trunc i64 %trips to i1
  br i1 %odd, label %repeat.odd, label %next
repeat.odd:
  %s.odd = call i32 @range(ptr %ctx, i64 %r4, i64 %r5)
  %odd.bad = icmp ne i32 %s.odd, 0
  br i1 %odd.bad, label %fail.odd, label %next
fail.odd:
  ret i32 %s.odd

next:
  %i.next = add i64 %i, 1
  br label %head
ok:
  ret i32 ${STATUS.ok}
}

define i32 @${ENTRY_SYMBOL}(ptr %ctx) nounwind {
  ${field('begin', '%ctx', CONTEXT.begin, 'i32')}
  ${field('end', '%ctx', CONTEXT.end, 'i32')}
  %begin.w = sext i32 %begin to i64
  %end.w = sext i32 %end to i64
  %s = call i32 @range(ptr %ctx, i64 %begin.w, i64 %end.w)
  ret i32 %s
}
${groupText()}`;
}
