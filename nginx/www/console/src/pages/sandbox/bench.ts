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
  away?: boolean // it was tried, and is tried again
  refused?: string // why; tried again by hand alone
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
  staleMembers: {} as Record<string, boolean>,
  unsent: [] as Unsent[],
  current: null as Talk | null,
  line: 'connecting' as 'connecting' | 'live' | 'away',
  loading: true,
  loadingTalk: '', // the key of a talk that is read for the first time
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

// ---- whose bench it is -------------------------------------------------------------------

// Another account, or leaving the page, begins another life: what was asked in an older one is not written down here.
let life = 0
let owner = 0
class Over extends Error {}
async function mine<T>(work: Promise<T>): Promise<T> {
  const now = life
  const done = await work
  if (now !== life) throw new Over()
  return done
}
const ask = <T>(call: string, body: unknown = {}) => mine(post<T>(url(call), body))
// What an older life still had to say is nobody's fault.
function told(error: unknown): unknown {
  return error instanceof Over ? null : error
}

// ---- what is kept over a reload ----------------------------------------------------------

// One entry for each, so that two pages do not write over each other's.
const unsentPrefix = () => `hongyan.unsent.${owner}.`
const currentKeyOf = () => `hongyan.talk.${owner}`

function keep(area: 'localStorage' | 'sessionStorage', key: string, value: unknown): void {
  try {
    if (value === null) window[area].removeItem(key)
    else window[area].setItem(key, JSON.stringify(value))
  } catch {
    // Then it lasts as long as the page.
  }
}

function recollect(): void {
  bench.unsent = []
  try {
    bench.current = JSON.parse(sessionStorage.getItem(currentKeyOf()) ?? 'null')
    for (let i = 0; i < localStorage.length; ++i) {
      const key = localStorage.key(i)!
      if (key.startsWith(unsentPrefix())) bench.unsent.push(JSON.parse(localStorage.getItem(key)!))
    }
  } catch {
    // What cannot be read is not there.
  }
  bench.unsent.sort((a, b) => a.time - b.time)
}

// ---- messages ----------------------------------------------------------------------------

const recalls = new Set<string>()

function place(key: string, message: Message): boolean {
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

function arrived(talk: Talk, message: Message): void {
  const key = keyOf(talk)
  const fresh = place(key, message)
  if (fresh && (key !== currentKey.value || document.visibilityState === 'hidden'))
    bench.unread[key] = (bench.unread[key] ?? 0) + 1
  // A talk that is not looked at need not grow for ever.
  const list = bench.messages[key]
  if (key !== currentKey.value && list.length > MOST) list.splice(0, list.length - MOST)
}

// The last `count`. What is known and the oldest of these must touch, since numbers have no holes: else more is read, and
// what lies before a hole that is wider than a reading is read when somebody asks for it.
export async function readTalk(talk: Talk, count = PAGE): Promise<void> {
  const key = keyOf(talk)
  const before = bench.messages[key]?.at(-1)?.messageSeq ?? 0
  const began = lines
  let list = await ask<Message[]>('msg/list', { ...bodyOf(talk), count })
  if (before && list[0] && list[0].messageSeq > before + 1 && count < MOST)
    list = await ask<Message[]>('msg/list', { ...bodyOf(talk), count: (count = MOST) })
  if (before && list[0] && list[0].messageSeq > before + 1) bench.messages[key] = []
  for (const message of list) place(key, message)
  bench.counts[key] = Math.max(bench.counts[key] ?? 0, count)
  bench.stale[key] = lines !== began
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

// ---- saying ------------------------------------------------------------------------------

// crypto.randomUUID() is for secure pages alone.
function newNumber(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return `c-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

export function say(talk: Talk, sender: Sender, elements: Segment[]): void {
  const unsent: Unsent = { eventId: newNumber(), talk, sender, elements, time: Date.now() }
  bench.unsent.push(unsent)
  keep('localStorage', unsentPrefix() + unsent.eventId, unsent)
  void sendAll()
}

let sending = false
let again = 0

// One after another, so that they arrive in their order; what cannot be told whether it arrived is sent again under its
// own number until it is known, sooner when the line comes back.
export async function sendAll(): Promise<void> {
  clearTimeout(again)
  if (sending) return
  sending = true
  const now = life
  let wait = 1000
  try {
    for (;;) {
      const unsent = bench.unsent.find((one) => !one.refused)
      if (!unsent || now !== life) break
      const fault = await send(unsent)
      if (!fault || now !== life) continue
      if (refusal(fault)) continue
      wait = Math.max(2000, Math.min(60, fault.retryAfter) * 1000)
      break
    }
  } catch (error) {
    if (!(error instanceof Over)) throw error
  } finally {
    sending = false
  }
  if (now === life && bench.unsent.some((one) => !one.refused)) again = window.setTimeout(() => void sendAll(), wait)
}

// A 401 is the session's end, 408 and 429 are for later.
const refusal = (error: ApiError) => error.status >= 400 && error.status < 500 && ![401, 408, 429].includes(error.status)

async function send(unsent: Unsent): Promise<ApiError | null> {
  const { talk, sender, elements, eventId } = unsent
  try {
    const done = await ask<{ messageId: string; messageSeq: number; time: number }>('webhook', {
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
    return null
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    unsent.away = true
    if (refusal(error)) unsent.refused = error.message || `HTTP ${error.status}`
    keep('localStorage', unsentPrefix() + eventId, unsent)
    return error
  }
}

export function sendRefused(eventId: string): void {
  const unsent = bench.unsent.find((one) => one.eventId === eventId)
  if (unsent) unsent.refused = undefined
  void sendAll()
}

export function drop(eventId: string): void {
  bench.unsent = bench.unsent.filter((one) => one.eventId !== eventId)
  keep('localStorage', unsentPrefix() + eventId, null)
}

export async function recall(talk: Talk, messageId: string): Promise<void> {
  await ask('msg/recall', { messageId })
  recalled(messageId, keyOf(talk))
}

function recalled(messageId: string, key?: string): void {
  recalls.add(messageId)
  for (const list of key ? [bench.messages[key] ?? []] : Object.values(bench.messages)) {
    const message = list.find((one) => one.messageId === messageId)
    if (message) Object.assign(message, { recalled: true, elements: [] })
  }
}

// ---- friends, groups, members ------------------------------------------------------------

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

// ---- the line ----------------------------------------------------------------------------

let socket: WebSocket | null = null
let timer = 0
let tries = 0
let heardAt = 0
let lines = 0 // how often one came
let waiting: (() => void)[] = []
let opening = false // the first talk is read when the line is there

// Until somebody listens, so that what is read then has no gap behind it; not for long.
const listened = () =>
  bench.line === 'live' ? Promise.resolve() : new Promise<void>((go) => {
    waiting.push(go)
    setTimeout(go, 1000)
  })

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
    ++lines
    waiting.splice(0).forEach((go) => go())
    catchUp()
    void sendAll()
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
  if (!talkExists({ scene: contact.scene, id: contact.peer }) && !bench.loading)
    void (contact.scene === 'friend' ? readFriends() : readGroups()).catch(() => {})
}

// What was said while nobody listened: the open talk is read at once, the others when they are opened. One that is being
// read for the first time is read by whoever listens already.
function catchUp(): void {
  for (const key of Object.keys(bench.counts)) bench.stale[key] = true
  for (const group of Object.keys(bench.members)) bench.staleMembers[group] = true
  if (bench.current && !bench.loading && !opening) void open(bench.current)
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
  const now = life
  if (!now || socket) return
  if (bench.line === 'live') bench.line = 'away'
  try {
    const { authKey } = await ask<{ authKey: string }>('url')
    if (socket) return
    const origin = location.origin.replace(/^http/, 'ws')
    const line = new WebSocket(`${origin}/sandbox?authorization=${encodeURIComponent(authKey)}`)
    socket = line
    line.onmessage = (event) => {
      heardAt = Date.now()
      hear(JSON.parse(String(event.data)))
    }
    line.onclose = () => {
      if (socket === line) socket = null
      if (now === life) later()
    }
  } catch (error) {
    if (!(error instanceof Over)) later()
  }
}

// Longer each time, and not all pages in the same moment.
function later(): void {
  bench.line = 'away'
  const ms = Math.min(15_000, 500 * 2 ** Math.min(tries++, 5)) * (0.5 + Math.random() / 2)
  clearTimeout(timer)
  timer = window.setTimeout(() => void dial(), ms)
}

// A line that lived through another network or a sleep may be dead without saying so: it is made anew.
function redial(): void {
  hangUp()
  bench.line = 'away'
  tries = 0
  clearTimeout(timer)
  void dial()
}

let hiddenAt = 0
function seen(): void {
  if (document.visibilityState === 'hidden') {
    hiddenAt = Date.now()
    return
  }
  if (bench.current) bench.unread[currentKey.value] = 0
  if (bench.line !== 'live' || (hiddenAt && Date.now() - Math.max(hiddenAt, heardAt) > 60_000)) redial()
}
const cut = () => {
  bench.line = 'away'
}
// Another page of this browser has sent, or taken out, what waited.
function elsewhere(event: StorageEvent): void {
  if (event.key?.startsWith(unsentPrefix()) && event.newValue === null)
    bench.unsent = bench.unsent.filter((one) => unsentPrefix() + one.eventId !== event.key)
}

// One call for each list, one for the key, one for the talk that was open: six with the robots to choose from.
export async function start(): Promise<void> {
  stop()
  const me = session.user?.userId ?? 0
  if (me !== owner) clear()
  owner = me
  ++life
  recollect()
  bench.line = 'connecting'
  bench.loading = true
  bench.error = null
  for (const key of Object.keys(bench.counts)) bench.stale[key] = true
  bench.members = {}
  addEventListener('online', redial)
  addEventListener('offline', cut)
  addEventListener('storage', elsewhere)
  document.addEventListener('visibilitychange', seen)
  void dial()
  void sendAll()
  try {
    const [robots] = await Promise.all([mine(get<{ list: Robot[] }>('/api/robots', { pageSize: 100 })), readFriends(), readGroups()])
    bench.robots = robots.list
  } catch (error) {
    if (error instanceof Over) return
    bench.error = error
    bench.loading = false
    return
  }
  const now = life
  if (!bench.current || !talkExists(bench.current)) bench.current = firstTalk()
  bench.loadingTalk = currentKey.value
  bench.loading = false
  opening = true
  await listened()
  if (now !== life) return
  opening = false
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
  ++life
  opening = false
  clearTimeout(timer)
  clearTimeout(again)
  removeEventListener('online', redial)
  removeEventListener('offline', cut)
  removeEventListener('storage', elsewhere)
  document.removeEventListener('visibilitychange', seen)
  hangUp()
}

// Another account begins with nothing of the one before.
function clear(): void {
  recalls.clear()
  Object.assign(bench, {
    self: null, friends: [], groups: [], robots: [], members: {}, messages: {}, counts: {}, unread: {}, stale: {},
    staleMembers: {}, unsent: [], current: null, error: null, talkError: null, loadingTalk: '',
  })
}
