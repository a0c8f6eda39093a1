import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { buildSync } from 'esbuild'
import { expect, test } from 'vitest'
import { root } from './source.ts'

/** Bytes of the core, minified and gzipped, with zod and immer left out. */
const maximumSize = { withoutQuestions: 37_000, whole: 88_000 }

/** The size of a module that exports these names of `.`, as a bundler leaves it. */
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

/** The values that `.` exports above its chapter of questions: the model, decisions and changes. */
function namesBeforeQuestions(): string[] {
  const [text = ''] = readFileSync(join(root, 'src/index.ts'), 'utf8').split('// 4. query')
  const lists = [...text.matchAll(/export \{([^}]*)\}/g)].flatMap(([, list = '']) => list.split(','))
  return lists.map((name) => name.trim()).filter((name) => name !== '' && !name.startsWith('type '))
}

test(`who decides and changes takes at most ${maximumSize.withoutQuestions / 1000} kB, minified and gzipped`, () => {
  const names = namesBeforeQuestions()
  expect(names).toEqual(expect.arrayContaining(['authorize', 'apply', 'fromSnapshot', 'thingOf']))
  expect(sizeOf(names)).toBeLessThanOrEqual(maximumSize.withoutQuestions)
})

test(`the whole core takes at most ${maximumSize.whole / 1000} kB, minified and gzipped`, () => {
  expect(sizeOf('*')).toBeGreaterThan(maximumSize.withoutQuestions)
  expect(sizeOf('*')).toBeLessThanOrEqual(maximumSize.whole)
})
