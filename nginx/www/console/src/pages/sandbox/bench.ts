// The bench as one page holds it: friends, groups, talks and their messages; live by the WebSocket, and the same again
// after it was away. Messages are known by their id, so that what comes twice is there once; what was written and has not
// arrived is kept over a reload and sent again under its own number.
import { computed, reactive } from 'vue'
import { ApiError, call, get, post } from '@/lib/api'
import { session } from '@/lib/session'

export interface Segment {
  type: string
  [field: string]: unknown
}
export interface Sender {
  userId: string
  nick?: string
  name?: string
  card?: string
}
export interface Message {
  messageId: string
  messageSeq: number
  time: number
  elements: Segment[]
  sender: Sender
  recalled?: boolean
  rawEvent?: { eventId?: string }
}
export interface Friend {
  userId: string
  nick: string
  sex: string
  avatar: string
}
export interface Group {
  groupId: string
  name: string
  avatar: string
}
export interface Member {
  userId: string
  nick: string
  role: string
  card: string
  title: string
  sex: string
  avatar: string
}
export interface Self {
  userId: string
  nick: string
  avatar: string
  sex: string
  sign: string
  status: string
  robotId?: string
}
export interface Robot {
  robotId: string
  name: string
  status: string
  aiMode: string
}
export type Scene = 'friend' | 'group'
export interface Talk {
  scene: Scene
  id: string
}
// Written here, and not known to have arrived.
export interface Unsent {
  eventId: string
  talk: Talk
  sender: Sender
  elements: Segment[]
  time: number
  fault?: string
}

export const ROBOT = 'sandbox'
const PAGE = 50
export const MOST = 500
export const keyOf = (talk: Talk) => `${talk.scene}:${talk.id}`

export const bench = reactive({
  self: null as Self | null,
  friends: [] as Friend[],
  groups: [] as Group[],
  robots: [] as Robot[],
  members: {} as Record<string, Member[]>,
  messages: {} as Record<string, Message[]>,
  counts: {} as Record<string, number>, // how far back each talk was read
  unread: {} as Record<string, number>,
  stale: {} as Record<string, boolean>, // something may have come while nobody listened
  unsent: [] as Unsent[],
  current: null as Talk | null,
  line: 'connecting' as 'connecting' | 'live' | 'away',
  loading: true,
  loadingTalk: false,
  error: null as unknown,
  talkError: null as unknown,
})

export const current = computed(() => bench.current)
export const currentKey = computed(() => (bench.current ? keyOf(bench.current) : ''))
export const currentName = computed(() => {
  const talk = bench.current
  if (!talk) return ''
  if (talk.scene === 'friend') return bench.friends.find((one) => one.userId === talk.id)?.nick ?? talk.id
  return bench.groups.find((one) => one.groupId === talk.id)?.name ?? talk.id
})

const url = (call: string) => `/api/v1/sandbox/${call}`
const bodyOf = (talk: Talk) => ({ type: talk.scene, targetId: talk.id })

// ---- what is kept over a reload ----------------------------------------------------------

const store = () => `hongyan.bench.${session.user?.userId ?? 0}`

function remember(): void {
  try {
    localStorage.setItem(store(), JSON.stringify({ current: bench.current, unsent: bench.unsent }))
  } catch {
    // Then it lasts as long as the page.
  }
}

function recollect(): void {
  try {
    const kept = JSON.parse(localStorage.getItem(store()) ?? '{}')
    bench.current = kept.current ?? null
    bench.unsent = Array.isArray(kept.unsent) ? kept.unsent : []
  } catch {
    bench.unsent = []
  }
}

// ---- messages ----------------------------------------------------------------------------

function place(key: string, message: Message): boolean {
  const list = (bench.messages[key] ??= [])
  const known = list.findIndex((one) => one.messageId === message.messageId)
  // It has arrived, whether its own answer has come or not.
  if (message.rawEvent?.eventId && bench.unsent.length) drop(message.rawEvent.eventId)
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

function arrived(talk: Talk, message: Message): void {
  const key = keyOf(talk)
  const fresh = place(key, message)
  if (fresh && (key !== currentKey.value || document.visibilityState === 'hidden'))
    bench.unread[key] = (bench.unread[key] ?? 0) + 1
}

export async function readTalk(talk: Talk, count = PAGE): Promise<void> {
  const key = keyOf(talk)
  const list = await post<Message[]>(url('msg/list'), { ...bodyOf(talk), count })
  bench.counts[key] = Math.max(bench.counts[key] ?? 0, count)
  bench.stale[key] = false
  for (const message of list) place(key, message)
}

export async function open(talk: Talk | null): Promise<void> {
  bench.current = talk
  bench.talkError = null
  remember()
  if (!talk) return
  const key = keyOf(talk)
  bench.unread[key] = 0
  bench.loadingTalk = !bench.messages[key]
  try {
    const work: Promise<unknown>[] = []
    if (!bench.messages[key] || bench.stale[key]) work.push(readTalk(talk, bench.counts[key] ?? PAGE))
    if (talk.scene === 'group' && !bench.members[talk.id]) work.push(readMembers(talk.id))
    await Promise.all(work)
  } catch (error) {
    if (keyOf(talk) === currentKey.value) bench.talkError = error
  } finally {
    bench.loadingTalk = false
  }
}

export const readMore = (talk: Talk) => readTalk(talk, Math.min(MOST, (bench.counts[keyOf(talk)] ?? PAGE) + 100))
export const mayHaveMore = (talk: Talk) => {
  const key = keyOf(talk)
  const first = bench.messages[key]?.[0]
  return !!first && first.messageSeq > 1 && (bench.counts[key] ?? PAGE) < MOST
}

// ---- saying ------------------------------------------------------------------------------

// crypto.randomUUID() is for secure pages alone.
function newNumber(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return `c-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

export async function say(talk: Talk, sender: Sender, elements: Segment[]): Promise<void> {
  const unsent: Unsent = { eventId: newNumber(), talk, sender, elements, time: Date.now() }
  bench.unsent.push(unsent)
  remember()
  await send(unsent.eventId)
}

const sending = new Set<string>()

export async function send(eventId: string): Promise<void> {
  const unsent = bench.unsent.find((one) => one.eventId === eventId)
  if (!unsent || sending.has(eventId)) return
  sending.add(eventId)
  unsent.fault = undefined
  const { talk, sender, elements } = unsent
  try {
    const done = await post<{ messageId: string; messageSeq: number; time: number }>(url('webhook'), {
      type: talk.scene,
      event: 'message',
      subEvent: talk.scene,
      contact: { scene: talk.scene, peer: talk.id, name: '' },
      sender,
      elements,
      eventId,
    })
    place(keyOf(talk), { ...done, elements, sender })
    drop(eventId)
  } catch (error) {
    // Without an answer it may have arrived: its number makes sure of once. It is sent again when the line is back.
    const refused = error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429
    unsent.fault = refused ? (error as ApiError).message || `HTTP ${(error as ApiError).status}` : ''
    remember()
  } finally {
    sending.delete(eventId)
  }
}

export function drop(eventId: string): void {
  if (!bench.unsent.some((one) => one.eventId === eventId)) return
  bench.unsent = bench.unsent.filter((one) => one.eventId !== eventId)
  remember()
}

function sendAgain(): void {
  for (const unsent of bench.unsent) if (!unsent.fault) void send(unsent.eventId)
}

export async function recall(talk: Talk, messageId: string): Promise<void> {
  await post(url('msg/recall'), { messageId })
  recalled(messageId, keyOf(talk))
}

function recalled(messageId: string, key?: string): void {
  for (const list of key ? [bench.messages[key] ?? []] : Object.values(bench.messages)) {
    const message = list.find((one) => one.messageId === messageId)
    if (message) Object.assign(message, { recalled: true, elements: [] })
  }
}

// ---- friends, groups, members ------------------------------------------------------------

export async function readFriends(): Promise<void> {
  bench.friends = await post<Friend[]>(url('friend/list'))
}
export async function readGroups(): Promise<void> {
  bench.groups = await post<Group[]>(url('group/list'))
}
export async function readMembers(groupId: string): Promise<void> {
  bench.members[groupId] = await post<Member[]>(url('group/member/list'), { groupId })
}

export async function saveFriend(wanted: { id: string; nick: string; avatar: string; sex: string }, isNew: boolean) {
  if (isNew) await post(url('friend/create'), wanted)
  else await post(url('friend/update'), { userId: wanted.id, nick: wanted.nick, avatar: wanted.avatar, sex: wanted.sex })
  await readFriends()
}
export async function saveGroup(group: Group, first: Partial<Member> | null) {
  if (first) await post(url('group/create'), { ...group, member: { ...first, name: first.nick } })
  else await post(url('group/update'), group)
  await readGroups()
}
export async function saveMember(groupId: string, member: Partial<Member>, isNew: boolean) {
  await post(url(isNew ? 'group/member/create' : 'group/member/update'), { groupId, name: member.nick, ...member })
  await readMembers(groupId)
}
export async function removeMember(groupId: string, userId: string) {
  await post(url('group/member/delete'), { groupId, userId })
  await readMembers(groupId)
}
export async function removeTalk(talk: Talk) {
  await post(url(talk.scene === 'friend' ? 'friend/delete' : 'group/delete'), { id: talk.id })
  const key = keyOf(talk)
  delete bench.messages[key]
  delete bench.unread[key]
  if (key === currentKey.value) await open(null)
  await (talk.scene === 'friend' ? readFriends() : readGroups())
}
export async function bind(robotId: string) {
  await post(url('self/bind'), { robotId })
  bench.self = await post<Self>(url('self'))
}

export async function upload(file: File): Promise<string> {
  const form = new FormData()
  form.append('file', file)
  const answer = await call<{ url: string }>('POST', '/ocms/upload/file', { body: form, timeoutMs: 120_000 })
  return answer.url
}

// ---- the line ----------------------------------------------------------------------------

let socket: WebSocket | null = null
let timer = 0
let tries = 0
let wanted = false
let wasLive = false

interface Frame {
  action: string
  param: Record<string, unknown>
}

function hear(frame: Frame): void {
  const param = frame.param
  if (frame.action === 'init') {
    bench.self = param as unknown as Self
    bench.line = 'live'
    tries = 0
    if (wasLive) void catchUp()
    wasLive = true
    sendAgain()
    return
  }
  if (frame.action === 'recallMsg') return recalled(String(param.messageId))
  if (frame.action !== 'sendMsg' && frame.action !== 'webhook') return
  const contact = param.contact as { scene: Scene; peer: string }
  arrived(
    { scene: contact.scene, id: contact.peer },
    {
      messageId: String(param.messageId),
      messageSeq: Number(frame.action === 'sendMsg' ? param.seq : param.messageSeq),
      time: Number(param.time),
      elements: param.elements as Segment[],
      sender: param.sender as Sender,
      recalled: param.recalled === true,
      rawEvent: param.rawEvent as Message['rawEvent'],
    },
  )
  // Somebody whom another page has made since.
  const known =
    contact.scene === 'friend'
      ? bench.friends.some((one) => one.userId === contact.peer)
      : bench.groups.some((one) => one.groupId === contact.peer)
  if (!known && !bench.loading) void (contact.scene === 'friend' ? readFriends() : readGroups()).catch(() => {})
}

// What was said while nobody listened: the open talk is read at once, the others when they are opened.
async function catchUp(): Promise<void> {
  for (const key of Object.keys(bench.messages)) bench.stale[key] = true
  if (bench.current) await open(bench.current)
}

function hangUp(): void {
  const old = socket
  socket = null
  if (old) {
    old.onclose = old.onmessage = null
    old.close()
  }
}

async function dial(): Promise<void> {
  clearTimeout(timer)
  if (!wanted || socket) return
  if (bench.line === 'live') bench.line = 'away'
  try {
    const { authKey } = await post<{ authKey: string }>(url('url'))
    if (!wanted || socket) return
    const origin = location.origin.replace(/^http/, 'ws')
    const mine = new WebSocket(`${origin}/sandbox?authorization=${encodeURIComponent(authKey)}`)
    socket = mine
    mine.onmessage = (event) => hear(JSON.parse(String(event.data)))
    mine.onclose = () => {
      if (socket === mine) socket = null
      later()
    }
  } catch {
    later()
  }
}

// Longer each time, and not all pages in the same moment.
function later(): void {
  if (!wanted) return
  bench.line = 'away'
  const ms = Math.min(15_000, 500 * 2 ** Math.min(tries++, 5)) * (0.5 + Math.random() / 2)
  clearTimeout(timer)
  timer = window.setTimeout(() => void dial(), ms)
}

function back(): void {
  if (document.visibilityState === 'hidden') return
  if (bench.current) bench.unread[currentKey.value] = 0
  if (bench.line === 'live') return
  tries = 0
  clearTimeout(timer)
  void dial()
}

// One call for each list, one for the key, one for the talk that was open: six with the robots to choose from.
export async function start(): Promise<void> {
  stop()
  wanted = true
  wasLive = false
  recollect()
  bench.line = 'connecting'
  bench.loading = true
  bench.error = null
  addEventListener('online', back)
  document.addEventListener('visibilitychange', back)
  void dial()
  try {
    const robots = get<{ list: Robot[] }>('/api/robots', { pageSize: 100 })
    await Promise.all([readFriends(), readGroups()])
    bench.robots = (await robots).list
  } catch (error) {
    bench.error = error
  } finally {
    bench.loading = false
  }
  if (!bench.current || !talkExists(bench.current)) bench.current = firstTalk()
  await open(bench.current)
}

const talkExists = (talk: Talk) =>
  talk.scene === 'friend'
    ? bench.friends.some((one) => one.userId === talk.id)
    : bench.groups.some((one) => one.groupId === talk.id)

function firstTalk(): Talk | null {
  // A phone shows the list first.
  if (matchMedia('(max-width: 700px)').matches) return null
  if (bench.friends[0]) return { scene: 'friend', id: bench.friends[0].userId }
  if (bench.groups[0]) return { scene: 'group', id: bench.groups[0].groupId }
  return null
}

export function stop(): void {
  wanted = false
  clearTimeout(timer)
  removeEventListener('online', back)
  document.removeEventListener('visibilitychange', back)
  hangUp()
}

// Another account begins with nothing of the one before.
export function clear(): void {
  Object.assign(bench, {
    self: null, friends: [], groups: [], robots: [], members: {}, messages: {}, counts: {}, unread: {}, stale: {},
    unsent: [], current: null, error: null, talkError: null,
  })
}
