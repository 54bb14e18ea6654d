// Times and numbers as people of the chosen language write them.
import { i18n } from '@/i18n'

const language = () => (i18n.global.locale.value === 'zh' ? 'zh-CN' : 'en-GB')

export function time(value: string | number | null | undefined): string {
  if (!value) return '—'
  return new Date(value).toLocaleString(language(), {
    year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
  })
}

export function clock(value: number): string {
  return new Date(value).toLocaleTimeString(language(), { hour: '2-digit', minute: '2-digit' })
}

export function day(value: number): string {
  return new Date(value).toLocaleDateString(language(), { month: 'short', day: 'numeric' })
}

export function number(value: number): string {
  return value.toLocaleString(language())
}

// The same in any zone: what the server takes as a day.
export function isoDay(date: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}
