// What was said: put in its order and once, read without holes, taken back.
import { bench, currentKey, keyOf, MOST, PAGE, type Message, type Talk } from './bench'
import { ask, currentKeyOf, keep, told } from './life'
import { readMembers } from './people'
import { drop } from './sending'

export const recalls = new Set<string>()

export function place(key: string, message: Message): boolean {
  const list = (bench.messages[key] ??= [])
  const known = list.findIndex((one) => one.messageId === message.messageId)
  // It has arrived, whether its own answer has come or not.
  if (message.rawEvent?.eventId && bench.unsent.length) drop(message.rawEvent.eventId)
  if (recalls.has(message.messageId)) Object.assign(message, { recalled: true, elements: [] })
  if (known >= 0) {
    // A recall is never undone by what was read before it.
    if (!list[known].recalled || message.recalled) list[known] = { ...list[known], ...message }
    return false
  }
  let at = list.length
  while (at > 0 && list[at - 1].messageSeq > message.messageSeq) --at
  list.splice(at, 0, message)
  return true
}

export function arrived(talk: Talk, message: Message): void {
  const key = keyOf(talk)
  const fresh = place(key, message)
  if (fresh && (key !== currentKey.value || document.visibilityState === 'hidden'))
    bench.unread[key] = (bench.unread[key] ?? 0) + 1
  // A talk that is not looked at need not grow for ever.
  const list = bench.messages[key]
  if (key !== currentKey.value && list.length > MOST) list.splice(0, list.length - MOST)
}

// What the robot has said so far, by the message it answers; the message that is stored in the end takes its place. Empty: it
// came to nothing.
export function growing(talk: Talk, streamId: string, said: string): void {
  const streams = (bench.growing[keyOf(talk)] ??= {})
  if (said) streams[streamId] = said
  else delete streams[streamId]
}

// The last `count`. What is known and the oldest of these must touch, since numbers have no holes: else more is read, and
// what lies before a hole that is wider than a reading is read when somebody asks for it.
export async function readTalk(talk: Talk, count = PAGE): Promise<void> {
  const key = keyOf(talk)
  const before = bench.messages[key]?.at(-1)?.messageSeq ?? 0
  const began = bench.lines
  let list = await ask<Message[]>('msg/list', { type: talk.scene, targetId: talk.id, count })
  if (before && list[0] && list[0].messageSeq > before + 1 && count < MOST)
    list = await ask<Message[]>('msg/list', { type: talk.scene, targetId: talk.id, count: (count = MOST) })
  if (before && list[0] && list[0].messageSeq > before + 1) bench.messages[key] = []
  for (const message of list) place(key, message)
  bench.counts[key] = Math.max(bench.counts[key] ?? 0, count)
  bench.stale[key] = bench.lines !== began
}

export async function open(talk: Talk | null): Promise<void> {
  bench.current = talk
  bench.talkError = null
  keep('sessionStorage', currentKeyOf(), talk)
  if (!talk) return
  const key = keyOf(talk)
  bench.unread[key] = 0
  try {
    const work: Promise<unknown>[] = []
    if (!bench.counts[key] || bench.stale[key]) {
      bench.loadingTalk = bench.counts[key] ? '' : key
      work.push(readTalk(talk, bench.counts[key] || PAGE))
    }
    if (talk.scene === 'group' && (!bench.members[talk.id] || bench.staleMembers[talk.id])) work.push(readMembers(talk.id))
    await Promise.all(work)
    // The line came while this was read: something may lie between.
    if (bench.stale[key] && key === currentKey.value && bench.line === 'live') void open(talk)
  } catch (error) {
    if (key === currentKey.value) bench.talkError = told(error)
  } finally {
    if (bench.loadingTalk === key) bench.loadingTalk = ''
  }
}

export const readMore = (talk: Talk) => readTalk(talk, Math.min(MOST, (bench.counts[keyOf(talk)] ?? PAGE) + 100))
export const mayHaveMore = (talk: Talk) => {
  const key = keyOf(talk)
  const first = bench.messages[key]?.[0]
  return !!first && first.messageSeq > 1 && (bench.counts[key] ?? PAGE) < MOST
}

export async function recall(talk: Talk, messageId: string): Promise<void> {
  await ask('msg/recall', { messageId })
  recalled(messageId, keyOf(talk))
}

export function recalled(messageId: string, key?: string): void {
  recalls.add(messageId)
  for (const list of key ? [bench.messages[key] ?? []] : Object.values(bench.messages)) {
    const message = list.find((one) => one.messageId === messageId)
    if (message) Object.assign(message, { recalled: true, elements: [] })
  }
}
