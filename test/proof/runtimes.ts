import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Comparison, record } from './runtime/compare.ts'
import { makeCorpus } from './runtime/corpus.ts'
import { runChromium, runProcess, runWorkerd } from './runtime/host.ts'
import { findCommand, installPackage, installRuntime, run } from './runtime/install.ts'
import { kinds } from './runtime/replay.ts'

/**
 * `npm run proof:runtimes` builds and packs the package, records decisions, commands, queries, writes of the ledger and calls
 * through the guard with the source on this Node.js, and compares each with the result of the packed package in every runtime.
 * Runtimes are installed from npm into `node_modules/.cache`; Chromium is used where it is installed. `-- deno workerd` runs
 * only these. Exits with code 1 when two results differ or a runtime fails.
 */
const chosen = process.argv.slice(2)
const [seed, states] = [1, 100]
const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** A runtime and how to run the program in it; `find` returns no binary where it is not installed. */
interface Runtime {
  readonly name: string
  find(): { readonly version: string; run(project: string): Promise<string> } | undefined
}

function fromNpm(title: string, name: string, version: string, parameters: readonly string[] = []): Runtime {
  return {
    name: title,
    find: () => {
      const binary = installRuntime(name, version)
      return {
        version: versionOf(run(binary, ['--version'])),
        run: (project) => runProcess(project, binary, parameters),
      }
    },
  }
}

const runtimes: readonly Runtime[] = [
  fromNpm('Node.js 20', 'node', '20.20.2'),
  fromNpm('Node.js 22', 'node', '22.23.3'),
  fromNpm('Node.js 24', 'node', '24.21.0'),
  fromNpm('Node.js 26', 'node', '26.10.0'),
  fromNpm('Bun', 'bun', '1.4.5'),
  // Without the permission to read the environment.
  fromNpm('Deno', 'deno', '2.9.6', ['run', '--no-prompt', '--allow-read=.']),
  {
    name: 'workerd',
    find: () => {
      const { version } = JSON.parse(readFileSync('node_modules/workerd/package.json', 'utf8')) as { version: string }
      return { version, run: runWorkerd }
    },
  },
  {
    name: 'Chromium',
    find: () => {
      const binary = findCommand(['chromium', 'chromium-browser', 'google-chrome'])
      if (binary === undefined) return undefined
      return { version: versionOf(run(binary, ['--version'])), run: (project) => runChromium(project, binary) }
    },
  },
]

function versionOf(output: string): string {
  return /\d+(\.\d+)+/.exec(output)?.[0] ?? output
}

/** Compares the results in a runtime with the recorded ones, and returns its row of the table. */
async function proveIn({ name, find }: Runtime, project: string): Promise<string> {
  try {
    const found = find()
    if (found === undefined) return `| ${name} | skipped: not installed |`
    const started = performance.now()
    const output = await found.run(project)
    const seconds = ((performance.now() - started) / 1_000).toFixed(1)
    const { counts, differences, examples } = read(output)
    for (const example of examples) print(`${name}: ${example}`)
    if (differences > 0) process.exitCode = 1
    return `| ${[name, found.version, ...kinds.map((kind) => counts[kind]), differences, seconds].join(' | ')} |`
  } catch (error) {
    print(`${name}: ${error instanceof Error ? error.message : error}`)
    process.exitCode = 1
    return `| ${name} | failed |`
  }
}

function read(output: string): Comparison {
  try {
    return JSON.parse(output) as Comparison
  } catch {
    throw new Error(output)
  }
}

run('npm', ['run', 'build'])
mkdirSync('node_modules/.cache', { recursive: true })
const project = mkdtempSync(join(tmpdir(), 'portcullis-runtimes-'))
try {
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  installPackage(project)
  writeFileSync(join(project, 'recorded.json'), await record(makeCorpus(seed, states)))
  const rows: string[] = []
  const isChosen = ({ name }: Runtime) =>
    chosen.length === 0 || chosen.some((word) => name.toLowerCase().replace(/\W/g, '').startsWith(word))
  for (const runtime of runtimes.filter(isChosen)) rows.push(await proveIn(runtime, project))
  const columns = ['runtime', 'version', ...kinds, 'differences', 'seconds']
  print(`| ${columns.join(' | ')} |\n| ${columns.map(() => '---').join(' | ')} |\n${rows.join('\n')}`)
} finally {
  rmSync(project, { recursive: true, force: true })
}
