// Segments as words: for lists, quotes and screen readers; and words as segments.
import { i18n } from '@/i18n'
import type { Segment } from './bench'

export interface Mention {
  id: string // "all": everybody
  name: string
}

const LABELS = ['image', 'record', 'video', 'file', 'face', 'location', 'share', 'contact', 'music', 'keyboard', 'button']

export const text = (segment: Segment, field: string) =>
  typeof segment[field] === 'string' || typeof segment[field] === 'number' ? String(segment[field]) : ''

export function summary(elements: Segment[]): string {
  return elements
    .map((one) => {
      if (one.type === 'text') return text(one, 'text')
      if (one.type === 'markdown') return text(one, 'markdown')
      if (one.type === 'at') return `@${text(one, 'name') || text(one, 'targetId')}`
      if (one.type === 'reply') return ''
      return LABELS.includes(one.type) ? `[${i18n.global.t(`segment.${one.type}`)}]` : `[${one.type}]`
    })
    .join('')
    .trim()
}

// Only what a browser fetches, and nothing that runs.
export function webAddress(value: string): string {
  if (!value.trim()) return ''
  try {
    const address = new URL(value, location.origin)
    return address.protocol === 'http:' || address.protocol === 'https:' ? address.href : ''
  } catch {
    return ''
  }
}

// "@名 hello" with the mention 名 becomes an at segment and a text; the longest name first, so that none cuts another.
export function fromWords(words: string, mentions: Mention[]): Segment[] {
  const names = [...mentions].sort((a, b) => b.name.length - a.name.length)
  const found: Segment[] = []
  let plain = ''
  const flush = () => {
    if (plain) found.push({ type: 'text', text: plain })
    plain = ''
  }
  for (let i = 0; i < words.length; ) {
    const mention = words[i] === '@' ? names.find((one) => words.startsWith(one.name, i + 1)) : undefined
    if (!mention) {
      plain += words[i++]
      continue
    }
    flush()
    found.push({ type: 'at', targetId: mention.id, name: mention.name })
    i += mention.name.length + 1
  }
  flush()
  return found
}
