import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Wallet } from '../../../../src/model/wallet.ts'
import type { Entry } from '../../../../src/port/simple-credit-ledger.ts'
import { isDeeplyFrozen } from '../../../../src/testing/frozen.ts'
import { runs } from '../../runs.ts'
import { arbitraryStep, LedgerWalk, type Step, sumOf, wallets } from './ledger-walk.ts'

const wallet = wallets[0] as Wallet
const steps = fc.array(arbitraryStep, { minLength: 1, maxLength: 60, size: 'max' })

/** Takes a walk and looks at the ledger after every step. */
async function walk(all: readonly Step[], look: (walk: LedgerWalk) => Promise<void>): Promise<void> {
  const taken = new LedgerWalk()
  for (const step of all) {
    await taken.take(step)
    await look(taken)
  }
}

describe('whatever happens to a ledger', () => {
  test('its answers and balances are those of the naive ledger', async () => {
    await fc.assert(
      fc.asyncProperty(steps, (all) =>
        walk(all, async ({ ledger, naive }) => {
          for (const each of wallets) expect(await ledger.balance(each)).toEqual(naive.balance(each))
        }),
      ),
      runs(600),
    )
  })

  test('credits are conserved, nothing is below zero, and nothing is available while there is overdraft', async () => {
    await fc.assert(
      fc.asyncProperty(steps, (all) =>
        walk(all, async ({ ledger }) => {
          for (const each of wallets) {
            const balance = await ledger.balance(each)
            const { granted, available, reserved, spent, expired, revoked, overdraft } = balance
            expect(granted).toBe(available + reserved + spent + expired + revoked - overdraft)
            expect(Object.values(balance).every((amount) => amount >= 0n)).toBe(true)
            expect(available === 0n || overdraft === 0n).toBe(true)
          }
        }),
      ),
      runs(300),
    )
  })

  test('the statement only grows, is numbered without a gap, in order of time, and its sum is the balance', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const before = new Map<unknown, readonly Entry[]>()
        await walk(all, async ({ ledger }) => {
          for (const each of wallets) {
            const old = before.get(each) ?? []
            const entries = await ledger.statement(each)
            before.set(each, entries)
            expect(entries.slice(0, old.length)).toEqual(old)
            expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_, i) => i + 1))
            expect(entries.every(({ at }, i) => at >= (entries[i - 1]?.at ?? 0))).toBe(true)
            expect(entries.every(({ amount }) => amount > 0n)).toBe(true)
            expect(isDeeplyFrozen(entries.at(-1))).toBe(true)
            expect(sumOf(entries)).toEqual(await ledger.balance(each))
          }
        })
      }),
      runs(200),
    )
  })

  test('no grant gives more than it has, and what is held is held by reservations under way', async () => {
    await fc.assert(
      fc.asyncProperty(steps, (all) =>
        walk(all, async ({ ledger, naive }) => {
          for (const each of wallets) {
            const entries = await ledger.statement(each)
            const grants = new Set(entries.flatMap(({ grant }) => grant ?? []))
            for (const grant of grants) {
              const { available, reserved, expired } = sumOf(entries.filter((entry) => entry.grant === grant))
              expect([available, reserved, expired].every((amount) => amount >= 0n)).toBe(true)
            }
            for (const { hold, amount, state } of naive.holds.values()) {
              const { reserved } = sumOf(entries.filter((entry) => entry.hold === hold))
              if (reserved !== 0n) expect([reserved, state]).toEqual([amount, 'held'])
            }
          }
        }),
      ),
      runs(200),
    )
  })

  test('a balance of the past is the balance that was then', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const taken = new LedgerWalk()
        const then = new Map<number, unknown>()
        for (const step of all) {
          await taken.take(step)
          then.set(taken.naive.at, taken.naive.balance(wallet))
        }
        for (const [at, balance] of then) expect(await taken.ledger.balance(wallet, at)).toEqual(balance)
      }),
      runs(300),
    )
  })

  test('it does not matter when it is looked at', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const looked = new LedgerWalk()
        const alone = new LedgerWalk()
        for (const step of all) {
          await looked.take(step)
          for (const each of wallets) await looked.ledger.balance(each)
          await alone.take(step)
        }
        for (const each of wallets) {
          expect(await alone.ledger.statement(each)).toEqual(await looked.ledger.statement(each))
        }
      }),
      runs(200),
    )
  })
})
