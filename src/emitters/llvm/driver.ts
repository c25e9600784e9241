/**
 * The native functions that run plans: `int thimble_run(context *)`, walking the tables of runtime/plan-abi.ts, and those of
 * a program that runs as several processes (group.ts).
 */
import { CONTEXT, ENTRY_SYMBOL, SELECTOR, STATUS, STEP, STEP_BYTES, STEP_KIND } from '../../runtime/plan-abi.js';
import { groupText } from './group.js';
import { DATA_LAYOUT, TRIPLE } from './llvm14.js';

/** Chunks that each thread gets on average: few enough to be cheap, enough to even out threads that are slower. */
const CHUNKS_PER_THREAD = 8;

const field = (name: string, base: string, offset: number, type: string): string =>
  `%${name}.at = getelementptr i8, ptr ${base}, i64 ${offset}\n  %${name} = load ${type}, ptr %${name}.at, align ${type === 'i32' ? 4 : 8}`;

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
