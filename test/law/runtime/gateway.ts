import { expect, onTestFinished } from 'vitest'
import { createMemoryCreditLedger, createMemoryRepository } from '../../../src/adapter/memory/index.ts'
import type { WalletLevel } from '../../../src/model/noun/wallet.ts'
import { getRow } from '../../../src/model/table/table.ts'
import { credit } from '../../../src/model/value/credit.ts'
import type { Repository } from '../../../src/port/repository.ts'
import type { CommandBody, Engine, EngineNotice, EngineOptions, Executed } from '../../../src/runtime/index.ts'
import { createEngine } from '../../../src/runtime/index.ts'

export const system = { actor: { type: 'system' } } as const

/** SHA-256 of the string `secret`. */
const digest = '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b'

/** Commands that found a team with a key, a model and 10 credits. */
export const founding: readonly CommandBody[] = [
  { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
  { type: 'CreateProviderAccount', providerAccount: 'openai' },
  { type: 'AddModels', providerAccount: 'openai', models: ['gpt-5'] },
  {
    type: 'CreateModelAlias',
    alias: 'fast',
    targets: [{ providerAccount: 'openai', model: 'gpt-5' }],
  },
  { type: 'CreateAccessGroup', accessGroup: 'standard', members: [{ type: 'alias', alias: 'fast' }] },
  { type: 'CreateTeam', team: 'dev', organization: 'acme', metered: true },
  { type: 'AssignAccessGroup', accessGroup: 'standard', principal: { type: 'team', id: 'dev' } },
  { type: 'IssueCredential', credential: 'key', owner: { type: 'team', id: 'dev' }, digest, scope: { type: 'all' } },
  { type: 'AllocateCredits', principal: { type: 'team', id: 'dev' }, amount: '10' },
]

/** An engine with its stores and its notices. */
export interface Gateway {
  readonly engine: Engine
  readonly repository: Repository
  readonly ledger: ReturnType<typeof createMemoryCreditLedger>
  readonly notices: EngineNotice[]
}

/** Starts an engine and waits until it is ready. It is closed after the test. */
export async function start(options: Partial<EngineOptions> = {}): Promise<Gateway> {
  const gateway = open(options)
  await gateway.engine.ready()
  return gateway
}

/** Creates an engine without waiting. It is closed after the test. */
export function open(options: Partial<EngineOptions> = {}): Gateway {
  const notices: EngineNotice[] = []
  const repository = options.repository ?? createMemoryRepository()
  const ledger = (options.ledger ?? createMemoryCreditLedger()) as ReturnType<typeof createMemoryCreditLedger>
  const engine = createEngine({ onNotice: (notice) => notices.push(notice), ...options, repository, ledger })
  onTestFinished(() => engine.close())
  return { engine, repository, ledger, notices }
}

/** Starts an engine whose policy has the founding commands, and whose credits are booked. */
export async function found(options: Partial<EngineOptions> = {}): Promise<Gateway> {
  const gateway = await start(options)
  accepted(await gateway.engine.execute(founding, system))
  expect(await gateway.engine.booked()).toBe(true)
  return gateway
}

/** Asserts that commands were accepted. */
export function accepted(executed: Executed): Executed & { readonly ok: true } {
  if (!executed.ok) throw new Error(JSON.stringify(executed))
  return executed
}

/** Waits until a condition holds, for at most 20 seconds. */
export async function until(holds: () => boolean | Promise<boolean>, what = 'the condition'): Promise<void> {
  const end = performance.now() + 20_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`${what} does not hold within 20 s`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Returns the wallet of a team in the current policy. */
export function teamWallet({ engine }: Pick<Gateway, 'engine'>, team = 'dev'): WalletLevel {
  const found = engine.read((state) => getRow(state.teams, team).incarnation)
  if (typeof found !== 'number') throw new Error(found.message)
  return { type: 'team', id: team, incarnation: found }
}

/** A call with the key of the team. */
export const call = { token: 'secret', model: 'fast', operation: 'chat', estimate: credit('1') } as const
