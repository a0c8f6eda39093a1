import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from './source.ts'

/** The README's programs, in order: a gateway, the first decision. */
const blocks = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(
  ([, block = '']) => block,
)
const readme = blocks.join('\n')
const first = blocks.find((block) => block.includes('formatDecision')) ?? ''

/** The output that the comments of a program promise. */
function promisedBy(program: string): string {
  return [...program.matchAll(/^\/\/ (.*)$/gm)].map(([, line]) => line).join('\n')
}

/** A program in JavaScript, as a module of either kind. */
function javascript(program: string, format: 'esm' | 'cjs'): string {
  return transformSync(program, { loader: 'ts', format, target: 'node20' }).code
}

const tail = `console.log(Object.keys(memory).length > 0)\n`
const printed = `${promisedBy(first)}\ntrue`

/** The first decision, which also loads `portcullis/memory`. */
const decide = `import * as memory from 'portcullis/memory'\n${first}${tail}`

/** The same with `import … = require`, for a CommonJS file in TypeScript. */
const required = first.replace(/^import \{ (.*) \} from 'portcullis'$/m, (_, list: string) => {
  const names = list.split(', ')
  const types = names.filter((name) => name.startsWith('type ')).map((name) => name.slice('type '.length))
  const values = names.filter((name) => !name.startsWith('type '))
  return [
    `import portcullis = require('portcullis')`,
    `import memory = require('portcullis/memory')`,
    ...types.map((name) => `type ${name} = portcullis.${name}`),
    `const { ${values.join(', ')} } = portcullis`,
  ].join('\n')
})

/** Lines with one mistake each, which the types of the package must report. */
const mistakes = [
  `apply({ ...by, type: 'CreateTeem', team: 'a', organization: 'o' }, emptyState)`,
  `apply({ ...by, type: 'CreateTeam', teem: 'a', organization: 'o' }, emptyState)`,
  `apply({ type: 'DeleteTeam', team: 'a' }, emptyState)`,
  `authorize({ type: 'use', who: { type: 'teem', id: 'a' }, model: 'm', at: 1_700_000_000_000 }, emptyState)`,
  `authorize({ type: 'use', who: { type: 'team', id: 'a' }, model: 'm' }, emptyState)`,
  `ledger.reserve({ hold: 'h', wallet, amount: 1, ttl: 1_000 })`,
  `ledger.reserve({ hold: 'h', wallet, amount: 1n })`,
]
const typed = [
  `import { apply, authorize, emptyState } from 'portcullis'`,
  `import { createMemoryCreditLedger } from 'portcullis/memory'`,
  `const by = { actor: { type: 'system' }, at: 1_700_000_000_000 } as const`,
  `const wallet = { type: 'team', id: 'a', incarnation: 1 } as const`,
  `const ledger = createMemoryCreditLedger()`,
  `apply({ ...by, type: 'CreateTeam', team: 'a', organization: 'o' }, emptyState)`,
  `authorize({ type: 'use', who: { type: 'team', id: 'a' }, model: 'm', at: 1_700_000_000_000 }, emptyState)`,
  `ledger.reserve({ hold: 'h', wallet, amount: 1n, ttl: 1_000 })`,
]

const strict = { target: 'ES2023', types: [], strict: true, skipLibCheck: false }
const tsc = join(root, 'node_modules/typescript/bin/tsc')
const tsx = join(root, 'node_modules/tsx/dist/cli.mjs')

let folder: string
let tarball: string
let packed: readonly string[]

function run(command: string, parameters: readonly string[], cwd: string): string {
  try {
    return execFileSync(command, parameters, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`\`${command} ${parameters.join(' ')}\` failed\n${stdout}\n${stderr}`, { cause: error })
  }
}

/** Creates a project with these files and installs the tarball in it. Returns its folder. */
function project(name: string, files: Readonly<Record<string, unknown>>): string {
  const path = join(folder, name)
  mkdirSync(path)
  for (const [file, content] of Object.entries({ 'package.json': { name, private: true }, ...files })) {
    writeFileSync(join(path, file), typeof content === 'string' ? content : JSON.stringify(content))
  }
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], path)
  return path
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-'))
  const output = run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], root)
  const [pack] = JSON.parse(output) as { filename: string; files: { path: string }[] }[]
  if (!pack) throw new Error('npm packed nothing')
  tarball = join(folder, pack.filename)
  packed = pack.files.map((file) => file.path)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the tarball contains dist, src, the examples, the changelog, the licence and the READMEs, and nothing else', () => {
  expect(packed).toEqual(expect.arrayContaining(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']))
  expect(packed).toEqual(
    expect.arrayContaining(['dist/index.js', 'dist/index.cjs', 'src/index.ts', 'examples/01-first-decision.ts']),
  )
  const shipped =
    /^(dist\/.*|(src|examples)\/.*\.ts|src\/.*\/README\.md|CHANGELOG\.md|LICENSE|README\.md|package\.json)$/
  expect(packed.filter((path) => !shipped.test(path))).toEqual([])
})

test('the package decides in an ESM project, and the README programs and a shipped example run unchanged', () => {
  const path = project('esm', { 'decide.mjs': javascript(decide, 'esm'), 'readme.mts': readme })
  expect(run(process.execPath, ['decide.mjs'], path)).toBe(printed)
  // Its second start finds the policy of the first.
  for (let start = 0; start < 2; start += 1)
    expect(run(process.execPath, [tsx, 'readme.mts'], path)).toBe(promisedBy(readme))
  const example = 'node_modules/portcullis/examples/18-around-a-call.ts'
  expect(run(process.execPath, [tsx, example], path)).toMatch(/^200 cost 0\.25 of 1\n/)
})

test('the package decides in a CommonJS project', () => {
  const path = project('cjs', { 'decide.cjs': javascript(decide, 'cjs') })
  expect(run(process.execPath, ['decide.cjs'], path)).toBe(printed)
})

test('the package compiles in a TypeScript project with NodeNext and Bundler resolution, decides, and its types find mistakes', () => {
  const nodenext = { ...strict, module: 'NodeNext', moduleResolution: 'NodeNext', noEmitOnError: true }
  const bundler = { ...strict, module: 'ESNext', moduleResolution: 'Bundler', noEmit: true }
  const path = project('typescript', {
    'decide.mts': decide,
    'readme.mts': readme,
    'required.cts': `${required}${tail}`,
    'tsconfig.json': { compilerOptions: nodenext, files: ['decide.mts', 'readme.mts', 'required.cts'] },
    'bundler.json': { compilerOptions: bundler, files: ['decide.mts', 'readme.mts'] },
    'typed.mts': typed.join('\n'),
    'mistaken.mts': [...typed, ...mistakes].join('\n'),
    'typed.json': { compilerOptions: bundler, files: ['typed.mts'] },
    'mistaken.json': { compilerOptions: bundler, files: ['mistaken.mts'] },
  })
  run(process.execPath, [tsc, '--project', 'tsconfig.json'], path)
  run(process.execPath, [tsc, '--project', 'bundler.json'], path)
  expect(run(process.execPath, ['decide.mjs'], path)).toBe(printed)
  expect(run(process.execPath, ['required.cjs'], path)).toBe(printed)

  run(process.execPath, [tsc, '--project', 'typed.json'], path)
  const { stdout } = spawnSync(process.execPath, [tsc, '--project', 'mistaken.json'], { cwd: path, encoding: 'utf8' })
  const lines = [...stdout.matchAll(/^mistaken\.mts\((\d+),/gm)].map(([, line]) => Number(line))
  expect([...new Set(lines)]).toEqual(mistakes.map((_, i) => typed.length + i + 1))
})
