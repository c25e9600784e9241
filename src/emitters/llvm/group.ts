/**
 * Processes as threads of one process: the native side of runtime/plan-group-abi.ts, in LLVM 19's notation.
 *
 * An exchange is a meeting, copies, and a meeting again: what a process brings stays as it is until everybody has copied.
 * Who waits while all others wait elsewhere or have ended would wait for ever; that is seen at once, and ends the run.
 */

import { ENTRY_SYMBOL, STATUS } from '../../runtime/plan-abi.js';
import {
  EXCHANGE,
  EXCHANGE_BYTES,
  GROUP_SYMBOLS,
  HUB,
  MEETING,
  PROCESS,
  TRANSFER,
  TRANSFER_BYTES,
} from '../../runtime/plan-group-abi.js';

const at = (name: string, base: string, offset: number): string =>
  `%${name}.at = getelementptr i8, ptr ${base}, i64 ${offset}`;
const load = (name: string, base: string, offset: number, type: string): string =>
  `${at(name, base, offset)}\n  %${name} = load ${type}, ptr %${name}.at`;

export function groupText(): string {
  return `
declare i32 @pthread_mutex_lock(ptr)
declare i32 @pthread_mutex_unlock(ptr)
declare i32 @pthread_cond_wait(ptr, ptr)
declare i32 @pthread_cond_broadcast(ptr)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)

; Waits for as many as there are members: a status.
define internal i32 @meet(ptr %hub, ptr %meeting, i64 %members) nounwind {
entry:
  ${at('mutex', '%hub', HUB.mutex)}
  ${at('cond', '%hub', HUB.condition)}
  ${at('rounds', '%meeting', MEETING.rounds)}
  %locked = call i32 @pthread_mutex_lock(ptr %mutex.at)
  ${load('over', '%hub', HUB.over, 'i32')}
  %gone = icmp ne i32 %over, 0
  br i1 %gone, label %away, label %come
away:
  %u0 = call i32 @pthread_mutex_unlock(ptr %mutex.at)
  ret i32 %over
come:
  %round = load i32, ptr %rounds.at
  ${load('arrived', '%meeting', MEETING.arrived, 'i32')}
  ${load('waiting', '%hub', HUB.waiting, 'i32')}
  %now = add i32 %arrived, 1
  %all = trunc i64 %members to i32
  %complete = icmp eq i32 %now, %all
  br i1 %complete, label %open, label %join
open:
  store i32 0, ptr %arrived.at
  %next = add i32 %round, 1
  store i32 %next, ptr %rounds.at
  %others = sub i32 %all, 1
  %still = sub i32 %waiting, %others
  store i32 %still, ptr %waiting.at
  %b0 = call i32 @pthread_cond_broadcast(ptr %cond.at)
  %u1 = call i32 @pthread_mutex_unlock(ptr %mutex.at)
  ret i32 ${STATUS.ok}
join:
  store i32 %now, ptr %arrived.at
  %more = add i32 %waiting, 1
  store i32 %more, ptr %waiting.at
  call void @check(ptr %hub)
  br label %wait
wait:
  %reached = load i32, ptr %rounds.at
  %met = icmp ne i32 %reached, %round
  br i1 %met, label %done, label %asleep
asleep:
  %end = load i32, ptr %over.at
  %ended = icmp ne i32 %end, 0
  br i1 %ended, label %sent, label %sleep
sleep:
  %w = call i32 @pthread_cond_wait(ptr %cond.at, ptr %mutex.at)
  br label %wait
sent:
  %u2 = call i32 @pthread_mutex_unlock(ptr %mutex.at)
  ret i32 %end
done:
  %u3 = call i32 @pthread_mutex_unlock(ptr %mutex.at)
  ret i32 ${STATUS.ok}
}

; With the mutex held: where all that are alive wait, nobody will come.
define internal void @check(ptr %hub) nounwind {
entry:
  ${load('alive', '%hub', HUB.alive, 'i32')}
  ${load('waiting', '%hub', HUB.waiting, 'i32')}
  ${load('over', '%hub', HUB.over, 'i32')}
  %some = icmp sgt i32 %waiting, 0
  %none = icmp sge i32 %waiting, %alive
  %first = icmp eq i32 %over, 0
  %stuck = and i1 %some, %none
  %tell = and i1 %stuck, %first
  br i1 %tell, label %end, label %ok
end:
  store i32 ${STATUS.deserted}, ptr %over.at
  ${at('cond', '%hub', HUB.condition)}
  %b = call i32 @pthread_cond_broadcast(ptr %cond.at)
  br label %ok
ok:
  ret void
}

define i32 @${GROUP_SYMBOLS.exchange}(ptr %p, i64 %number, ptr %from, ptr %to) nounwind {
entry:
  ${load('hub', '%p', PROCESS.hub, 'ptr')}
  ${load('me', '%p', PROCESS.number, 'i64')}
  ${load('rows', '%p', PROCESS.exchanges, 'ptr')}
  %row.offset = mul i64 %number, ${EXCHANGE_BYTES}
  %row = getelementptr i8, ptr %rows, i64 %row.offset
  ${load('members', '%row', EXCHANGE.members, 'i64')}
  ${load('meeting', '%row', EXCHANGE.meeting, 'ptr')}
  ${load('transfers', '%row', EXCHANGE.transfers, 'ptr')}
  ${load('count', '%row', EXCHANGE.count, 'i64')}
  ${load('brought', '%hub', HUB.brought, 'ptr')}
  %mine = getelementptr ptr, ptr %brought, i64 %me
  store ptr %from, ptr %mine
  %alone = icmp sle i64 %members, 1
  br i1 %alone, label %copies, label %come
come:
  %s = call i32 @meet(ptr %hub, ptr %meeting, i64 %members)
  %bad = icmp ne i32 %s, 0
  br i1 %bad, label %away, label %copies
away:
  ret i32 %s
copies:
  br label %head
head:
  %k = phi i64 [ 0, %copies ], [ %k.next, %next ]
  %more = icmp slt i64 %k, %count
  br i1 %more, label %transfer, label %leave
transfer:
  %t.offset = mul i64 %k, ${TRANSFER_BYTES}
  %t = getelementptr i8, ptr %transfers, i64 %t.offset
  ${load('source', '%t', TRANSFER.source, 'i64')}
  ${load('start', '%t', TRANSFER.from, 'i64')}
  ${load('place', '%t', TRANSFER.to, 'i64')}
  ${load('bytes', '%t', TRANSFER.bytes, 'i64')}
  %target = getelementptr i8, ptr %to, i64 %place
  %nobody = icmp slt i64 %source, 0
  br i1 %nobody, label %zero, label %copy
zero:
  call void @llvm.memset.p0.i64(ptr %target, i8 0, i64 %bytes, i1 false)
  br label %next
copy:
  %theirs = getelementptr ptr, ptr %brought, i64 %source
  %base = load ptr, ptr %theirs
  %block = getelementptr i8, ptr %base, i64 %start
  call void @llvm.memcpy.p0.p0.i64(ptr %target, ptr %block, i64 %bytes, i1 false)
  br label %next
next:
  %k.next = add i64 %k, 1
  br label %head
leave:
  br i1 %alone, label %ok, label %part
part:
  %e = call i32 @meet(ptr %hub, ptr %meeting, i64 %members)
  ret i32 %e
ok:
  ret i32 ${STATUS.ok}
}

define ptr @${GROUP_SYMBOLS.process}(ptr %p) nounwind {
  ${load('hub', '%p', PROCESS.hub, 'ptr')}
  ${load('context', '%p', PROCESS.context, 'ptr')}
  ${at('status', '%p', PROCESS.status)}
  %s = call i32 @${ENTRY_SYMBOL}(ptr %context)
  store i32 %s, ptr %status.at
  ${at('mutex', '%hub', HUB.mutex)}
  %l = call i32 @pthread_mutex_lock(ptr %mutex.at)
  ${load('alive', '%hub', HUB.alive, 'i32')}
  %left = sub i32 %alive, 1
  store i32 %left, ptr %alive.at
  call void @check(ptr %hub)
  %u = call i32 @pthread_mutex_unlock(ptr %mutex.at)
  ret ptr null
}

define void @${GROUP_SYMBOLS.stop}(ptr %hub) nounwind {
  ${at('mutex', '%hub', HUB.mutex)}
  ${at('cond', '%hub', HUB.condition)}
  %l = call i32 @pthread_mutex_lock(ptr %mutex.at)
  ${load('over', '%hub', HUB.over, 'i32')}
  %first = icmp eq i32 %over, 0
  %to = select i1 %first, i32 ${STATUS.cancelled}, i32 %over
  store i32 %to, ptr %over.at
  %b = call i32 @pthread_cond_broadcast(ptr %cond.at)
  %u = call i32 @pthread_mutex_unlock(ptr %mutex.at)
  ret void
}
`;
}
