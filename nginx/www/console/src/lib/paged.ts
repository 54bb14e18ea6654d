// A list with numbered pages, as the administrators' calls have it.
import { onMounted, ref, watch, type Ref, type WatchSource } from 'vue'

export interface NumberedPage<T> {
  total: number
  list: T[]
}

export function usePaged<T>(read: (page: number) => Promise<NumberedPage<T>>, size: number, filters: WatchSource[] = []) {
  const page = ref(1)
  const total = ref(0)
  const rows = ref([]) as Ref<T[]>
  const loading = ref(true)
  const error = ref<unknown>(null)
  let round = 0

  async function look(): Promise<void> {
    const mine = ++round
    try {
      const found = await read(page.value)
      if (mine !== round) return
      // What was on the last page is gone.
      if (!found.list.length && page.value > 1) {
        page.value = Math.max(1, Math.ceil(found.total / size))
        return
      }
      rows.value = found.list
      total.value = found.total
      error.value = null
    } catch (fault) {
      if (mine === round) error.value = fault
      throw fault
    } finally {
      if (mine === round) loading.value = false
    }
  }
  const lookNow = () => {
    loading.value = true
    void look().catch(() => {})
  }
  onMounted(lookNow)
  watch(page, lookNow)
  if (filters.length)
    watch(filters, () => {
      if (page.value === 1) lookNow()
      else page.value = 1
    })
  return { page, total, rows, loading, error, look, lookNow }
}
