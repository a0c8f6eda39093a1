import { gzipSync } from 'node:zlib'
import { buildSync } from 'esbuild'
import { expect, test } from 'vitest'
import { root } from './source.ts'

/** The largest size of an entry point in bytes, minified and gzipped, with zod and immer left out. */
const maximumSizes: Readonly<Record<string, number>> = {
  index: 37_000,
  query: 82_000,
  ledger: 900,
}

/** The size in bytes of these files of `dist`, bundled, minified and gzipped. */
function sizeOf(...files: readonly string[]): number {
  const { outputFiles } = buildSync({
    stdin: { contents: files.map((file) => `export * from './dist/${file}.js'`).join('\n'), resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    external: ['zod', 'immer'],
    write: false,
  })
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length
}

test.each(Object.entries(maximumSizes))('%s.js has at most %d bytes, minified and gzipped', (file, maximum) => {
  expect(sizeOf(file)).toBeLessThanOrEqual(maximum)
})

test('index.js and query.js together have at most 88 kB, because they share code', () => {
  expect(sizeOf('index', 'query')).toBeLessThanOrEqual(88_000)
})
