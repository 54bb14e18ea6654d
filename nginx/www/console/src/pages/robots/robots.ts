// What the pages about robots ask for, and what they are told.
import { call, get, post } from '@/lib/api'

export interface Card {
  robotId: string
  name: string
  status: 'online' | 'offline' | 'deleted'
  aiMode: 'builtin' | 'third_party' | 'agent'
  aiProvider: string
  totalMessages: number
  aiCallsToday: number
  lastActiveAt: string | null
  createdAt: string
  deviceInfo: { deviceId: string; brand: string; model: string } | null
}
export interface Detail extends Card {
  robotUuid: string
  aiModel: string
  aiTemperature: number
  aiMaxTokens: number
  aiContextLength: number
  aiScenario: string
  systemPrompt: string
  aiBaseUrl: string
  hasAiApiKey: boolean
  replyDelayMin: number
  replyDelayMax: number
  aiCallLimitDaily: number
  replyAll: boolean
  private: boolean
  activationInfo: { code: string; expiresAt: string | null } | null
}
export interface Webhooks {
  messageCallbackUrl: string
  resultCallbackUrl: string
  enableSignature: boolean
  isActive: boolean
}
export interface Tested {
  ok: boolean
  by: 'ai' | 'webhook' | 'echo' | 'agent' | 'none'
  provider: string
  model: string
  httpStatus: number
  tookMs: number
  reply: string
  error: string
  body: string
}
export interface Figures {
  totalMessages: number
  totalAICalls: number
  avgResponseTime: number
  successRate: number
  topContacts: { name: string; messageCount: number }[]
  topGroups: { name: string; messageCount: number }[]
}
export interface Day {
  date: string
  messages: number
  aiCalls: number
  avgResponseTime: number
  successRate: number
  commands: number
  aiCost: number
}
export interface Page<T> {
  total: number
  list: T[]
}

const of = (id: string, rest = '') => `/api/robots/${encodeURIComponent(id)}${rest}`
export const list = (page: number, pageSize: number, status = '') => get<Page<Card>>('/api/robots', { page, pageSize, status })
export const create = (wanted: Record<string, unknown>) => post<{ robotId: string }>('/api/robots', wanted)
export const read = (id: string) => get<Detail>(of(id))
export const change = (id: string, changes: Record<string, unknown>) => call<null>('PUT', of(id), { body: changes })
export const remove = (id: string) => call<null>('DELETE', of(id))
export const renewKey = (id: string) => post<{ apiKey: string }>(of(id, '/api-key'))
export const test = (id: string, text: string) => post<Tested>(of(id, '/brain/test'), { text }, 40_000)
export const figures = (id: string, startDate: string, endDate: string) => get<Figures>(of(id, '/statistics'), { startDate, endDate })
export const days = (id: string, startDate: string, endDate: string) => get<{ list: Day[] }>(of(id, '/statistics/daily'), { startDate, endDate })
export const webhooks = (id: string) => get<Webhooks>(`/api/robot/third-party/config/${encodeURIComponent(id)}`)
export const setWebhooks = (robotId: string, wanted: Record<string, unknown>) => post<null>('/api/robot/third-party/config', { robotId, ...wanted })

export const PROVIDERS = ['doubao', 'deepseek', 'kimi', 'openai', 'custom', 'dify']
export const MODES = ['builtin', 'third_party', 'agent'] as const
