import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Command } from '../../src/change/message/command.ts'
import { packageOf, readSource, readSources, type Source } from './source.ts'

/** The chapters in reading order, and the packages each may import. A chapter imports itself and those above it. */
const chapters: Record<string, readonly string[]> = {
  model: ['zod', 'immer'],
  policy: ['zod'],
  change: ['zod', 'immer'],
  query: ['zod'],
  port: [],
  ledger: ['zod'],
  runtime: [],
  adapter: [],
  gateway: ['zod'],
  admin: ['zod'],
  authzen: ['zod'],
  testing: ['fast-check'],
}

/**
 * The rooms of a chapter in reading order. A room is a folder or a file; it imports itself and the rooms above it. A file
 * of the chapter that is not listed comes after all of them.
 */
const rooms: Record<string, readonly string[]> = {
  model: ['value', 'table', 'noun', 'state', 'snapshot'],
  policy: ['evaluation-time.ts', 'decision', 'request', 'context', 'route', 'pay.ts', 'conclude.ts', 'manage.ts'],
  change: [
    'message/envelope.ts',
    'message/rejection.ts',
    'message/command',
    'message/event',
    'message',
    'rule',
    'noun',
    'guard.ts',
    'command-table.ts',
    'decide.ts',
    'event-precondition.ts',
    'event-table.ts',
    'evolve.ts',
  ],
  'query/explain': ['trace', 'near-miss', 'remedy', 'explain.ts', 'describe'],
  'query/lint': ['finding.ts', 'context', 'rule', 'fix'],
  'query/view': ['first-ids.ts', 'render-text.ts', 'assignment-status.ts', 'matrix', 'graph', 'directory'],
  ledger: [
    'period.ts',
    'wallet-level.ts',
    'same.ts',
    'storage',
    'operation',
    'refusal',
    'read-request.ts',
    'decide.ts',
    'view.ts',
    'entry-sums.ts',
    'verify.ts',
    'transfer',
    'checkpoint',
  ],
  runtime: ['time', 'notice', 'sha256.ts', 'portable-sha256.ts', 'follow', 'execute', 'token', 'call', 'bridge'],
  adapter: ['call-signal.ts', 'checksum.ts', 'id-retention.ts', 'log', 'transfer', 'folder', 'memory', 'postgres'],
  gateway: ['opentelemetry', 'refusal', 'price', 'call', 'meter'],
  admin: [
    'wire.ts',
    'admin-fault.ts',
    'admin-call.ts',
    'command-body.ts',
    'schema',
    'operation.ts',
    'page.ts',
    'read-fields.ts',
    'credits.ts',
    'not-executed.ts',
    'preview-for.ts',
    'remedy-body.ts',
    'operation',
    'operation-table.ts',
  ],
  authzen: ['message', 'http', 'engine'],
  'adapter/folder': [
    'folder-options.ts',
    'layout.ts',
    'file',
    'log',
    'open-folder.ts',
    'snapshot',
    'journal',
    'recover.ts',
  ],
  'adapter/postgres': ['client', 'row', 'schema', 'log', 'batch', 'read', 'transfer'],
  'testing/conformance': ['assert.ts', 'case.ts', 'repository', 'ledger'],
  'testing/conformance/ledger': ['ledger-fixture.ts', 'operation', 'race', 'program', 'transfer'],
}

/** The files that may import `node:` modules, and those that may import a framework. */
const machine: readonly (readonly [path: RegExp, packages: readonly string[]])[] = [
  [/^runtime\/sha256\.ts$/, ['node:crypto']],
  [/^adapter\/folder\//, ['node:fs', 'node:net', 'node:path']],
  [/^gateway\/hono\//, ['hono']],
  [/^gateway\/fastify\//, ['fastify']],
  [/^gateway\/express\//, ['express']],
]

/** The chapters without async, clock, randomness, environment or `node:` import. */
const core = ['model', 'policy', 'change', 'query', 'ledger']

/** The core files that may use `Intl`, for time zones: pure functions of instant and zone, given the runtime's data. */
const calendars = ['model/value/time-zone.ts', 'ledger/period.ts']

/** The chapters that `src/index.ts`, the entry point `.`, exports from. Each other entry point is the `index.ts` of a folder. */
const root = ['model', 'policy', 'change', 'port']

const impure =
  /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bcrypto\.|\bprocess\.|\bconsole\.|\basync |\bawait |\bPromise\b|\bset(Timeout|Interval|Immediate)\b|\bqueueMicrotask\b|\bperformance\.|['"`]node:|\bglobalThis\b|\blocaleCompare\b|\.toLocale[A-Z]|\bIntl\./

const vague = /(^|[-/])(utils?|helpers?|common|misc|types|services?|data|info|impl)(?=[-./]|$)|-manager\./

/**
 * A status of HTTP: an error, or a number that is compared with or assigned to a status. The suites of `testing` may have
 * such numbers as amounts.
 */
const httpStatus =
  /(?<![\w.])(4[0-9]{2}|50[1-9]|51[01]|529)(?![\w.])|\bstatus(Code)?\b['"]?\s*[:=<>!]+\s*[1-5][0-9]{2}\b/

/**
 * A command in backticks in a string. Clients over HTTP read the messages of the core and know operations, not commands.
 * The exception answers a command of an unknown type.
 */
const namedCommand = new RegExp(
  `\\\\?\`(${Command.options.map(({ shape }) => shape.type.value).join('|')}|\\$\\{command\\.type\\})\\\\?\``,
)
const namesCommands = ['change/message/parse-command.ts']

/** The reference models, which may import only types of the code that they check. */
const reference = /^testing\/reference/

const maximumLines = 400

/** The faults of a file, one line each; empty when it is tidy. */
function faultsOf(source: Source): readonly string[] {
  const { path, chapter, text, code } = source
  const faults = [...misplacedImports(source), ...upwardImports(source), ...entryImports(source)]
  const found = (pattern: RegExp) => code.match(pattern)?.[0].trim()
  const isPure = calendars.includes(path) ? found(impure) === 'Intl.' : !found(impure)

  if (core.includes(chapter) && !isPure) faults.push(`the core must be pure, but it uses \`${found(impure)}\``)
  if (text.split('\n').length > maximumLines) faults.push(`longer than ${maximumLines} lines`)
  if (found(/\bexport\s+(type\s+)?\*/)) faults.push('`export *`')
  if (found(/\bexport\s+default\b|\bas\s+default\b|\bexport\s*=/)) faults.push('a default export')
  if (source.usesAny) faults.push('`any`')
  if (/@ts-(ignore|nocheck)/.test(text)) faults.push('a silenced compiler')
  if (vague.test(path)) faults.push('a vague file name')
  if (!path.startsWith('gateway/refusal/') && chapter !== 'testing' && httpStatus.test(withoutStrings(code))) {
    faults.push('a status of HTTP belongs to the table of refusals')
  }
  if (core.includes(chapter) && !namesCommands.includes(path) && found(namedCommand)) {
    faults.push(`a message names a command: ${found(namedCommand)}`)
  }
  if (reference.test(path) && /^import (?!type ).*\/(policy|change|query|ledger|adapter)\//m.test(text)) {
    faults.push('the reference model shares no code with what it checks')
  }
  return faults.map((fault) => `${path}: ${fault}`)
}

/** The code without strings and templates of one line. */
function withoutStrings(code: string): string {
  return code.replace(/'[^'\n]*'|"[^"\n]*"|`[^`\n]*`/g, '')
}

function misplacedImports({ path, chapter, imports }: Source): string[] {
  const packages = path === 'index.ts' ? [] : chapters[chapter]
  if (!packages) return ['not a chapter']

  const order = Object.keys(chapters)
  const readable = path === 'index.ts' ? root : order.slice(0, order.indexOf(chapter) + 1)
  const allowed = (specifier: string) =>
    specifier.startsWith('.')
      ? specifier.endsWith('.ts') && readable.includes(target(path, specifier))
      : [...packages, ...machine.flatMap(([at, more]) => (at.test(path) ? more : []))].includes(packageOf(specifier))
  return imports.filter((specifier) => !allowed(specifier)).map((specifier) => `may not import \`${specifier}\``)
}

/** The chapter that a relative import points to. */
function target(path: string, specifier: string): string {
  return fileOf(path, specifier).split('/')[0] ?? ''
}

/** The file that a relative import points to, relative to `src`. */
function fileOf(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier)
}

/** The imports of a file that point to an entry point: code imports what it needs from the file that defines it. */
function entryImports({ path, imports }: Source): string[] {
  return imports
    .filter((specifier) => specifier.startsWith('.') && posix.basename(fileOf(path, specifier)) === 'index.ts')
    .map((specifier) => `imports the entry point \`${specifier}\``)
}

/** The imports of a file that point to a later room of its chapter. */
function upwardImports({ path, imports }: Source): string[] {
  return Object.entries(rooms).flatMap(([chapter, order]) => {
    const place = placeIn(chapter, order, path)
    if (place === undefined) return []
    return imports
      .filter((specifier) => specifier.startsWith('.'))
      .filter((specifier) => (placeIn(chapter, order, fileOf(path, specifier)) ?? 0) > place)
      .map((specifier) => `imports \`${specifier}\` from a later room`)
  })
}

/** The place of a file among the rooms of a chapter; `undefined` when it is not in the chapter. */
function placeIn(chapter: string, order: readonly string[], path: string): number | undefined {
  if (!path.startsWith(`${chapter}/`)) return undefined
  const rest = path.slice(chapter.length + 1)
  const place = order.findIndex((room) => rest === room || rest.startsWith(`${room}/`))
  return place < 0 ? order.length : place
}

test('every source file keeps the rules on layering, purity, length, exports and names', () => {
  expect(readSources().flatMap(faultsOf)).toEqual([])
})

describe('a file that breaks one rule is reported', () => {
  const untidy: readonly (readonly [fault: string, path: string, text: string])[] = [
    ['may not import `../policy/pay.ts`', 'model/id.ts', `import { pay } from '../policy/pay.ts'`],
    ['may not import `../policy/pay.ts`', 'model/id.ts', `export type Payer = import('../policy/pay.ts').Payer`],
    ['may not import `../policy/pay.ts`', 'model/id.ts', `export { type Payer } from '../policy/pay.ts'`],
    ['imports the entry point `../query/index.ts`', 'ledger/view.ts', `import { lint } from '../query/index.ts'`],
    ['may not import `./query/lint/lint.ts`', 'index.ts', `export { lint } from './query/lint/lint.ts'`],
    [
      'may not import `./adapter/memory/clock.ts`',
      'index.ts',
      `export { systemClock } from './adapter/memory/clock.ts'`,
    ],
    ['may not import `zod`', 'index.ts', `export { z } from 'zod'`],
    ['may not import `../model/id.js`', 'policy/pay.ts', `import type { Id } from '../model/id.js'`],
    ['may not import `immer`', 'policy/pay.ts', `import { produce } from 'immer'`],
    ['may not import `fast-check`', 'query/explain.ts', `import fc from 'fast-check'`],
    ['may not import `node:crypto`', 'port/clock.ts', `import 'node:crypto'`],
    ['not a chapter', 'extra/thing.ts', ''],
    ['imports `../noun/team.ts` from a later room', 'model/value/id.ts', `import type { Team } from '../noun/team.ts'`],
    ['imports `../view.ts` from a later room', 'ledger/operation/due.ts', `import { balanceOf } from '../view.ts'`],
    ['the core must be pure, but it uses `Date.now`', 'policy/pay.ts', 'export const at = () => Date.now()'],
    ['the core must be pure, but it uses `new Date()`', 'query/lint.ts', 'const at = new Date() // no'],
    ['the core must be pure, but it uses `async`', 'change/apply.ts', 'export async function apply() {}'],
    ['the core must be pure, but it uses `Promise`', 'model/id.ts', 'export type Later = Promise<string>'],
    ['the core must be pure, but it uses `"node:`', 'model/id.ts', 'export const id = process["node:version"]'],
    ['longer than 400 lines', 'model/id.ts', '\n'.repeat(400)],
    ['`export *`', 'testing/index.ts', `export * from './law.ts'`],
    ['`export *`', 'index.ts', `export type * from './model/id.ts'`],
    ['a default export', 'model/id.ts', 'export default 1'],
    ['a default export', 'model/id.ts', 'const id = 1\nexport { id as default }'],
    ['`any`', 'model/id.ts', 'export const id: any = 1'],
    ['`any`', 'model/id.ts', 'export const ids = new Map<string, any>()'],
    ['a silenced compiler', 'model/id.ts', '// @ts-ignore\nexport const id = 1'],
    ['a vague file name', 'model/table-utils.ts', ''],
    ['a status of HTTP belongs to the table of refusals', 'gateway/guard.ts', 'export const missing = 404'],
    ['a status of HTTP belongs to the table of refusals', 'gateway/hono.ts', 'send({ status: 200 })'],
    [
      'the reference model shares no code with what it checks',
      'testing/reference/use.ts',
      `import { reachOf } from '../../policy/reach.ts'`,
    ],
    [
      'the reference model shares no code with what it checks',
      'testing/reference/ledger-model/cost.ts',
      `import { judge } from '../../../ledger/judge.ts'`,
    ],
  ]
  test.each(untidy)('%s (%s)', (fault, path, text) => {
    expect(faultsOf(readSource(path, text))).toEqual([`${path}: ${fault}`])
  })

  test('comments, strings and imports of earlier chapters are not reported', () => {
    const text = [
      `import { z } from 'zod'`,
      `import { find } from '../model/table.ts'`,
      `/** Not Date.now(), not a Promise, not any. */`,
      `export const pattern = /['"]\\/\\/ /u // no await here`,
      `export const address = \`https://example.com/\${find}\` /* console.log */`,
      `export const leaf = (node: string) => node`,
      `export const choice = { any: z.any(), of: 'any of' }`,
    ].join('\n')
    expect(faultsOf(readSource('policy/request.ts', text))).toEqual([])
  })
})
