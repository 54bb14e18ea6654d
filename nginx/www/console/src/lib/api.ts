// How the console calls the house: JSON both ways, a token, a time limit, and errors in words with the request's id.
import { forget, keep, session, takeOver } from './session'

export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number, // 0: there was no answer
    readonly requestId = '',
    readonly retryAfter = 0, // seconds
  ) {
    super(message)
  }
}

type Query = Record<string, string | number | undefined | null>
interface Options {
  body?: unknown
  query?: Query
  signed?: boolean
  token?: string // instead of the session's
  timeoutMs?: number
}

function address(path: string, query: Query = {}): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== null && value !== '') params.set(name, String(value))
  const text = params.toString()
  return text ? `${path}?${text}` : path
}

async function fetchOnce(method: string, path: string, options: Options): Promise<Response> {
  const headers: Record<string, string> = {}
  const form = options.body instanceof FormData
  if (options.body !== undefined && !form) headers['Content-Type'] = 'application/json'
  const token = options.token ?? (options.signed === false ? '' : session.token)
  if (token) headers.Authorization = `Bearer ${token}`
  try {
    return await fetch(address(path, options.query), {
      method,
      headers,
      body: options.body === undefined ? undefined : form ? (options.body as FormData) : JSON.stringify(options.body),
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(options.timeoutMs ?? 30_000),
    })
  } catch {
    throw new ApiError('', 0)
  }
}

async function fault(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => '')
  let words = ''
  try {
    const value = JSON.parse(text)
    words = value.message ?? value.detail ?? value.error ?? ''
  } catch {
    // A proxy's page: the status says enough.
  }
  return new ApiError(
    typeof words === 'string' ? words : '',
    response.status,
    response.headers.get('X-Request-Id') ?? '',
    Number(response.headers.get('Retry-After') ?? 0),
  )
}

// One at a time, over all pages of this browser where it has locks: a refresh token is good once.
async function refresh(): Promise<void> {
  const before = session.token
  const work = async () => {
    takeOver()
    if (session.token !== before || !session.refreshToken) return
    const response = await fetchOnce('POST', '/api/user/refresh-token', {
      body: { refreshToken: session.refreshToken },
      signed: false,
    })
    if (response.ok) {
      const { data } = await response.json()
      keep({ token: data.token, refreshToken: data.refreshToken })
    } else if (response.status === 401) {
      forget()
    }
  }
  await (navigator.locks ? navigator.locks.request('hongyan.refresh', work) : work())
}

let refreshing: Promise<void> | null = null

// The answer's `data`, or the whole of it where a door has no such thing. Throws ApiError.
export async function call<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const used = session.token
  const who = session.user?.userId
  let response = await fetchOnce(method, path, options)
  if (response.status === 401 && options.signed !== false && !options.token && used) {
    if (session.token === used) {
      refreshing ??= refresh().finally(() => (refreshing = null))
      await refreshing
    }
    if (session.user?.userId !== who) throw await fault(response)
    if (session.token && session.token !== used) response = await fetchOnce(method, path, options)
    else if (!session.refreshToken) forget()
  }
  if (!response.ok) throw await fault(response)
  const value = await response.json().catch(() => {
    throw new ApiError('', response.status, response.headers.get('X-Request-Id') ?? '')
  })
  return (value && typeof value === 'object' && 'code' in value && 'data' in value ? value.data : value) as T
}

export const get = <T>(path: string, query?: Query) => call<T>('GET', path, { query })
export const post = <T>(path: string, body: unknown = {}, timeoutMs?: number) =>
  call<T>('POST', path, { body, timeoutMs })
