import { createRouter, createWebHistory } from 'vue-router'
import { complain, tellOld } from './lib/notice'
import { isAdmin, signedIn } from './lib/session'

export const router = createRouter({
  history: createWebHistory('/console/'),
  routes: [
    { path: '/', redirect: '/sandbox' },
    { path: '/sign-in', name: 'sign-in', component: () => import('./pages/SignInPage.vue'), meta: { open: true } },
    { path: '/sandbox', name: 'sandbox', component: () => import('./pages/sandbox/SandboxPage.vue') },
    { path: '/robots', name: 'robots', component: () => import('./pages/robots/RobotsPage.vue') },
    { path: '/robots/:id', name: 'robot', component: () => import('./pages/robots/RobotPage.vue'), props: true },
    { path: '/commands/:id?', name: 'work', component: () => import('./pages/work/WorkPage.vue'), props: true },
    { path: '/admin', redirect: '/admin/health' },
    { path: '/admin/health', name: 'health', component: () => import('./pages/admin/HealthPage.vue'), meta: { admin: true } },
    { path: '/admin/users', name: 'users', component: () => import('./pages/admin/UsersPage.vue'), meta: { admin: true } },
    { path: '/admin/codes', name: 'codes', component: () => import('./pages/admin/CodesPage.vue'), meta: { admin: true } },
    { path: '/admin/logs', name: 'logs', component: () => import('./pages/admin/LogsPage.vue'), meta: { admin: true } },
    { path: '/:rest(.*)*', redirect: '/sandbox' },
  ],
})

router.beforeEach((to) => {
  if (to.meta.open) return !signedIn.value || (typeof to.query.then === 'string' && to.query.then.startsWith('/') ? to.query.then : '/sandbox')
  if (!signedIn.value) return { name: 'sign-in', query: to.fullPath === '/sandbox' ? {} : { then: to.fullPath } }
  if (to.meta.admin && !isAdmin.value) return '/sandbox'
  return true
})

// After an update the parts of an old page are gone: the new page is fetched, once.
router.onError((error, to) => {
  if (!/import|fetch|load/i.test(String(error))) return complain(error)
  const key = 'hongyan.reloaded'
  const last = Number(sessionStorage.getItem(key) ?? 0)
  if (Date.now() - last < 10_000) return tellOld()
  sessionStorage.setItem(key, String(Date.now()))
  location.assign(router.resolve(to.fullPath).href)
})
