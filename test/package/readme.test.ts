import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { entries } from './manifest.ts'
import { root } from './source.ts'

const chapters = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('README.md'))
  .map((path) => `src/${path}`)
const pages = [
  'README.md',
  'CHANGELOG.md',
  '.github/CONTRIBUTING.md',
  'test/bench/README.md',
  'test/proof/README.md',
  ...chapters,
]
const readme = readFileSync(join(root, 'README.md'), 'utf8')

describe.each(pages)('%s', (page) => {
  test('links to files that exist', () => {
    const text = readFileSync(join(root, page), 'utf8')
    const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = '']) => target)
    expect(targets.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([])
  })
})

test('README.md has at most 200 lines', () => {
  expect(readme.split('\n').length).toBeLessThanOrEqual(200)
})

test('README.md lists every entry point', () => {
  const [, section = ''] = readme.split('## Entry points')
  const listed = [...section.matchAll(/^\| `(portcullis[^`]*)` \|/gm)].map(([, specifier]) => specifier)
  expect(listed).toEqual(entries.map(({ specifier }) => specifier))
})

test('README.md shows the hosts as their executed examples do', () => {
  const sources = ['hono/hono-guard.ts', 'fastify/fastify-guard.ts', 'express/express-guard.ts']
  const examples = sources.map((path) => readFileSync(join(root, 'src/gateway', path), 'utf8')).join('\n')
  const [, block = ''] = /```typescript\n([\s\S]*?)```/.exec(readme) ?? []
  const lines = block
    .split('\n')
    .map((line) => line.replace(/ \/\/ \w+$/, ''))
    .filter((line) => line !== '')
  expect(lines.length).toBeGreaterThan(6)
  expect(lines.filter((line) => !examples.includes(line.trim()))).toEqual([])
})
