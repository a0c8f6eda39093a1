import type { Entry } from '../../port/ledger-result.ts'
import { burnsBefore, isSameOnly, type Lot, lotName, lotsOf } from './ledger-lots.ts'
import { debtsOf, mayRepay, sumOf } from './ledger-sums.ts'
import { type Audit, doneOf, isAbout } from './ledger-writes.ts'

/** Checks the invariants `grant_sum` and `grant_expiry` by summing the entries of each grant. */
export function checkGrants(audit: Audit): void {
  const { entries, writes, wallet, check } = audit
  const granted = doneOf(writes, 'grant').filter(({ request }) => isAbout(request, wallet))
  const requests = new Map(granted.map(({ request }) => [lotName({ grant: String(request['key']) }), request]))
  for (const name of new Set(entries.filter((entry) => entry.grant !== undefined).map(lotName))) {
    const own = entries.filter((entry) => lotName(entry) === name)
    for (let length = 1; length <= own.length; length += 1) {
      const before = own.slice(0, length)
      for (const bucket of ['available', 'reserved'] as const) {
        check('grant_sum', sumOf(before, bucket) >= 0n, `grant ${name} gave more than it had`)
      }
    }
    const brought = requests.get(name)?.['amount'] as bigint | undefined
    check(
      'grant_sum',
      brought === undefined || sumOf(own, 'granted') <= brought,
      `grant ${name} brought more than was granted`,
    )
    const last = own.findIndex(({ type }) => type === 'expired')
    if (last < 0) continue
    check('grant_expiry', sumOf(own.slice(0, last + 1), 'available') === 0n, `grant ${name} expired, but not all of it`)
    check(
      'grant_expiry',
      own.slice(last + 1).every(({ to }) => to !== 'available'),
      `grant ${name} expired, and came back`,
    )
  }
}

/**
 * Checks `grant_sum`, `burn_order`, `grant_expiry` and `hold_sum` against the terms of each grant. The terms state when
 * a grant pays, for which calls, and in which order.
 */
export function checkBurning(audit: Audit): void {
  const lots = lotsOf(audit)
  const tagsOf = tagsByHold(audit)
  const left = new Map<string, bigint>()
  const held = new Map<string, bigint>()
  for (const entry of audit.entries) {
    const lot = lots.get(lotName(entry))
    checkTimes(audit, entry, lot, lots, left)
    const tags = entry.hold === undefined ? undefined : tagsOf.get(entry.hold)
    if (lot !== undefined) checkTags(audit, entry, lot, tags)
    if (entry.from === 'overdraft') checkDebtTags(audit, entry, lots, tags)
    checkOrder(audit, entry, lot, lots, left, tags)
    checkHeld(audit, entry, held)
    const name = lotName(entry)
    const change = entry.to === 'available' ? entry.amount : entry.from === 'available' ? -entry.amount : 0n
    left.set(name, (left.get(name) ?? 0n) + change)
  }
}

/**
 * Returns the tags of holds and charges, by id. Includes only holds and charges whose creation was recorded exactly
 * once.
 */
export function tagsByHold({ writes }: Pick<Audit, 'writes'>): ReadonlyMap<string, readonly string[]> {
  const made = [...doneOf(writes, 'reserve'), ...doneOf(writes, 'charge')]
  const times = (hold: unknown) => made.filter(({ request }) => request['hold'] === hold).length
  return new Map(
    made
      .filter(({ request }) => times(request['hold']) === 1)
      .map(({ request }) => [String(request['hold']), (request['tags'] as readonly string[] | undefined) ?? []]),
  )
}

/** Checks `grant_sum` and `grant_expiry`: credits of a grant are available from `effectiveAt` until `expiresAt`. */
function checkTimes(
  { check, met }: Audit,
  entry: Entry,
  lot: Lot | undefined,
  lots: ReadonlyMap<string, Lot>,
  left: ReadonlyMap<string, bigint>,
): void {
  const { at, sequence, type, from, to } = entry
  for (const other of lots.values()) {
    if ((left.get(other.name) ?? 0n) === 0n) continue
    check('grant_expiry', at <= lastExpiry(other), `at entry ${sequence} grant ${other.name} should have expired`)
  }
  if (lot === undefined) return
  const isEffective = at >= lot.effectiveAt
  check('grant_sum', isEffective, `entry ${sequence} is of grant ${lot.name}, which is not effective yet`)
  if (type === 'expired') {
    const isTime = lot.terms.some(({ expiresAt }) => expiresAt === at)
    check('grant_expiry', isTime, `entry ${sequence} expires grant ${lot.name} at a wrong time`)
    met(JSON.parse(lot.name)[1] === null ? 'grant that expired' : 'allowance that expired')
  } else if ((from === 'available' && type !== 'revoked') || to === 'available') {
    check('grant_expiry', at < lastExpiry(lot), `entry ${sequence} is of grant ${lot.name}, which has expired`)
  }
}

function lastExpiry({ terms }: Lot): number {
  return Math.max(...terms.map(({ expiresAt }) => expiresAt))
}

/**
 * Checks `burn_order`: a grant with `only` pays only for calls with one of its tags, and repays only overdraft that shares
 * one. Checks `overdraft_repaid`: restricted overdraft is repaid before unrestricted overdraft.
 */
function checkTags({ entries, check, met }: Audit, entry: Entry, lot: Lot, tags: readonly string[] | undefined): void {
  const { from, to, sequence } = entry
  const isBound = lot.terms.every(({ only }) => only !== undefined)
  if (to === 'overdraft') {
    const debt = { only: entry.only, owed: 0n }
    check(
      'burn_order',
      lot.terms.some(({ only }) => mayRepay(only, debt)),
      `entry ${sequence} repays with grant ${lot.name}, which is bound to other tags`,
    )
    const others = entry.only === undefined ? debtsOf(entries.slice(0, sequence - 1)) : []
    check(
      'overdraft_repaid',
      others.every(({ only, owed }) => only === undefined || owed === 0n),
      `entry ${sequence} repays unrestricted overdraft before restricted overdraft`,
    )
    met(entry.only === undefined ? 'repaid overdraft' : 'repaid overdraft of tags')
  }
  if (!pays(entry) || from !== 'available' || tags === undefined) return
  const isFor = lot.terms.some(({ only }) => only === undefined || only.some((tag) => tags.includes(tag)))
  check('burn_order', isFor, `entry ${sequence} took from grant ${lot.name}, which is bound to other tags`)
  if (isBound) met('tags that fit')
}

/**
 * Checks `burn_order` for an entry that books overdraft: the overdraft is restricted to the tags that the call shares with
 * the grant that paid last, unless a grant without `only` paid too. Without a payer, each tag must be that of some grant.
 * Skips holds with several costs, and grants whose terms are not known.
 */
function checkDebtTags(
  { check, met, entries, writes }: Audit,
  { hold, only, sequence }: Entry,
  lots: ReadonlyMap<string, Lot>,
  tags: readonly string[] | undefined,
): void {
  const costs = writes.filter(
    ({ write, request, result }) => request['hold'] === hold && result.ok && (write === 'settle' || write === 'charge'),
  )
  if (tags === undefined || costs.length !== 1) return
  const paid = entries.slice(0, sequence - 1).filter((entry) => entry.hold === hold && entry.to === 'spent')
  const payers = paid.filter(({ grant }) => grant !== undefined).map((entry) => lots.get(lotName(entry))?.terms)
  const restrictions = payers.map((terms) => (terms?.length === 1 ? terms[0] : undefined))
  if (restrictions.includes(undefined)) return
  const last = restrictions.at(-1)
  const isFree = restrictions.some((terms) => terms?.only === undefined)
  const shared = isFree ? [] : tags.filter((tag) => last?.only?.includes(tag))
  const expected = shared.length === 0 ? undefined : shared
  const isRight =
    last === undefined ? only === undefined || only.every((tag) => tags.includes(tag)) : isSameOnly(only, expected)
  check('burn_order', isRight, `entry ${sequence} books overdraft with other tags than those of the credits that paid`)
  if (only !== undefined) met(last === undefined ? 'overdraft of tags without a payer' : 'overdraft of tags')
}

/** Whether an entry reserves or spends credits for a call. */
function pays({ type, to }: Entry): boolean {
  return (to === 'reserved' || to === 'spent') && ['reserved', 'settled', 'charged'].includes(type)
}

/**
 * Checks `burn_order`: each payment uses the grant that burns first among those that fit the tags. Overdraft is used
 * only when no such grant has credits left.
 */
function checkOrder(
  { check, met }: Audit,
  entry: Entry,
  lot: Lot | undefined,
  lots: ReadonlyMap<string, Lot>,
  left: ReadonlyMap<string, bigint>,
  tags: readonly string[] | undefined,
): void {
  const { from, type, sequence } = entry
  if (!pays(entry)) return
  // A capped overrun is written off even when credits are left, but only a settle can cap.
  const isOwed = from === 'overdraft' || (from === 'writtenOff' && type === 'charged')
  if (!isOwed && (from !== 'available' || lot === undefined)) return
  for (const other of lots.values()) {
    if (other === lot) continue
    const fits = other.terms.every(({ only }) => only === undefined || tags?.some((tag) => only.includes(tag)) === true)
    if (!fits || (lot !== undefined && !burnsBefore(other, lot))) continue
    const rest = left.get(other.name) ?? 0n
    check(
      'burn_order',
      rest === 0n,
      `entry ${sequence} took from ${lot?.name ?? from}, while ${other.name} had something left`,
    )
    if (lot !== undefined && other.first < sequence) for (const kind of kindsOf(other, lot)) met(`order by ${kind}`)
  }
}

/** Yields the names of the burn-order rules that apply between two lots, for example `priority`. */
function* kindsOf(earlier: Lot, later: Lot): Iterable<string> {
  const [a, b] = [earlier.terms[0], later.terms[0]]
  if (a === undefined || b === undefined) return
  yield a.priority !== b.priority ? 'priority' : a.expiresAt !== b.expiresAt ? 'expiry' : 'age'
  if (a.only !== undefined) yield 'tags'
  if ([earlier, later].some(({ name }) => JSON.parse(name)[1] !== null)) yield 'allowance'
  if ([earlier, later].some(({ scheduled }) => scheduled !== undefined)) yield 'scheduled'
}

/** Checks `hold_sum`: for each grant, a hold never returns or spends more credits than it reserved from that grant. */
function checkHeld({ check }: Audit, entry: Entry, held: Map<string, bigint>): void {
  const { hold, grant, period, from, to, amount, sequence } = entry
  if (hold === undefined || (from !== 'reserved' && to !== 'reserved')) return
  const name = JSON.stringify([hold, grant, period])
  const sum = (held.get(name) ?? 0n) + (to === 'reserved' ? amount : -amount)
  held.set(name, sum)
  check('hold_sum', sum >= 0n, `entry ${sequence} takes credits that hold ${hold} does not hold`)
}
