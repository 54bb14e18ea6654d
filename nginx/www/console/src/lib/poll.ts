// Looks again every few seconds, while somebody looks at the page; one look at a time.
import { onScopeDispose } from 'vue'
import { ApiError } from './api'

export const EVERY_MS = 5000

export function useEvery(look: () => Promise<void>, everyMs = EVERY_MS): void {
  let timer = 0
  let stopped = false
  const again = (ms: number) => {
    if (!stopped) timer = window.setTimeout(step, ms)
  }
  async function step() {
    let wait = everyMs
    if (document.visibilityState === 'visible') {
      try {
        await look()
      } catch (error) {
        // What went wrong is shown by whoever looks; too often means less often.
        if (error instanceof ApiError && error.retryAfter) wait = Math.max(wait, error.retryAfter * 1000)
      }
    }
    again(wait)
  }
  again(everyMs)
  onScopeDispose(() => {
    stopped = true
    clearTimeout(timer)
  })
}
