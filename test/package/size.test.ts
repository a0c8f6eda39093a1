import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { buildSync } from 'esbuild'
import { expect, test } from 'vitest'
import { root } from './source.ts'

/** The maximum sizes in bytes, minified and gzipped, without zod and immer. */
const maximumSize = { withoutQueries: 37_000, whole: 88_000 }

/** The bundled size of a module that exports these names of `.`, in bytes. */
function sizeOf(names: readonly string[] | '*'): number {
  const contents = `export ${names === '*' ? '*' : `{ ${names.join(', ')} }`} from './dist/index.js'`
  const { outputFiles } = buildSync({
    stdin: { contents, resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    external: ['zod', 'immer'],
    write: false,
  })
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length
}

/** The values that `.` exports before its query chapter: model, decisions and changes. */
function namesBeforeQueries(): string[] {
  const [text = ''] = readFileSync(join(root, 'src/index.ts'), 'utf8').split('// 4. query')
  const lists = [...text.matchAll(/export \{([^}]*)\}/g)].flatMap(([, list = '']) => list.split(','))
  return lists.map((name) => name.trim()).filter((name) => name !== '' && !name.startsWith('type '))
}

test(`the core without queries takes at most ${maximumSize.withoutQueries / 1000} kB, minified and gzipped`, () => {
  const names = namesBeforeQueries()
  expect(names).toEqual(expect.arrayContaining(['authorize', 'apply', 'fromSnapshot', 'thingOf']))
  expect(sizeOf(names)).toBeLessThanOrEqual(maximumSize.withoutQueries)
})

test(`the whole core takes at most ${maximumSize.whole / 1000} kB, minified and gzipped`, () => {
  expect(sizeOf('*')).toBeGreaterThan(maximumSize.withoutQueries)
  expect(sizeOf('*')).toBeLessThanOrEqual(maximumSize.whole)
})
