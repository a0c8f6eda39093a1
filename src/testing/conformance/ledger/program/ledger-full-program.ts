import type { WalletLevel } from '../../../../model/noun/wallet.ts'
import { credential, day, hour, member, organization, otherMember, path, start, team, user } from '../ledger-fixture.ts'
import type { ProgramStep } from './ledger-programs.ts'

export const month = { every: 'month', timeZone: 'Europe/Berlin' } as const
export const daily = { every: 'day', timeZone: 'Asia/Kolkata' } as const
/** A wallet that no call of the program uses, so that its allowance sleeps. */
const unused = { ...user, incarnation: 4 }
const cap = { amount: 9_000n, period: month, softLimits: [10n, 40n, 60n] }
/** Creates a program step that sends a write. */
export const write = (name: string, request: ProgramStep['request']): ProgramStep => ({ write: name, request })
/** Creates a program step that advances the clock. */
export const pass = (milliseconds: number) => write('pass', { milliseconds })

/**
 * A program that leaves a ledger with every kind of record: holds in every state, and grants and keys of every kind.
 */
export const fullProgram: readonly ProgramStep[] = [
  write('putWallet', { key: 'o', wallet: organization, funding: 'postpaid', cap }),
  write('putWallet', {
    key: 't',
    wallet: team,
    funding: 'own',
    parent: organization,
    overdraftLimit: 5n,
    lowBalances: [2n, 40n],
  }),
  write('putWallet', { key: 'u', wallet: user, funding: 'parent', parent: team, cap: { amount: 500n, period: daily } }),
  write('putWallet', { key: 'k', wallet: credential, funding: 'parent', cap: { amount: 900n, period: month } }),
  write('grant', { key: 'brief', wallet: team, amount: 20n, expiresAt: start + 2 * hour }),
  write('grant', { key: 'soon', wallet: team, amount: 20n, effectiveAt: start + hour, kind: 'promotional' }),
  write('grant', { key: 'never', wallet: team, amount: 7n, effectiveAt: start + 9 * day }),
  write('grant', { key: 'later', wallet: team, amount: 8n, effectiveAt: start + 20 * day }),
  write('grant', { key: 'tagged', wallet: team, amount: 30n, only: ['a', 'b'], priority: 7 }),
  write('revoke', { key: 'v1', wallet: team, grant: 'never' }),
  write('putAllowance', { key: 'a', wallet: team, allowance: 'x', amount: 9n, period: daily, rollover: 4n }),
  write('putAllowance', { key: 'b', wallet: user, allowance: 'y', amount: 3n, period: month }),
  write('grant', { key: 'mine', wallet: member, amount: 50n }),
  write('reserve', { hold: 'm', path, amount: 3n, ttl: hour, tags: ['x'], note: 'a call' }),
  write('settle', { hold: 'm', amount: 2n }),
  write('charge', { hold: 'free charge', path: [otherMember, { ...organization, id: 'none' }], amount: 4n }),
  write('refund', { key: 'r0', hold: 'free charge', amount: 1n }),
  write('putAllowance', { key: 'z', wallet: unused, allowance: 'asleep', amount: 4n, period: daily }),
  write('putAllowance', { key: 'z1', wallet: unused, allowance: 'raised', amount: 4n, period: daily }),
  write('putAllowance', { key: 'z2', wallet: unused, allowance: 'raised', amount: 6n, period: month }),
  write('reserve', { hold: 'a', wallet: user, amount: 8n, ttl: hour }),
  write('reserve', { hold: 'b', wallet: user, amount: 8n, ttl: 10 }),
  write('settle', { hold: 'a', amount: 5n }),
  pass(3 * hour),
  write('charge', { hold: 'c', wallet: user, amount: 40n }),
  write('settle', { hold: 'b', amount: 2n, late: 'charge' }),
  write('refund', { key: 'r', hold: 'c', amount: 30n }),
  write('refund', { key: 'r2', hold: 'a', amount: 5n }),
  write('revoke', { key: 'v', wallet: team, grant: 'soon' }),
  write('revoke', { key: 'v2', wallet: team, grant: 'tagged', amount: 2n }),
  write('release', { hold: 'tombstone' }),
  write('settle', { hold: 'late', amount: 3n, ifUnknown: { wallet: user, startedAt: start } }),
  write('settle', { hold: 'p', amount: 2n, part: 'p0', ifUnknown: { wallet: team, startedAt: start } }),
  write('putAllowance', { key: 'c', wallet: user, allowance: 'y', amount: 0n, period: month }),
  pass(day),
  write('grant', { key: 'paid', wallet: team, amount: 100n }),
  write('reserve', { hold: 'n', path: [credential, otherMember, user], amount: 2n, ttl: day, note: 'open' }),
  write('reserve', { hold: 'free', path: [otherMember], amount: 4n, ttl: day }),
  write('settle', { hold: 'free', amount: 1n, part: 'p3' }),
  write('reserve', { hold: 'd', wallet: user, amount: 30n, minAmount: 5n, ttl: day, tags: ['a'] }),
  write('extend', { key: 'e', hold: 'd', ttl: day, increase: 12n, minIncrease: 1n }),
  write('settle', { hold: 'd', amount: 4n, part: 'p1' }),
  write('grant', { key: 'first', wallet: team, amount: 10n, priority: 1 }),
  write('extend', { key: 'e2', hold: 'd', ttl: day, increase: 3n }),
  write('refund', { key: 'r3', hold: 'd', amount: 1n }),
  write('reserve', { hold: 'f', wallet: user, amount: 6n, ttl: 5 * hour }),
  write('reserve', { hold: 'g', wallet: team, amount: 6n, ttl: 5 * hour }),
  write('reserve', { hold: 'i', wallet: team, amount: 6n, ttl: hour }),
  write('release', { hold: 'i' }),
  write('settle', { hold: 'g', amount: 8n, overrun: 'cap' }),
  write('grant', { key: 'mini', wallet: team, amount: 3n, only: ['mini'] }),
  write('charge', { hold: 'mini call', wallet: team, amount: 6n, tags: ['mini'] }),
  write('grant', { key: 'mini 2', wallet: team, amount: 1n, only: ['mini'] }),
  write('refund', { key: 'm1', hold: 'mini call', amount: 2n }),
  write('refund', { key: 'm2', hold: 'c', amount: 1n, expiresAt: start + 30 * day }),
  write('reserve', { hold: 'gone', wallet: team, amount: 1n, ttl: 1 }),
]

const refundEach = (round: string): readonly ProgramStep[] =>
  [2, 5, 9, 14, 20, 27, 35, 44].map((sequence) =>
    write('refund', { key: `${round} ${sequence}`, entry: { wallet: team, sequence }, amount: 1n }),
  )

/** The steps to run after `fullProgram`, on both the original ledger and its copy. */
export const followUpProgram: readonly ProgramStep[] = [
  write('settle', { hold: 'd', amount: 9n, part: 'p2' }),
  write('refund', { key: 'r4', hold: 'd', amount: 6n }),
  write('refund', { key: 'r5', hold: 'c', amount: 9n }),
  write('refund', { key: 'm3', hold: 'mini call', amount: 3n }),
  ...refundEach('soon'),
  write('reserve', { hold: 'j', wallet: user, amount: 400n, ttl: hour }),
  write('reserve', { hold: 'k', wallet: user, amount: 20n, ttl: hour, tags: ['b'] }),
  write('settle', { hold: 'b', amount: 2n }),
  pass(5 * hour),
  write('settle', { hold: 'f', amount: 1n }),
  write('settle', { hold: 'n', amount: 1n }),
  write('settle', { hold: 'free', amount: 2n }),
  write('refund', { key: 'r6', hold: 'free', amount: 2n }),
  write('refund', { key: 'r7', hold: 'm', amount: 1n }),
  write('release', { hold: 'd' }),
  write('putWallet', { key: 'u2', wallet: user, funding: 'parent', parent: team, cap: { amount: 90n, period: month } }),
  write('putAllowance', { key: 'd', wallet: user, allowance: 'y', amount: 5n, period: month }),
  pass(3 * day),
  write('charge', { hold: 'l', wallet: user, amount: 60n, tags: ['a'] }),
  write('settle', { hold: 'a', amount: 1n, ifUnknown: { wallet: user, startedAt: start } }),
  pass(40 * day),
  write('charge', { hold: 'unused', wallet: unused, amount: 5n }),
  write('reserve', { hold: 'a', wallet: user, amount: 1n, ttl: 1 }),
  write('grant', { key: 'paid', wallet: team, amount: 100n }),
  ...refundEach('late'),
]

/** All wallets in `fullProgram`. */
export const fullProgramWallets: readonly WalletLevel[] = [user, team, organization, credential, member, unused]

/** All hold ids in `fullProgram` and `followUpProgram`, and one unknown id. */
export const fullProgramHolds = [
  'a',
  'b',
  'c',
  'd',
  'f',
  'g',
  'i',
  'j',
  'k',
  'l',
  'm',
  'mini call',
  'n',
  'unused',
  'p',
  'free',
  'free charge',
  'gone',
  'late',
  'tombstone',
  'unknown',
]
