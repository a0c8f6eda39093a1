import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ts from 'typescript'
import { afterEach, expect, test } from 'vitest'
import { openFolderJournal, openFolderRepository } from '../../../src/adapter/folder/index.ts'
import { createMemoryClock, openMemoryCreditLedger } from '../../../src/adapter/memory/index.ts'
import { credit, readEvent } from '../../../src/index.ts'
import { explain, formatExplanation, formatPreview } from '../../../src/query/index.ts'
import { createEngine, loadState } from '../../../src/runtime/index.ts'
import { root } from '../../package/source.ts'
import { accepted, found, type Gateway, system, teamWallet } from '../runtime/gateway.ts'

const chapter = readFileSync(new URL('../../../src/runtime/README.md', import.meta.url), 'utf8')
const [, section = ''] = chapter.split('## Runbooks')
/** The code of each runbook, by its title. */
const runbooks = new Map(
  [...section.matchAll(/\*\*([^*]+)\.\*\*[^`]*(?:`[^`]+`[^`]*)*```ts\n([\s\S]*?)```/g)].map(
    ([, title = '', code = '']) => [title, code],
  ),
)

const AsyncFunction = (async () => undefined).constructor as new (
  ...texts: readonly string[]
) => (...values: readonly unknown[]) => Promise<void>

const library = { createEngine, explain, formatExplanation, formatPreview, loadState, readEvent }
const adapters = { openFolderJournal, openFolderRepository, openMemoryCreditLedger }
const delivered: string[] = []

/** Runs a runbook and returns what it logs. */
async function run(title: string, values: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  const lines: string[] = []
  const log = (...parts: readonly unknown[]): void => void lines.push(parts.map(String).join(' '))
  const deliver = (credential: string, token: string): void => void delivered.push(`${credential} ${token.length}`)
  const names: Readonly<Record<string, unknown>> = {
    ...library,
    ...adapters,
    ...system,
    ...values,
    deliver,
    console: { log },
  }
  const code = ts.transpile(runbooks.get(title) ?? 'throw new Error()', { target: ts.ScriptTarget.ES2023 })
  await new AsyncFunction(...Object.keys(names), code)(...Object.values(names))
  return lines
}

/** What the code of a runbook finds around it. */
const surroundings = `
import { type Actor, type Instant, readEvent, type Repository, type WalletLevel } from 'portcullis'
import { createEngine, type Engine, loadState } from 'portcullis/engine'
import { openFolderJournal, openFolderRepository } from 'portcullis/folder'
import type { CreditLedger } from 'portcullis/ledger'
import { openMemoryCreditLedger } from 'portcullis/memory'
import { explain, formatExplanation, formatPreview } from 'portcullis/query'

declare const engine: Engine, repository: Repository, ledger: CreditLedger
declare const actor: Actor, wallet: WalletLevel, secret: string, backup: string, leakedAt: Instant, deniedAt: Instant
declare const deliver: (credential: string, token: string) => void
`

/** Type-checks the code of the runbooks as printed, with the options of this project, and returns the errors. */
function faultsOfTypes(): readonly string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: ['package.json'] }, ts.sys, root)
  const texts = new Map(
    [...runbooks.values()].map((code, i) => [join(root, `runbook-${i}.ts`), `${surroundings}{\n${code}}\nexport {}\n`]),
  )
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (path) => texts.has(path) || fileExists(path)
  host.readFile = (path) => texts.get(path) ?? readFile(path)
  host.getSourceFile = (path, language, ...rest) => {
    const text = texts.get(path)
    return text === undefined ? getSourceFile(path, language, ...rest) : ts.createSourceFile(path, text, language)
  }
  const unused = { noUnusedLocals: false, noUnusedParameters: false }
  const program = ts.createProgram([...texts.keys()], { ...options, ...unused }, host)
  const files = program.getSourceFiles().filter(({ fileName }) => texts.has(fileName))
  return files
    .flatMap((file) => ts.getPreEmitDiagnostics(program, file))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}

const folders: string[] = []
afterEach(() => {
  delivered.splice(0)
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const valuesOf = ({ engine, repository, ledger }: Gateway) => ({ engine, repository, ledger })

test('each of the five runbooks has its code', () => {
  expect([...runbooks.keys()]).toEqual([
    ...['A leaver', 'A leaked key', 'A wrong bill', 'A 403 that a caller asks about', 'Restore from a backup'],
  ])
})

test('the code of each compiles as printed, with strict types', { timeout: 120_000 }, () => {
  expect(faultsOfTypes()).toEqual([])
})

test('a leaver is suspended, its team keys are rotated, and it is deleted', async () => {
  const gateway = await found()
  const { engine } = gateway
  const team = { type: 'team', id: 'dev' } as const
  const ann = { type: 'user', id: 'ann' } as const
  accepted(
    await engine.execute(
      [
        { type: 'CreateUser', user: 'ann' },
        { type: 'AddTeamMember', team: 'dev', user: 'ann', role: 'manager' },
      ],
      system,
    ),
  )
  const issued = await engine.issueToken({ credential: 'nightly', owner: team }, { actor: ann })
  expect(issued.ok).toBe(true)
  const own = await engine.issueToken({ credential: 'own', owner: ann }, { actor: ann })
  expect(own.ok).toBe(true)
  const lines = await run('A leaver', valuesOf(gateway))
  expect(lines.join('\n')).toContain('UserDeleted')
  expect(delivered).toEqual([expect.stringMatching(/^nightly \d\d$/)])
  expect(engine.read((state) => state.users.size)).toBe(0)
})

test('a leaked key is replaced, and its costs are added up', async () => {
  const gateway = await found()
  const { engine } = gateway
  const call = await engine.admit({ token: 'secret', model: 'fast', operation: 'chat', estimate: credit('1') })
  if (!call.admitted) throw new Error(call.reason)
  await call.settle(credit('0.25'))
  const values = { ...valuesOf(gateway), secret: 'secret', wallet: teamWallet(gateway), leakedAt: 0 }
  expect(await run('A leaked key', values)).toEqual([
    'the leaked secret: credential_expired',
    'spent since the leak: 250000000',
  ])
  expect(delivered).toHaveLength(1)
})

test('a wrong bill is refunded once', async () => {
  const gateway = await found()
  const { engine } = gateway
  const request = {
    token: 'secret',
    model: 'fast',
    operation: 'chat',
    estimate: credit('1'),
    note: 'request 4711',
  } as const
  const call = await engine.admit(request)
  if (!call.admitted) throw new Error(call.reason)
  await call.settle(credit('0.25'))
  const values = { ...valuesOf(gateway), wallet: teamWallet(gateway) }
  const lines = ['refunded: 250000000', 'available: 10000000000']
  expect(await run('A wrong bill', values)).toEqual(lines)
  expect(await run('A wrong bill', values)).toEqual(lines)
})

test('a 403 is explained as of its instant and as of now', async () => {
  const clock = createMemoryClock(Date.parse('2026-03-02T09:00:00Z'))
  const gateway = await found({ clock })
  const { engine } = gateway
  const deniedAt = clock.now() + 1_000
  clock.advance(60_000)
  const target = { providerAccount: 'openai', model: 'gpt-5' } as const
  accepted(await engine.execute({ type: 'CreateModelAlias', alias: 'slow', targets: [target] }, system))
  const lines = await run('A 403 that a caller asks about', { ...valuesOf(gateway), deniedAt })
  expect(lines.filter((line) => !line.includes('\n'))).toEqual([
    'then: model_unknown',
    'now: model_not_granted',
    'ModelAliasCreated by system',
  ])
})

test('a backup of folders is checked, and opened by an engine', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-runbook-'))
  folders.push(folder)
  const repository = await openFolderRepository(join(folder, 'live/policy'))
  const ledger = await openMemoryCreditLedger({ journal: await openFolderJournal(join(folder, 'live/ledger.journal')) })
  const gateway = await found({ repository, ledger })
  const wallet = teamWallet(gateway)
  for (const part of [gateway.engine, ledger, repository]) await part.close()
  cpSync(join(folder, 'live'), join(folder, 'backup'), { recursive: true })
  expect(await run('Restore from a backup', { backup: join(folder, 'backup'), wallet })).toEqual([
    '9 events to version 9 and 0 violations',
    'available: 10000000000',
    'ready: true booked: true',
  ])
  renameSync(join(folder, 'backup/ledger.journal'), join(folder, 'backup/ledger'))
  await expect(run('Restore from a backup', { backup: join(folder, 'backup'), wallet })).rejects.toThrow(
    'has no journal',
  )
})
