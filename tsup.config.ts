import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    memory: 'src/memory.ts',
    journal: 'src/journal.ts',
    postgres: 'src/postgres.ts',
    testing: 'src/testing/index.ts',
  },
  format: ['esm', 'cjs'],
  dts: true,
  target: ['es2022', 'node20'],
  external: ['zod', 'immer', 'fast-check'],
  removeNodeProtocol: false,
  clean: true,
  sourcemap: true,
  splitting: true,
  treeshake: true,
})
