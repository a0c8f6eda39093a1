import type { Plugin } from 'esbuild'
import { defineConfig, type Options } from 'tsup'

const entry = {
  index: 'src/index.ts',
  query: 'src/query/index.ts',
  ledger: 'src/ledger/index.ts',
  engine: 'src/runtime/index.ts',
  memory: 'src/adapter/memory/index.ts',
  folder: 'src/adapter/folder/index.ts',
  postgres: 'src/adapter/postgres/index.ts',
  gateway: 'src/gateway/index.ts',
  admin: 'src/admin/index.ts',
  hono: 'src/gateway/hono/index.ts',
  fastify: 'src/gateway/fastify/index.ts',
  express: 'src/gateway/express/index.ts',
  opentelemetry: 'src/gateway/opentelemetry/index.ts',
  authzen: 'src/authzen/index.ts',
  testing: 'src/testing/index.ts',
}

/**
 * Where the compiler writes the declaration of each source file, which tsup then bundles (`npm run build`). Where tsup emits them
 * itself, the build takes minutes instead of half a minute, and several times the memory.
 */
const declarations = '.declarations'

const shared: Options = {
  entry,
  sourcemap: true,
  esbuildOptions: (options) => {
    // The package ships `src`, which the source maps name.
    options.sourcesContent = false
  },
  splitting: true,
  // Drops imports of chunks that are only kept for side effects: bundlers would warn about them, since the package declares none.
  treeshake: { moduleSideEffects: 'no-external' },
}

/** Puts the SHA-256 that needs no `node:crypto` into a bundle. */
export const portableSha256: Plugin = {
  name: 'portable-sha256',
  setup: ({ onResolve, resolve }) =>
    onResolve({ filter: /\/sha256\.ts$/ }, ({ path, resolveDir, kind }) =>
      resolve(path.replace(/sha256\.ts$/, 'portable-sha256.ts'), { resolveDir, kind }),
    ),
}

export default defineConfig([
  {
    ...shared,
    format: ['esm', 'cjs'],
    dts: {
      entry: Object.fromEntries(
        Object.entries(entry).map(([name, file]) => [name, file.replace(/^src\/(.*)\.ts$/, `${declarations}/$1.d.ts`)]),
      ),
      // `Symbol.asyncDispose` in the declarations of the engine.
      banner: '/// <reference lib="esnext.disposable" />',
    },
    target: ['es2022', 'node20'],
    external: ['zod', 'immer', 'fast-check', 'hono', 'fastify', 'express'],
    removeNodeProtocol: false,
    clean: true,
  },
  {
    ...shared,
    // For the conditions `workerd`, `deno` and `browser`: without `process`, and with zod and immer in the files.
    outDir: 'dist/portable',
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    env: { NODE_ENV: 'production' },
    noExternal: ['zod', 'immer'],
    external: [/^node:/],
    removeNodeProtocol: false,
    esbuildPlugins: [portableSha256],
  },
])
