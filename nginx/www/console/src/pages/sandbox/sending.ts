// What is said here: one after another, kept until it is known to have arrived.
import { ApiError } from '@/lib/api'
import { bench, keyOf, type Segment, type Sender, type Talk, type Unsent } from './bench'
import { ask, keep, life, Over, unsentPrefix } from './life'
import { place } from './talks'

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
export const rest = () => clearTimeout(again)

// One after another, so that they arrive in their order; what cannot be told whether it arrived is sent again under its
// own number until it is known, sooner when the line comes back.
export async function sendAll(): Promise<void> {
  clearTimeout(again)
  if (sending) return
  sending = true
  const now = life.now
  let wait = 1000
  try {
    for (;;) {
      const unsent = bench.unsent.find((one) => !one.refused)
      if (!unsent || now !== life.now) break
      const fault = await send(unsent)
      if (!fault || now !== life.now) continue
      if (refusal(fault)) continue
      wait = Math.max(2000, Math.min(60, fault.retryAfter) * 1000)
      break
    }
  } catch (error) {
    if (!(error instanceof Over)) throw error
  } finally {
    sending = false
  }
  if (now === life.now && bench.unsent.some((one) => !one.refused)) again = window.setTimeout(() => void sendAll(), wait)
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
