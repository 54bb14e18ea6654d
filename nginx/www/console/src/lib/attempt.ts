// Something that takes a moment and may fail: one at a time, with what went wrong.
import { ref } from 'vue'

export function useAttempt() {
  const busy = ref(false)
  const error = ref<unknown>(null)
  // Whether it was done.
  async function attempt(work: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    error.value = null
    try {
      await work()
      return true
    } catch (fault) {
      error.value = fault
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, error, attempt }
}
