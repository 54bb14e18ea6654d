// Who is signed in. Tokens are kept in this origin's storage, which scripts from elsewhere cannot read; the page's
// policy lets no script from elsewhere run.
import { computed, reactive, ref } from 'vue'

export interface User {
  userId: number
  nickname: string
  avatar: string
  phone: string
  role: 'user' | 'admin'
}

interface Kept {
  token: string
  refreshToken: string
  user: User | null
}

const KEY = 'hongyan.session'
const none = (): Kept => ({ token: '', refreshToken: '', user: null })

function read(): Kept {
  try {
    return { ...none(), ...JSON.parse(localStorage.getItem(KEY) ?? '{}') }
  } catch {
    return none()
  }
}

export const session = reactive<Kept>(read())
export const signedIn = computed(() => session.token !== '')
export const isAdmin = computed(() => session.user?.role === 'admin')

export function keep(changes: Partial<Kept>): void {
  leaving.value = false
  Object.assign(session, changes)
  try {
    localStorage.setItem(KEY, JSON.stringify(session))
  } catch {
    // Without storage the session lasts as long as the page.
  }
}

// What another page of this browser has kept since.
export function takeOver(): void {
  Object.assign(session, read())
}

// Who leaves on purpose need not come back to the same page, and leaves no words behind.
export const leaving = ref(false)
export function signOut(): void {
  leaving.value = true
  try {
    sessionStorage.clear()
  } catch {
    // Nothing was kept.
  }
  forget()
}

export function forget(): void {
  Object.assign(session, none())
  try {
    localStorage.removeItem(KEY)
  } catch {
    // Nothing was kept.
  }
}

addEventListener('storage', (event) => {
  if (event.key === KEY) takeOver()
})
