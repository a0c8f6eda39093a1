import { gzipSync } from 'node:zlib'
import { buildSync } from 'esbuild'
import { expect, test } from 'vitest'
import { root } from './source.ts'

/** The maximum size of each entry point in bytes, minified and gzipped, without zod and immer. */
const maximumSizes: Readonly<Record<string, number>> = {
  index: 60_000,
  query: 114_000,
  ledger: 4_000,
}

/** The bundled size in bytes of an application that imports these files of `dist`. */
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

test.each(Object.entries(maximumSizes))('%s.js takes at most %d bytes, minified and gzipped', (file, maximum) => {
  expect(sizeOf(file)).toBeLessThanOrEqual(maximum)
})

/** Of which zod takes a third. With all locales of zod, and without tree shaking in it, it was 156 kB. */
test('`portcullis` takes at most 92 kB in a browser bundle, minified and gzipped, with zod and immer', () => {
  const { outputFiles } = buildSync({
    stdin: { contents: `export * from 'portcullis'`, resolveDir: root },
    ...{ bundle: true, minify: true, format: 'esm', platform: 'browser', tsconfigRaw: {}, write: false },
  })
  const bytes = outputFiles?.[0]?.contents ?? new Uint8Array()
  expect(bytes.length).toBeGreaterThan(200_000)
  expect(gzipSync(bytes, { level: 9 }).length).toBeLessThanOrEqual(92_000)
})

test('index.js and query.js together take at most 126 kB, since they share code', () => {
  expect(sizeOf('index', 'query')).toBeLessThanOrEqual(126_000)
})
