import type { Instant } from '../../model/value/instant.ts'
import type { PutAllowance } from '../../port/ledger-request.ts'
import type { PutAllowanceResult, WriteOk } from '../../port/ledger-result.ts'
import type { Account, Allowance } from '../storage/account.ts'
import { type Books, findIdempotencyRecord } from '../storage/books.ts'
import { allowanceLimit, changeAllowance, wake } from './allowance.ts'
import { advanceTo, bookDue } from './due.ts'
import { defaultPriority } from './grant.ts'
import { remember, replayOf } from './idempotency.ts'

export function putAllowance(books: Books, request: PutAllowance, now: Instant): PutAllowanceResult {
  const at = advanceTo(books, now)
  const first = findIdempotencyRecord(books, request.key)
  if (first !== undefined) return replayOf<WriteOk>(first, 'putAllowance', request)
  const { wallet, allowance: id, amount, period, priority = defaultPriority, only, rollover = 0n } = request
  const known = books.accounts.find(wallet)
  if (known !== undefined) {
    bookDue(books, known, at)
    if (known.terms.status === 'closed') return { ok: false, reason: 'wallet_closed' }
    if (!hasRoomFor(known, id, at)) return { ok: false, reason: 'too_many_allowances' }
  }

  const account = known ?? books.accounts.open(wallet)
  wake(books, account, at)
  const terms = { amount, period, priority, only, rollover }
  const allowance = account.allowances.find((one) => one.id === id)
  if (allowance !== undefined) changeAllowance(books, account, allowance, terms, at)
  else if (amount > 0n) {
    const added = openAllowance(id, terms)
    account.allowances = [...account.allowances.filter((one) => !isOver(one, at)), added]
    changeAllowance(books, account, added, terms, at)
  }
  return remember(books, 'putAllowance', request.key, request, { ok: true, replay: false }, at)
}

function hasRoomFor({ allowances }: Account, id: string, at: Instant): boolean {
  if (allowances.length < allowanceLimit || allowances.some((one) => one.id === id)) return true
  return allowances.some((one) => isOver(one, at))
}

/** Whether an allowance has ended, and nothing that it brought can influence a later allowance with its id. */
function isOver({ rollsAt, lastPeriod, brought }: Allowance, at: Instant): boolean {
  return rollsAt === Number.POSITIVE_INFINITY && lastPeriod < at && brought.every(({ endsAt }) => endsAt <= at)
}

function openAllowance(
  id: string,
  terms: Pick<Allowance, 'amount' | 'period' | 'priority' | 'only' | 'rollover'>,
): Allowance {
  const rollsAt = Number.POSITIVE_INFINITY
  return { id, ...terms, rollsAt, lastPeriod: 0, brought: [], isDormant: false, lot: undefined, left: 0n }
}
