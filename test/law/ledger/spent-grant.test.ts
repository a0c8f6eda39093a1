import { expect, test } from 'vitest'
import { decideWrite, type Write, type Writes } from '../../../src/ledger/decide.ts'
import { bookDue } from '../../../src/ledger/operation/due.ts'
import type { Account } from '../../../src/ledger/storage/account.ts'
import { openBooks } from '../../../src/ledger/storage/open-books.ts'
import { day, hour, start, team } from '../../../src/testing/conformance/ledger/ledger-fixture.ts'

/** Returns books whose team has spent a number of grants, each with its own charge, and a function that writes. */
function spentBooks(grants: number) {
  const books = openBooks(30 * day, [1, 2])
  let at = start
  const write = <W extends Write>(one: W, request: Writes[W]['request']) => decideWrite(one, books, request, at)
  const pass = (milliseconds: number) => {
    at += milliseconds
  }
  for (let i = 0; i < grants; i += 1) {
    write('grant', { key: `g ${i}`, wallet: team, amount: 5n, expiresAt: start + day + i })
    write('charge', { hold: `c ${i}`, wallet: team, amount: 5n })
  }
  return { books, write, pass, account: books.accounts.find(team) as Account }
}

test('a reserve and a settle read none of 16,000 spent grants, and neither does a due item', () => {
  const { books, write, pass, account } = spentBooks(16_000)
  expect(account.grants).toHaveLength(0)
  expect(account.dueAt).toBeLessThanOrEqual(start + day)
  write('grant', { key: 'left', wallet: team, amount: 100n })
  expect(account.grants.map(({ grant }) => grant)).toEqual(['left'])
  write('reserve', { hold: 'h', wallet: team, amount: 9n, ttl: hour })
  write('settle', { hold: 'h', amount: 7n })
  const entries = books.log.length
  pass(2 * day)
  bookDue(books, account, start + 2 * day)
  expect(books.log.length).toBe(entries)
  expect(account.dueAt).toBe(Number.POSITIVE_INFINITY)
})

test('a refund opens the spent grant that paid, in order of age, and a spent grant closes again', () => {
  const { books, write, pass, account } = spentBooks(3)
  write('refund', { key: 'r 2', hold: 'c 2', amount: 1n })
  write('refund', { key: 'r 0', hold: 'c 0', amount: 2n })
  expect(account.grants.map(({ grant }) => grant)).toEqual(['g 0', 'g 2'])
  write('charge', { hold: 'd', wallet: team, amount: 2n })
  expect(account.grants.map(({ grant }) => grant)).toEqual(['g 2'])
  pass(day + 1)
  write('refund', { key: 'r 1', hold: 'c 1', amount: 5n })
  bookDue(books, account, start + day + 1)
  expect([account.available, account.expired]).toEqual([1n, 5n])
  pass(1)
  bookDue(books, account, start + day + 2)
  expect([account.available, account.expired]).toEqual([0n, 6n])
  expect(account.grants).toHaveLength(0)
})
