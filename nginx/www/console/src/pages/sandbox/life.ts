// Whose bench it is, for how long, and what of it is kept over a reload.
import { post } from '@/lib/api'
import { bench } from './bench'

// Another account, or leaving the page, begins another life: what was asked in an older one is not written down here.
export const life = { now: 0, owner: 0 }
export class Over extends Error {}
export async function mine<T>(work: Promise<T>): Promise<T> {
  const now = life.now
  const done = await work
  if (now !== life.now) throw new Over()
  return done
}
export const ask = <T>(call: string, body: unknown = {}) => mine(post<T>(`/api/v1/sandbox/${call}`, body))
// What an older life still had to say is nobody's fault.
export function told(error: unknown): unknown {
  return error instanceof Over ? null : error
}

// One entry for each, so that two pages do not write over each other's.
export const unsentPrefix = () => `hongyan.unsent.${life.owner}.`
export const currentKeyOf = () => `hongyan.talk.${life.owner}`

export function keep(area: 'localStorage' | 'sessionStorage', key: string, value: unknown): void {
  try {
    if (value === null) window[area].removeItem(key)
    else window[area].setItem(key, JSON.stringify(value))
  } catch {
    // Then it lasts as long as the page.
  }
}

export function recollect(): void {
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
