// The bench as one page holds it: friends, groups, talks and their messages. What it is filled by: life.ts (whose it is),
// talks.ts (messages), sending.ts (what is said), people.ts, line.ts (the WebSocket, and where all begins and ends).
import { computed, reactive } from 'vue'

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
export const PAGE = 50
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
  growing: {} as Record<string, Record<string, string>>, // answers that are being written, by talk and stream
  current: null as Talk | null,
  lines: 0, // how often the line came
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

export const talkExists = (talk: Talk) =>
  talk.scene === 'friend'
    ? bench.friends.some((one) => one.userId === talk.id)
    : bench.groups.some((one) => one.groupId === talk.id)
