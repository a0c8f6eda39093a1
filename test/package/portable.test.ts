import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Comparison, record } from '../proof/runtime/compare.ts'
import { makeCorpus } from '../proof/runtime/corpus.ts'
import { runWorkerd } from '../proof/runtime/host.ts'
import { packagesOf } from './bundle.ts'
import { entries, portableConditions } from './manifest.ts'
import { root, sourcesOf } from './source.ts'

const folder = 'dist/portable'
const specifiers = entries.map(({ specifier }) => specifier)
const files = readdirSync(join(root, folder)).filter((file) => file.endsWith('.js'))

/** The packages that an entry point may import. Zod and immer are in the files. */
const extra: Readonly<Record<string, readonly string[]>> = {
  'portcullis/folder': ['node:fs', 'node:net', 'node:path'],
  'portcullis/testing': ['fast-check'],
}

/** Runs a module in a process of Node.js that resolves with a condition. Returns its output. */
function runWith(condition: string, code: string): string {
  const parameters = [`--conditions=${condition}`, '--input-type=module', '--eval', code]
  return execFileSync(process.execPath, parameters, { cwd: root, encoding: 'utf8' })
}

test.each(entries)(
  '$specifier loads no package outside its list, and has no file in browsers and Workers if it needs `node:`',
  ({ specifier, conditions: { import: targets } }) => {
    const packages = packagesOf(targets.deno ?? '')
    const everywhere = packages.some((name) => name.startsWith('node:')) ? null : targets.deno
    expect(packages).toEqual(extra[specifier] ?? [])
    expect(targets).toMatchObject({ workerd: everywhere, browser: everywhere })
  },
)

test('no file reads the environment', () => {
  expect(files.length).toBeGreaterThan(entries.length)
  expect(
    files.filter((file) => /process\.env|import\.meta\.env/.test(readFileSync(join(root, folder, file), 'utf8'))),
  ).toEqual([])
})

test('the only locale of zod is English', () => {
  const locales = sourcesOf(folder, '.js').filter((source) => source.includes('/locales/'))
  expect(locales.map((source) => source.replace(/^.*\/locales\//, ''))).toEqual(['en.js'])
})

test.each(portableConditions)('Node.js resolves with the condition %s as package.json says', (condition) => {
  const code = `for (const specifier of ${JSON.stringify(specifiers)}) {
    try { console.log(import.meta.resolve(specifier)) } catch ({ code }) { console.log(code) }
  }`
  const expected = entries.map(({ conditions }) => conditions.import[condition] ?? 'ERR_PACKAGE_PATH_NOT_EXPORTED')
  const found = runWith(condition, code).trim().split('\n')
  expect(found.map((url) => url.replace(/^.*\/dist\//, './dist/'))).toEqual(expected)
})

test('the entry points export the same names as in Node.js', () => {
  const code = `const names = {}
    for (const specifier of ${JSON.stringify(specifiers)}) names[specifier] = Object.keys(await import(specifier)).sort()
    console.log(JSON.stringify(names))`
  expect(JSON.parse(runWith('deno', code))).toEqual(JSON.parse(runWith('node', code)))
})

test('in workerd, without compatibility flags, recorded decisions, commands, queries, writes and calls have the same results', async () => {
  const project = mkdtempSync(join(tmpdir(), 'portcullis-portable-'))
  try {
    mkdirSync(join(project, 'node_modules'))
    symlinkSync(root, join(project, 'node_modules/portcullis'))
    writeFileSync(join(project, 'recorded.json'), await record(makeCorpus(1, 10)))
    const comparison = JSON.parse(await runWorkerd(project)) as Comparison
    expect(comparison).toMatchObject({ differences: 0, examples: [] })
    expect(Math.min(...Object.values(comparison.counts))).toBeGreaterThanOrEqual(20)
  } finally {
    rmSync(project, { recursive: true })
  }
})
