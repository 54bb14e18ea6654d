// A list that is read page by page, newest first, and looked at again from its top: what is known is put right, what is
// new is put before it, and what was read further down stays.
import { ref, type Ref } from 'vue'

export interface KeyedPage<T> {
  list: T[]
  next: string | null
}

export function useKeyed<T>(read: (before: string) => Promise<KeyedPage<T>>, keyOf: (row: T) => string) {
  const rows = ref([]) as Ref<T[]>
  const next = ref<string | null>(null)
  const loading = ref(false)
  const loadingMore = ref(false)
  const error = ref<unknown>(null)
  let round = 0

  // From the beginning: another robot, another filter.
  async function start(): Promise<void> {
    const mine = ++round
    loading.value = true
    error.value = null
    rows.value = []
    next.value = null
    try {
      const page = await read('')
      if (mine !== round) return
      rows.value = page.list
      next.value = page.next
    } catch (fault) {
      if (mine === round) error.value = fault
    } finally {
      if (mine === round) loading.value = false
    }
  }

  async function look(): Promise<void> {
    const mine = round
    if (loading.value) return
    try {
      const page = await read('')
      if (mine !== round) return
      const fresh = new Set(page.list.map(keyOf))
      const last = page.list.at(-1)
      const at = last ? rows.value.findIndex((row) => keyOf(row) === keyOf(last)) : -1
      // More has come than a page holds: what lies between is read again with "more".
      const rest = at >= 0 ? rows.value.slice(at + 1).filter((row) => !fresh.has(keyOf(row))) : []
      if (at < 0) next.value = page.next
      rows.value = [...page.list, ...rest]
      error.value = null
    } catch (fault) {
      if (mine === round) error.value = fault
      throw fault
    }
  }

  async function more(): Promise<void> {
    if (!next.value) return
    const mine = round
    loadingMore.value = true
    try {
      const page = await read(next.value)
      if (mine !== round) return
      const known = new Set(rows.value.map(keyOf))
      rows.value = [...rows.value, ...page.list.filter((row) => !known.has(keyOf(row)))]
      next.value = page.next
    } catch (fault) {
      if (mine === round) error.value = fault
    } finally {
      loadingMore.value = false
    }
  }
  // What is known of a row before the next look, which may not reach it.
  function put(key: string, changes: Partial<T>): void {
    rows.value = rows.value.map((row) => (keyOf(row) === key ? { ...row, ...changes } : row))
  }
  return { put, rows, next, loading, loadingMore, error, start, look, more }
}
