import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import Components from 'unplugin-vue-components/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import { defineConfig } from 'vite'

// CONSOLE_OUT: where the pages go, outside of the source; CONSOLE_HOUSE: the house that `npm run dev` talks to.
const house = process.env.CONSOLE_HOUSE ?? 'http://127.0.0.1:8811'

export default defineConfig({
  base: '/console/',
  plugins: [vue(), Components({ dts: false, resolvers: [ElementPlusResolver({ importStyle: 'css' })] })],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: { __VUE_I18N_FULL_INSTALL__: false, __VUE_I18N_LEGACY_API__: false, __INTLIFY_PROD_DEVTOOLS__: false },
  build: {
    outDir: process.env.CONSOLE_OUT ?? '../../../build/www/console',
    emptyOutDir: true,
    target: 'es2022',
    // A file of its own for everything: the page's policy knows no data: scripts or styles.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: {
      '^/(api|ocms|docs|healthz)': house,
      '/sandbox': { target: house, ws: true },
    },
  },
})
