import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
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
  },
  format: ['esm', 'cjs'],
  // `Symbol.asyncDispose` in the declarations of the engine.
  dts: { banner: '/// <reference lib="esnext.disposable" />' },
  target: ['es2022', 'node20'],
  external: ['zod', 'immer', 'fast-check', 'hono', 'fastify', 'express'],
  removeNodeProtocol: false,
  clean: true,
  sourcemap: true,
  splitting: true,
  // Drops imports of chunks that are only kept for side effects: bundlers would warn about them, since the package declares none.
  treeshake: { moduleSideEffects: 'no-external' },
})
