import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from './source.ts'

/** The first example of the README. It runs unchanged in an ESM project, and with another import in the other projects. */
const [, readme = ''] = /```js\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? []
const body = readme.replace(/^import (.*) from 'portcullis'$/m, 'const $1 = portcullis')
const decide = `${body}console.log(Object.keys(memory).length > 0)\n`

/** The output that the README states. */
const stated = /^\/\/ (.*)$/m.exec(readme)?.[1]
const printed = `${stated}\ntrue`

const esm = `import * as portcullis from 'portcullis'\nimport * as memory from 'portcullis/memory'\n${decide}`
const cjs = `const portcullis = require('portcullis')\nconst memory = require('portcullis/memory')\n${decide}`
const cts = `import portcullis = require('portcullis')\nimport memory = require('portcullis/memory')\n${decide}`

const strict = { target: 'ES2023', types: [], strict: true, skipLibCheck: false }
const tsc = join(root, 'node_modules/typescript/bin/tsc')

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

/** Creates a project with these files and installs the tarball there. */
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
  const allowed =
    /^(dist\/.*|(src|examples)\/.*\.ts|src\/(.*\/)?README\.md|CHANGELOG\.md|LICENSE|README\.md|package\.json)$/
  expect(packed.filter((path) => !allowed.test(path))).toEqual([])
})

test('the package decides in an ESM project, and the README example runs unchanged', () => {
  const path = project('esm', { 'decide.mjs': esm, 'readme.mjs': readme })
  expect(run(process.execPath, ['readme.mjs'], path)).toBe(stated)
  expect(run(process.execPath, ['decide.mjs'], path)).toBe(printed)
})

test('the package decides in a CommonJS project', () => {
  const path = project('cjs', { 'decide.cjs': cjs })
  expect(run(process.execPath, ['decide.cjs'], path)).toBe(printed)
})

test('the package compiles in a TypeScript project with NodeNext and Bundler resolution, and decides', () => {
  const nodenext = { ...strict, module: 'NodeNext', moduleResolution: 'NodeNext', noEmitOnError: true }
  const bundler = { ...strict, module: 'ESNext', moduleResolution: 'Bundler', noEmit: true }
  const path = project('typescript', {
    'decide.mts': esm,
    'required.cts': cts,
    'tsconfig.json': { compilerOptions: nodenext, files: ['decide.mts', 'required.cts'] },
    'bundler.json': { compilerOptions: bundler, files: ['decide.mts'] },
  })
  run(process.execPath, [tsc, '--project', 'tsconfig.json'], path)
  run(process.execPath, [tsc, '--project', 'bundler.json'], path)
  expect(run(process.execPath, ['decide.mjs'], path)).toBe(printed)
  expect(run(process.execPath, ['required.cjs'], path)).toBe(printed)
})
