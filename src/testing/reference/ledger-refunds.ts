import type { Entry } from '../../port/ledger-result.ts'
import { type Lot, lotName, lotsOf } from './ledger-lots.ts'
import { type Audit, doneOf, isAbout } from './ledger-writes.ts'

/**
 * Checks the refunds of a statement: `hold_lifecycle`, because each refund names an earlier cost entry of its hold and no
 * cost entry is refunded beyond its amount, and `grant_expiry`, because credits return to the grant that paid, expired or
 * revoked when it has ended.
 */
export function checkRefunds(audit: Audit): void {
  const { entries, check, met } = audit
  const lots = lotsOf(audit)
  const refunded = new Map<number, bigint>()
  for (const entry of entries) {
    const { sequence, refunds } = entry
    check(
      'hold_lifecycle',
      (entry.type === 'refunded') === (refunds !== undefined),
      `entry ${sequence} must name an entry that it refunds exactly if it is a refund`,
    )
    const cost = entries[(refunds ?? 0) - 1]
    if (refunds === undefined || cost === undefined) continue
    const isCost = cost.to === 'spent' && refunds < sequence && cost.hold === entry.hold
    check('hold_lifecycle', isCost, `entry ${sequence} refunds entry ${refunds}, which is no earlier cost of its hold`)
    const sum = (refunded.get(refunds) ?? 0n) + entry.amount
    refunded.set(refunds, sum)
    check('hold_lifecycle', sum <= cost.amount, `entry ${refunds} is refunded beyond its amount by entry ${sequence}`)
    const lot = lots.get(lotName(cost))
    if (cost.grant !== undefined && lot !== undefined) checkConditions(audit, entry, lot, met)
  }
}

/** Checks `grant_expiry` for a refund of credits that grant `lot` paid. */
function checkConditions({ check, writes, wallet }: Audit, entry: Entry, lot: Lot, met: Audit['met']): void {
  const { sequence, at, to } = entry
  const isOver = lot.terms.every(({ expiresAt }) => expiresAt <= at)
  const isLive = lot.terms.every(({ expiresAt }) => expiresAt > at)
  const isOwn = lotName(entry) === lot.name
  const what = `entry ${sequence} returns credits of grant ${lot.name}`
  if (to === 'expired') check('grant_expiry', !isLive && isOwn, `${what} expired, which has not expired`)
  if (to === 'revoked') {
    const [name] = JSON.parse(lot.name) as [string]
    const revokes = doneOf(writes, 'revoke').filter(
      ({ request }) => isAbout(request, wallet) && request['grant'] === name,
    )
    check('grant_expiry', revokes.length > 0 && isOwn, `${what} revoked, which was not revoked`)
    met('refund to a revoked grant')
  }
  if (to !== 'available' && to !== 'overdraft') {
    if (to === 'expired') met('refund to an expired grant')
    return
  }
  check('grant_expiry', isOwn ? !isOver : !isLive, `${what} ${isOwn ? 'to it after its expiry' : 'to another grant'}`)
  if (!isOwn) met('refund of an expired grant with another expiry')
}
