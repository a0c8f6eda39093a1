import { expect, test } from 'vitest'
import { decideWrite, type Write, type Writes } from '../../../src/ledger/decide.ts'
import type { Account, Hold, Lot } from '../../../src/ledger/storage/account.ts'
import { kindOf } from '../../../src/ledger/storage/entry-kind.ts'
import type { MemoryBooks } from '../../../src/ledger/storage/open-books.ts'
import { openBooks } from '../../../src/ledger/storage/open-books.ts'
import { verify } from '../../../src/ledger/verify.ts'
import { type LedgerInvariant, ledgerInvariants } from '../../../src/port/ledger-invariant.ts'
import { day, hour, organization, start, team, user } from '../../../src/testing/conformance/ledger/ledger-fixture.ts'

/** Returns books after every kind of write, so that every check of `verify` has data to recount. */
function live(): { books: MemoryBooks; at: number } {
  const books = openBooks(10 * hour, [1, 2])
  let at = start
  const write = <W extends Write>(one: W, request: Writes[W]['request']) => decideWrite(one, books, request, at)
  const monthly = { amount: 10_000n, period: { every: 'month', timeZone: 'UTC' } } as const
  write('putWallet', { key: 'w1', wallet: organization, funding: 'postpaid', cap: monthly })
  write('putWallet', { key: 'w2', wallet: team, funding: 'own', parent: organization })
  write('putWallet', { key: 'w3', wallet: user, funding: 'parent', parent: team })
  write('grant', { key: 'short', wallet: team, amount: 50n, expiresAt: start + 2 * hour })
  write('grant', { key: 'long', wallet: team, amount: 1_000n })
  write('grant', { key: 'scheduled', wallet: team, amount: 10n, effectiveAt: start + 9 * day })
  write('grant', { key: 'taken', wallet: team, amount: 10n, only: ['x'] })
  write('revoke', { key: 'v', wallet: team, grant: 'taken' })
  const daily = { every: 'day', timeZone: 'UTC' } as const
  write('putAllowance', { key: 'a', wallet: team, allowance: 'daily', amount: 7n, period: daily })
  write('reserve', { hold: 'early', wallet: user, amount: 20n, ttl: day })
  write('reserve', { hold: 'lapsed', wallet: user, amount: 3n, ttl: hour })
  write('reserve', { hold: 'settled', wallet: user, amount: 100n, ttl: day })
  write('settle', { hold: 'settled', amount: 90n })
  at += 3 * hour
  write('release', { hold: 'early' })
  write('release', { hold: 'tombstone' })
  write('charge', { hold: 'charge', wallet: user, amount: 5n })
  write('refund', { key: 'r', hold: 'settled', amount: 88n, expiresAt: start + 90 * day })
  at += 2 * day
  write('reserve', { hold: 'brief', wallet: user, amount: 4n, ttl: 1 })
  write('release', { hold: 'nothing' })
  at += 1
  write('charge', { hold: 'charge', wallet: user, amount: 6n })
  write('reserve', { hold: 'settled', wallet: user, amount: 9n, ttl: day })
  // A hold that was settled with `late` is kept as an object, which the harms below can change.
  write('reserve', { hold: 'late', wallet: user, amount: 5n, ttl: day, tags: ['x'] })
  write('settle', { hold: 'late', amount: 5n, late: 'charge' })
  write('reserve', { hold: 'again', wallet: user, amount: 30n, ttl: day })
  return { books, at }
}

interface Scene {
  readonly books: MemoryBooks
  readonly at: (wallet: typeof team | typeof user) => Account
  readonly hold: (id: string) => Hold & { path: Account[]; id: string }
  readonly lot: (grant: string) => Lot & { expiresAt: number; grant: string; kind: string }
}

const lotsOf = (books: MemoryBooks): readonly Lot[] => {
  const rows = Array.from({ length: books.log.length }, (_, row) => books.log.lotOf(row))
  return rows.filter((lot) => lot !== undefined)
}
const postSettled = kindOf('settled', 'available', 'spent')
const postRefund = kindOf('refunded', 'spent', 'writtenOff')

/** Functions that damage sound books, each with the violation that `verify` must report. */
const harms: readonly (readonly [invariant: LedgerInvariant, message: string, harm: (scene: Scene) => void])[] = [
  [
    'conservation',
    'the sources of credits differ from their uses',
    ({ at }) => {
      at(team).expired += 1n
    },
  ],
  [
    'non_negative',
    'an amount is negative',
    ({ at }) => {
      at(team).overdraft = -1n
    },
  ],
  [
    'overdraft_repaid',
    'overdraft is owed although credits are available to repay it',
    ({ at }) => {
      at(team).debts.push({ only: undefined, owed: 1n, repaidBy: undefined })
    },
  ],
  [
    'overdraft_repaid',
    'the debts differ from the entries, or from the overdraft',
    ({ at }) => {
      at(team).overdraft = 1n
    },
  ],
  [
    'overdraft_repaid',
    'the debts differ from the entries, or from the overdraft',
    ({ at }) => {
      at(team).overdraft = 1n
      at(team).debts.push({ only: ['x'], owed: 1n, repaidBy: undefined })
    },
  ],
  [
    'hold_lifecycle',
    'a refund names no cost entry of its hold',
    ({ books, at }) => books.log.add(at(team), postRefund, 1n, books.at, undefined, undefined, { refunds: 0 }),
  ],
  [
    'hold_lifecycle',
    'the refunds of an entry exceed it',
    ({ books, at }) => {
      const refund = Array.from({ length: books.log.length }, (_, row) => books.log.refundsOf(row)).find(Boolean)
      books.log.add(at(team), postRefund, 99n, books.at, undefined, undefined, { refunds: refund as number })
    },
  ],
  [
    'hold_sum',
    'reserved amount differs from the sum of open holds',
    ({ hold }) => {
      hold('again').held -= 1n
    },
  ],
  [
    'hold_sum',
    'its held amount differs from its entries',
    ({ hold }) => {
      hold('again').amount += 1n
    },
  ],
  [
    'hold_sum',
    'its held amount differs from its slices',
    ({ hold }) => {
      hold('again').slices = undefined
    },
  ],
  [
    'grant_sum',
    'available amount differs from the sum of its grants',
    ({ at }) => {
      at(team).available -= 1n
    },
  ],
  [
    'grant_sum',
    'reserved amount of grant `long` differs from the sum of open holds',
    ({ lot }) => {
      lot('long').reserved += 1n
    },
  ],
  [
    'grant_sum',
    'grant `long` has more credits than its amount',
    ({ lot }) => {
      lot('long').amount = 1n
    },
  ],
  [
    'grant_sum',
    'grant `long` differs from the sum of its entries',
    ({ lot }) => {
      lot('long').amount += 1n
    },
  ],
  [
    'grant_sum',
    'grant `short` differs from the sum of its entries',
    ({ lot }) => {
      lot('short').amount += 1n
    },
  ],
  [
    'grant_sum',
    'grant `r` differs from the sum of its entries',
    ({ lot }) => {
      lot('r').amount += 1n
    },
  ],
  [
    'grant_sum',
    'grant `taken` differs from the sum of its entries',
    ({ lot }) => {
      lot('taken').amount += 1n
    },
  ],
  [
    'hold_lifecycle',
    'an ended hold still holds credits',
    ({ hold }) => {
      hold('again').state = 'released'
    },
  ],
  [
    'hold_lifecycle',
    'a hold holds more than was reserved',
    ({ hold }) => {
      hold('again').held += 1n
    },
  ],
  [
    'hold_lifecycle',
    'the refunds exceed the cost',
    ({ hold }) => {
      hold('late').refunded = 99n
    },
  ],
  [
    'reserve_limits',
    'cap usage differs from the amount spent in its period',
    ({ at }) => {
      ;(at(user).parent?.parent as Account).capSpent -= 1n
    },
  ],
  ['hold_path', 'the levels of its entries differ from its path', ({ hold }) => void hold('again').path.pop()],
  [
    'balance_sum',
    'the balance differs from the sum of the entries',
    ({ books, at }) => books.log.add(at(team), postSettled, 1n, books.at, undefined, undefined),
  ],
  [
    'entry_sequence',
    'the number of entries differs from the sequence of the wallet',
    ({ at }) => {
      at(team).sequence += 1
    },
  ],
  [
    'entry_sequence',
    'the number of entries differs from the sequence of the wallet',
    ({ books, at }) => {
      at(team).lastRow = books.log.before(at(team).lastRow)
    },
  ],
  [
    'entry_sequence',
    'an entry took effect before its predecessor',
    ({ books, at }) => books.log.add(at(team), postSettled, 1n, start, undefined, undefined),
  ],
  ['idempotency', 'grant `long` was granted twice', ({ lot }) => void Object.assign(lot('short'), { grant: 'long' })],
  [
    'hold_cost',
    'its cost differs from its entries',
    ({ hold }) => {
      hold('late').spent += 1n
    },
  ],
  [
    'hold_cost',
    'its cost differs from its entries',
    ({ hold }) => {
      hold('late').refunded = 1n
    },
  ],
  [
    'grant_expiry',
    'grant `short` did not expire completely',
    ({ lot }) => {
      lot('short').available = 1n
    },
  ],
  [
    'grant_expiry',
    'grant `short` did not expire completely',
    ({ lot }) => void Object.assign(lot('short'), { expiresAt: start }),
  ],
  [
    'grant_expiry',
    'grant `short` did not expire completely',
    ({ lot }) => {
      lot('short').state = 'live'
    },
  ],
  [
    'grant_expiry',
    'grant `short` has credits that became available after its expiry',
    ({ books, at, lot }) =>
      books.log.add(at(team), kindOf('released', 'reserved', 'available'), 1n, books.at, lot('short'), undefined),
  ],
]

test('books that everything has happened to add up, whole and wallet by wallet', () => {
  const { books, at } = live()
  for (const wallet of [undefined, organization, team, user]) expect(verify(books, at, wallet)).toEqual([])
  expect(new Set([...books.holds.values()].map(({ state }) => state)).size).toBe(4)
})

test('every invariant but `burn_order`, which only the audit can check, is reported when it is broken', () => {
  const broken = new Set([...harms.map(([invariant]) => invariant), 'burn_order'])
  expect(broken).toEqual(new Set(Object.keys(ledgerInvariants)))
})

test.each(harms)('%s: %s', (invariant, message, harm) => {
  const { books, at } = live()
  harm({
    books,
    at: (wallet) => books.accounts.find(wallet) as Account,
    hold: (id) => books.holds.find(id, 0) as Hold & { path: Account[] },
    lot: (grant) => lotsOf(books).find((lot) => lot.grant === grant) as Lot,
  })
  const violations = verify(books, at)
  expect(violations).toContainEqual(expect.objectContaining({ invariant, message }))
  const found = violations.find((one) => one.message === message)
  expect(verify(books, at, found?.wallet)).toContainEqual(found)
})
