import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { entries, manifest, portableConditions } from './manifest.ts'
import { root, sourcesOf } from './source.ts'

/** The exported names that Node resolves through the `exports` of package.json, sorted. */
function namesOf(entry: string, format: 'import' | 'require'): readonly string[] {
  const load = format === 'import' ? `await import('${entry}')` : `require('${entry}')`
  const script = `console.log(JSON.stringify(Object.keys(${load}).sort()))`
  const type = format === 'import' ? 'module' : 'commonjs'
  const output = execFileSync(process.execPath, [`--input-type=${type}`, '--eval', script], { cwd: root })
  return JSON.parse(output.toString()) as string[]
}

describe.each(entries)('$specifier', ({ specifier, conditions }) => {
  test('ESM and CommonJS export the same names', () => {
    expect(namesOf(specifier, 'require')).toEqual(namesOf(specifier, 'import'))
  })

  test('every condition names a built file, with its types first and the default last', () => {
    expect(Object.keys(conditions.import)).toEqual(['types', ...portableConditions, 'default'])
    expect(Object.keys(conditions.require)).toEqual(['types', 'default'])
    for (const path of [...Object.values(conditions.import), ...Object.values(conditions.require)]) {
      if (path !== null) expect(existsSync(join(root, path)), path).toBe(true)
    }
  })
})

test('`main`, `module`, `types` and `typesVersions` name built files', () => {
  const { main, module, types, typesVersions } = manifest
  const paths = [main, module, types, ...Object.values(typesVersions['*']).flat()]
  for (const path of paths) expect(existsSync(join(root, path)), path).toBe(true)
})

/** A source bundled twice would have two copies of its classes and caches, so one entry point would not recognise the other's objects. */
test.each([
  ['dist', '.js', /^\.\.\/src\//],
  ['dist', '.cjs', /^\.\.\/src\//],
  ['dist/portable', '.js', /^\.\.\/\.\.\/src\/|\/node_modules\/(zod|immer)\//],
])(
  'the files of %s with the extension %s contain each source once, with a relative path in the source map',
  (folder, extension, own) => {
    const sources = sourcesOf(folder, extension)
    expect(sources.length).toBeGreaterThan(0)
    expect(sources.filter((source, at) => sources.indexOf(source) !== at)).toEqual([])
    expect(sources.filter((source) => !own.test(source) || !source.startsWith('../'))).toEqual([])
  },
)

/** Every name that a declaration file exports, values and types, in sorted order. */
function declaredNames(path: string): readonly string[] {
  const file = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest)
  const names = file.statements.flatMap((statement) =>
    ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)
      ? statement.exportClause.elements.map((element) => element.name.text)
      : [],
  )
  return names.sort()
}

test('each name is exported by one entry point only', () => {
  const names = entries.flatMap(({ conditions }) => declaredNames(conditions.import.types))
  expect(names.length).toBeGreaterThan(0)
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
})

/** To accept a changed list: `npm test -- --project package --update`. */
test('the exported names are those in exports.txt', async () => {
  const list = entries.map(({ specifier, conditions }) => {
    const values = namesOf(specifier, 'import')
    const types = declaredNames(conditions.import.types).filter((name) => !values.includes(name))
    return [specifier, ...values, ...types.map((name) => `type ${name}`)].join('\n  ')
  })
  await expect(`${list.join('\n\n')}\n`).toMatchFileSnapshot('exports.txt')
})

test('the build, the compiler of this repository and package.json name the same entry points', () => {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => readFileSync(path, 'utf8'))
  const { compilerOptions } = config as { compilerOptions: { paths: Readonly<Record<string, readonly string[]>> } }
  const compiled = Object.entries(compilerOptions.paths).map(([specifier, [path]]) => [specifier, path])
  const build = readFileSync(join(root, 'tsup.config.ts'), 'utf8')
  const built = [...build.matchAll(/^ {2}(\w+): '(src\/.*)',$/gm)].map(([, name, path]) => [
    name === 'index' ? 'portcullis' : `portcullis/${name}`,
    `./${path}`,
  ])
  expect(built).toEqual(compiled)
  expect(built.map(([specifier]) => specifier)).toEqual(entries.map(({ specifier }) => specifier))
})
