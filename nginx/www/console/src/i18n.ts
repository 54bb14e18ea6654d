import { createI18n } from 'vue-i18n'
import en from './locales/en'
import zh from './locales/zh'

export type Language = 'zh' | 'en'

function chosen(): Language {
  let kept: string | null = null
  try {
    kept = localStorage.getItem('hongyan.language')
  } catch {
    // Then the browser's own.
  }
  if (kept === 'zh' || kept === 'en') return kept
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

export const i18n = createI18n({ legacy: false, locale: chosen(), fallbackLocale: 'zh', messages: { zh, en } })
