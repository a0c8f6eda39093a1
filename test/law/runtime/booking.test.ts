import { describe, expect, test } from 'vitest'
import {
  createMemoryClock,
  createMemoryCreditLedger,
  createMemoryRepository,
} from '../../../src/adapter/memory/index.ts'
import type { WalletLevel } from '../../../src/model/noun/wallet.ts'
import { credit } from '../../../src/model/value/credit.ts'
import type { CreditLedger } from '../../../src/port/credit-ledger.ts'
import { LedgerError } from '../../../src/port/ledger-error.ts'
import { type CommandBody, createEngine } from '../../../src/runtime/index.ts'
import { withMethods } from './faulty.ts'
import { accepted, found, founding, start, system, teamWallet, until } from './gateway.ts'

const allocate = (amount: string): CommandBody => ({
  type: 'AllocateCredits',
  principal: { type: 'team', id: 'dev' },
  amount,
})

const plans: readonly CommandBody[] = [
  { type: 'CreatePlan', plan: 'once', accessGroups: [], credits: { amount: '5' } },
  {
    type: 'CreatePlan',
    plan: 'monthly',
    accessGroups: [],
    credits: { amount: '7', period: { every: 'month', timeZone: 'UTC' } },
  },
]

async function available(ledger: CreditLedger, wallet: WalletLevel): Promise<string> {
  const balance = await ledger.balance(wallet)
  return String(balance.available / credit('1'))
}

describe('credits that events allocate', () => {
  test('are in the ledger once, under the key of their event', async () => {
    const gateway = await found()
    accepted(await gateway.engine.execute([allocate('2'), allocate('3')], system))
    await until(() => gateway.engine.status().pendingBookings === 0)
    const wallet = teamWallet(gateway)
    const state = await gateway.ledger.wallet(wallet)
    const { log } = await gateway.repository.load()
    const last = gateway.engine.status().version
    const { events } = await gateway.repository.load()
    const keys = [9, last - 1, last].map((at) => `portcullis ${log} ${at} ${events[at - 1]?.event.at}`)
    expect(state?.grants.map(({ grant }) => grant)).toEqual(keys)
    expect(await available(gateway.ledger, wallet)).toBe('15')
  })

  test('of a plan come once, and the allowance of a plan follows the team', async () => {
    const gateway = await found()
    const { engine, ledger } = gateway
    accepted(await engine.execute(plans, system))
    for (const plan of ['once', 'monthly', 'once', 'monthly']) {
      accepted(await engine.execute({ type: 'SetTeamPlan', team: 'dev', plan }, system))
    }
    await until(() => engine.status().pendingBookings === 0)
    const wallet = teamWallet(gateway)
    expect(await available(ledger, wallet)).toBe('22')
    expect((await ledger.wallet(wallet))?.allowances).toMatchObject([{ allowance: 'plan', amount: credit('7') }])
    accepted(await engine.execute({ type: 'SetTeamPlan', team: 'dev', plan: null }, system))
    await until(async () => (await ledger.wallet(wallet))?.allowances.every(({ amount }) => amount === 0n) === true)
    expect(await available(ledger, wallet)).toBe('22')
  })

  test('of a deleted team stay in its closed wallet, and a new team of the same id has its own', async () => {
    const gateway = await found()
    const { engine, ledger } = gateway
    const old = teamWallet(gateway)
    accepted(await engine.execute({ type: 'DeleteTeam', team: 'dev' }, system))
    accepted(await engine.execute({ type: 'CreateTeam', team: 'dev', organization: 'acme', metered: true }, system))
    accepted(await engine.execute(allocate('1'), system))
    await until(() => engine.status().pendingBookings === 0)
    const now = teamWallet(gateway)
    expect(now).not.toEqual(old)
    expect(await ledger.wallet(old)).toMatchObject({ status: 'closed', funding: 'own' })
    expect(await available(ledger, old)).toBe('10')
    expect(await available(ledger, now)).toBe('1')
  })

  test('a wallet of a deleted principal keeps its settings when it is closed', async () => {
    const gateway = await found()
    const wallet = teamWallet(gateway)
    const cap = { amount: credit('3'), period: { every: 'day', timeZone: 'UTC' } } as const
    await gateway.ledger.putWallet({ key: 'cap', wallet, funding: 'own', cap, overdraftLimit: 5n, lowBalances: [1n] })
    accepted(await gateway.engine.execute({ type: 'DeleteTeam', team: 'dev' }, system))
    await until(async () => (await gateway.ledger.wallet(wallet))?.status === 'closed')
    expect(await gateway.ledger.wallet(wallet)).toMatchObject({ cap, overdraftLimit: 5n, lowBalances: [1n] })
  })
})

describe('a booking that is interrupted', () => {
  /** A ledger whose grants take effect, and whose results are lost while `isDown`. */
  function lossy(ledger: CreditLedger): { readonly ledger: CreditLedger; isDown: boolean } {
    const down = { ledger, isDown: true }
    down.ledger = withMethods(ledger, {
      grant: async (request) => {
        const result = await ledger.grant(request)
        if (down.isDown) throw new LedgerError('ledger_unavailable', 'unknown', 'the connection was lost')
        return result
      },
    })
    return down
  }

  test('is made once, however often it is repeated', async () => {
    const ledger = createMemoryCreditLedger()
    const down = lossy(ledger)
    const gateway = await start({ ledger: down.ledger })
    accepted(await gateway.engine.execute(founding, system))
    await until(() => gateway.notices.some(({ type }) => type === 'ledger_retry'))
    expect(gateway.engine.status().pendingBookings).toBe(1)
    down.isDown = false
    await until(() => gateway.engine.status().pendingBookings === 0)
    expect(await available(ledger, teamWallet(gateway))).toBe('10')
  })

  test('by the end of the process is made by another engine', async () => {
    const ledger = createMemoryCreditLedger()
    const down = lossy(ledger)
    const gateway = await start({ ledger: down.ledger })
    accepted(await gateway.engine.execute([...founding, ...plans], system))
    accepted(await gateway.engine.execute({ type: 'SetTeamPlan', team: 'dev', plan: 'once' }, system))
    await gateway.engine.close()
    const late = await start({ repository: gateway.repository, ledger })
    await until(() => late.engine.status().pendingBookings === 0, 'the takeover')
    expect(await available(ledger, teamWallet(late))).toBe('15')
  })

  test('is made by an engine that was only following, after its turn', async () => {
    const ledger = createMemoryCreditLedger()
    const gateway = await found({ ledger })
    const follower = await start({ repository: gateway.repository, ledger })
    const { repository } = gateway
    const version = await repository.version()
    const at = 1_790_000_000_000
    const wallet = teamWallet(gateway)
    const event = { type: 'CreditsAllocated', actor: { type: 'system' }, at, wallet, amount: '4' } as const
    await repository.commit({ events: [event], schema: 1, expectedVersion: version })
    await until(async () => (await available(ledger, wallet)) === '14')
    await until(() => follower.engine.status().pendingBookings === 0)
  })

  test('is not lost behind a snapshot', async () => {
    const ledger = createMemoryCreditLedger()
    const down = lossy(ledger)
    const gateway = await start({ ledger: down.ledger, snapshotEvery: 2 })
    accepted(await gateway.engine.execute(founding, system))
    for (let i = 0; i < 20; i += 1)
      accepted(await gateway.engine.execute({ type: 'CreateUser', user: `u${i}` }, system))
    expect((await gateway.repository.load()).snapshot?.version ?? 0).toBeLessThanOrEqual(9)
    await gateway.engine.close()
    const late = await start({ repository: gateway.repository, ledger })
    await until(() => late.engine.status().pendingBookings === 0)
    expect(await available(ledger, teamWallet(late))).toBe('10')
  })

  test('a log that was used without a ledger is booked when it gets one, also before its snapshot', async () => {
    const repository = createMemoryRepository()
    const ledger = createMemoryCreditLedger()
    const bare = createEngine({ repository, snapshotEvery: 3 })
    await bare.ready()
    accepted(await bare.execute(founding, system))
    accepted(await bare.execute({ type: 'CreateUser', user: 'ann' }, system))
    await until(async () => ((await repository.load()).snapshot?.version ?? 0) > 8)
    await bare.close()
    const gateway = await start({ repository, ledger })
    await until(async () => (await available(ledger, teamWallet(gateway))) === '10')
  })
})

test('credits that are allocated again after the policy was restored from a backup are booked', async () => {
  const clock = createMemoryClock(1_790_000_000_000)
  const ledger = createMemoryCreditLedger({ clock })
  const repository = createMemoryRepository()
  const gateway = await found({ repository, ledger, clock })
  const { log, events } = await repository.load()
  accepted(await gateway.engine.execute(allocate('3'), system))
  expect(await gateway.engine.booked()).toBe(true)
  await gateway.engine.close()
  // The copy of the log has the id of the log, and lacks its last event.
  const copy = createMemoryRepository()
  await copy.commit({ events: events.map(({ event }) => event), schema: 1, expectedVersion: 0 })
  const restored = withMethods(copy, {
    load: async (upTo) => ({ ...(await copy.load(upTo)), log }),
    cursor: async (name) => Math.max(9, await copy.cursor(name)),
  })
  clock.advance(1_000)
  const again = await start({ repository: restored, ledger, clock })
  accepted(await again.engine.execute(allocate('3'), system))
  expect(await again.engine.booked()).toBe(true)
  expect(await available(ledger, teamWallet(again))).toBe('16')
})

test('credits that have expired when they are booked are reported, and what follows is booked', async () => {
  const clock = createMemoryClock(1_790_000_000_000)
  const repository = createMemoryRepository()
  const bare = createEngine({ repository, clock })
  await bare.ready()
  accepted(await bare.execute(founding, system))
  const expiresAt = clock.now() + 1_000
  accepted(await bare.execute({ ...allocate('3'), expiresAt } as CommandBody, system))
  accepted(await bare.execute(allocate('4'), system))
  await bare.close()
  clock.advance(2_000)
  const ledger = createMemoryCreditLedger({ clock })
  const gateway = await start({ repository, ledger, clock })
  await until(() => gateway.engine.status().pendingBookings === 0)
  const wallet = teamWallet(gateway)
  expect(gateway.notices).toContainEqual({ type: 'booking_refused', version: 10, wallet, reason: 'grant_expired' })
  expect(await available(ledger, wallet)).toBe('14')
})
