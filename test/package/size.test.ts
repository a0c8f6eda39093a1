import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { buildSync } from 'esbuild'
import { expect, test } from 'vitest'
import { root } from './source.ts'

/** Bytes of `.`, minified and gzipped, with zod and immer left out. */
const maximumSize = 37_000

test(`the core is at most ${maximumSize / 1000} kB, minified and gzipped`, () => {
  const { outputFiles } = buildSync({
    entryPoints: [join(root, 'dist/index.js')],
    bundle: true,
    minify: true,
    format: 'esm',
    external: ['zod', 'immer'],
    write: false,
  })
  const size = gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length
  expect(size).toBeGreaterThan(0)
  expect(size).toBeLessThanOrEqual(maximumSize)
})
