// Short words in a corner, and errors in words with the request's id.
import { ElMessage } from 'element-plus/es/components/message/index.mjs'
import 'element-plus/theme-chalk/el-message.css'
import { i18n } from '@/i18n'
import { ApiError } from './api'

export function words(error: unknown): string {
  const { t } = i18n.global
  if (!(error instanceof ApiError)) return t('error.unknown')
  const said =
    error.message || (error.status === 0 ? t('error.network') : t('error.status', { status: error.status }))
  return error.requestId ? `${said} (${t('error.request')} ${error.requestId})` : said
}

export function tell(text: string): void {
  ElMessage({ message: text, type: 'success', grouping: true, showClose: true })
}

export function complain(error: unknown): void {
  ElMessage({ message: words(error), type: 'error', duration: 8000, grouping: true, showClose: true })
}

export function tellOld(): void {
  ElMessage({ message: i18n.global.t('error.old'), type: 'warning', duration: 0, grouping: true, showClose: true })
}

// Without the clipboard of a secure page there is the old way.
export async function copy(text: string): Promise<void> {
  const { t } = i18n.global
  try {
    await navigator.clipboard.writeText(text)
    tell(t('copied'))
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    area.className = 'sr-only'
    document.body.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    if (done) tell(t('copied'))
    else ElMessage({ message: t('notCopied'), type: 'warning' })
  }
}
