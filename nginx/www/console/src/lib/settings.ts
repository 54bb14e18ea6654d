// What somebody chose about the page itself: its language, light or dark.
import { ref, watchEffect } from 'vue'
import { i18n, type Language } from '@/i18n'

export const dark = ref(document.documentElement.classList.contains('dark'))

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}

watchEffect(() => document.documentElement.classList.toggle('dark', dark.value))
watchEffect(() => (document.documentElement.lang = i18n.global.locale.value === 'zh' ? 'zh-CN' : 'en'))

export function setDark(value: boolean): void {
  dark.value = value
  remember('hongyan.theme', value ? 'dark' : 'light')
}

export function setLanguage(value: Language): void {
  i18n.global.locale.value = value
  remember('hongyan.language', value)
}
