// The line on which the bench is heard: made, kept, made again; and where all begins and ends.
import { get } from '@/lib/api'
import { session } from '@/lib/session'
import { bench, currentKey, talkExists, type Message, type Robot, type Scene, type Segment, type Self, type Sender, type Talk } from './bench'
import { ask, life, mine, Over, recollect, unsentPrefix } from './life'
import { readFriends, readGroups } from './people'
import { rest, sendAll } from './sending'
import { arrived, growing, open, recalled, recalls } from './talks'

let socket: WebSocket | null = null
let timer = 0
let tries = 0
let heardAt = 0
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
    bench.growing = {}
    tries = 0
    ++bench.lines
    waiting.splice(0).forEach((go) => go())
    catchUp()
    void sendAll()
    return
  }
  if (frame.action === 'recallMsg') return recalled(String(param.messageId))
  if (frame.action === 'partialMsg')
    return growing({ scene: param.type as Scene, id: String(param.targetId) }, String(param.streamId), String(param.text))
  if (frame.action !== 'sendMsg' && frame.action !== 'webhook') return
  const contact = param.contact as { scene: Scene; peer: string }
  if (param.streamId) growing({ scene: contact.scene, id: contact.peer }, String(param.streamId), '')
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
  const now = life.now
  if (socket) return
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
      if (now === life.now) later()
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
  if (me !== life.owner) clear()
  life.owner = me
  ++life.now
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
  const now = life.now
  if (!bench.current || !talkExists(bench.current)) bench.current = firstTalk()
  bench.loadingTalk = currentKey.value
  bench.loading = false
  opening = true
  await listened()
  if (now !== life.now) return
  opening = false
  await open(bench.current)
}


function firstTalk(): Talk | null {
  // A phone shows the list first.
  if (matchMedia('(max-width: 700px)').matches) return null
  if (bench.friends[0]) return { scene: 'friend', id: bench.friends[0].userId }
  if (bench.groups[0]) return { scene: 'group', id: bench.groups[0].groupId }
  return null
}

export function stop(): void {
  ++life.now
  opening = false
  clearTimeout(timer)
  rest()
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
    staleMembers: {}, unsent: [], growing: {}, current: null, error: null, talkError: null, loadingTalk: '',
  })
}
