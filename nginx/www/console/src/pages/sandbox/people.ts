// Who is at the bench: the robot under test, friends, groups and their members; and pictures for them.
import { call } from '@/lib/api'
import { bench, currentKey, keyOf, type Friend, type Group, type Member, type Self, type Talk } from './bench'
import { ask } from './life'
import { drop } from './sending'
import { open } from './talks'

export async function readFriends(): Promise<void> {
  bench.friends = await ask<Friend[]>('friend/list')
}
export async function readGroups(): Promise<void> {
  bench.groups = await ask<Group[]>('group/list')
}
export async function readMembers(groupId: string): Promise<void> {
  bench.members[groupId] = await ask<Member[]>('group/member/list', { groupId })
  bench.staleMembers[groupId] = false
}

export async function saveFriend(wanted: { id: string; nick: string; avatar: string; sex: string }, isNew: boolean) {
  if (isNew) await ask('friend/create', wanted)
  else await ask('friend/update', { userId: wanted.id, nick: wanted.nick, avatar: wanted.avatar, sex: wanted.sex })
  await readFriends()
}
export async function saveGroup(group: Group, first: Partial<Member> | null) {
  if (first) await ask('group/create', { ...group, member: { ...first, name: first.nick } })
  else await ask('group/update', group)
  await readGroups()
}
export async function saveMember(groupId: string, member: Partial<Member>, isNew: boolean) {
  await ask(isNew ? 'group/member/create' : 'group/member/update', { groupId, name: member.nick, ...member })
  await readMembers(groupId)
}
export async function removeMember(groupId: string, userId: string) {
  await ask('group/member/delete', { groupId, userId })
  await readMembers(groupId)
}
export async function removeTalk(talk: Talk) {
  await ask(talk.scene === 'friend' ? 'friend/delete' : 'group/delete', { id: talk.id })
  const key = keyOf(talk)
  for (const kept of [bench.messages, bench.unread, bench.counts, bench.stale]) delete kept[key]
  if (talk.scene === 'group') delete bench.members[talk.id]
  for (const one of bench.unsent.filter((each) => keyOf(each.talk) === key)) drop(one.eventId)
  if (key === currentKey.value) await open(null)
  await (talk.scene === 'friend' ? readFriends() : readGroups())
}
export async function bind(robotId: string) {
  await ask('self/bind', { robotId })
  bench.self = await ask<Self>('self')
}

export async function upload(file: File): Promise<string> {
  const form = new FormData()
  form.append('file', file)
  const answer = await call<{ url: string }>('POST', '/ocms/upload/file', { body: form, timeoutMs: 120_000 })
  return answer.url
}
