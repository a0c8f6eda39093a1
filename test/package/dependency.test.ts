import { readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bundle, packagesOf } from './bundle.ts'
import { entries, manifest } from './manifest.ts'
import { importsOf, packageOf, root } from './source.ts'

const always = ['immer', 'zod']

/** The packages that an entry point may import in addition to zod and immer. */
const extra: Readonly<Record<string, readonly string[]>> = {
  'portcullis/engine': ['node:crypto'],
  'portcullis/folder': ['node:fs', 'node:net', 'node:path'],
  'portcullis/gateway': ['node:crypto'],
  'portcullis/admin': ['node:crypto'],
  'portcullis/hono': ['hono'],
  'portcullis/fastify': ['fastify'],
  'portcullis/express': ['express'],
  'portcullis/authzen': ['node:crypto'],
  'portcullis/testing': ['fast-check'],
}

/** The packages that a declaration file imports, directly or through its chunks. */
function typePackagesOf(path: string, seen = new Set<string>()): readonly string[] {
  if (seen.has(path)) return []
  seen.add(path)
  const packages = importsOf(readFileSync(join(root, path), 'utf8')).flatMap((specifier) =>
    specifier.startsWith('.')
      ? typePackagesOf(join(dirname(path), specifier.replace(/\.(c?)js$/, '.d.$1ts')), seen)
      : [packageOf(specifier)],
  )
  return [...new Set(packages)].sort()
}

test('the package depends on zod and immer with caret ranges, and every peer is optional', () => {
  expect(Object.keys(manifest.dependencies)).toEqual(always)
  for (const version of Object.values(manifest.dependencies)) expect(version).toMatch(/^\^\d+\.\d+\.\d+$/)
  for (const peer of Object.keys(manifest.peerDependencies)) {
    expect(manifest.peerDependenciesMeta[peer]).toEqual({ optional: true })
  }
})

describe.each(entries)('$specifier', ({ specifier, conditions }) => {
  const allowed = [...always, ...(extra[specifier] ?? [])]

  test.each(['import', 'require'] as const)('%s loads no package outside its list', (format) => {
    const foreign = packagesOf(conditions[format].default).filter((name) => !allowed.includes(name))
    expect(foreign).toEqual([])
  })

  test.each(['import', 'require'] as const)('bundling what %s loads gives no warning', (format) => {
    expect(bundle(conditions[format].default).warnings).toEqual([])
  })

  test.each(['import', 'require'] as const)('the types for %s import no package outside its list', (format) => {
    const foreign = typePackagesOf(conditions[format].types).filter((name) => !allowed.includes(name))
    expect(foreign).toEqual([])
  })
})

/** The files of `src` that a file imports, by type or by value, itself or through others; it is one of them. */
function sourcesOf(entry: string): readonly string[] {
  const seen = new Set([entry])
  for (const path of seen) {
    for (const specifier of importsOf(readFileSync(join(root, 'src', path), 'utf8'))) {
      if (specifier.startsWith('.')) seen.add(posix.join(posix.dirname(path), specifier))
    }
  }
  return [...seen]
}

test('`portcullis` needs no code and no type of the questions, the ledger and the adapters', () => {
  const core = /^(index\.ts$|(model|policy|change)\/|port\/repository(-error)?\.ts$)/
  expect(sourcesOf('index.ts').length).toBeGreaterThan(100)
  expect(sourcesOf('index.ts').filter((path) => !core.test(path))).toEqual([])
})

test('`portcullis/ledger` needs the port, the model and the renderings of refusals only', () => {
  expect(
    sourcesOf('ledger/index.ts').filter((path) => !/^(ledger\/(index\.ts$|refusal\/)|port\/|model\/)/.test(path)),
  ).toEqual([])
})
