import type { Bucket } from '../../port/bucket.ts'
import { isSameTags } from '../same.ts'
import { type Account, type Debt, type Lot, smaller } from '../storage/account.ts'

type Tags = readonly string[] | undefined
/** The part of an account that its debts are in. */
export type Debtor = Pick<Account, 'overdraft' | 'debts'>

/** Returns the debt of an account that bars calls with these tags, and creates it when necessary. */
export function debtFor(account: Pick<Account, 'debts'>, only: Tags): Debt {
  const known = account.debts.find((debt) => isSameTags(debt.only, only))
  if (known !== undefined) return known
  const debt: Debt = { only, owed: 0n, repaidBy: undefined }
  account.debts.push(debt)
  return debt
}

/** Whether credits with these tags may repay a debt: unrestricted credits any, restricted ones a debt that shares a tag. */
export function mayRepay(only: Tags, debt: Pick<Debt, 'only'>): boolean {
  return only === undefined || debt.only?.some((tag) => only.includes(tag)) === true
}

/** Whether a debt bars calls with these tags: an unrestricted debt every call, a restricted one calls that share a tag. */
export function bars({ only, owed }: Debt, tags: Tags): boolean {
  return owed > 0n && (only === undefined || tags?.some((tag) => only.includes(tag)) === true)
}

/** Whether an account owes a debt that bars calls with these tags. Ignores the funding, which must not cancel a debt. */
export function isBarred({ overdraft, debts }: Debtor, tags: Tags): boolean {
  return overdraft > 0n && debts.some((debt) => bars(debt, tags))
}

/**
 * Repays debts with up to `amount` of credits that have these tags, restricted debts first. Calls `repaid` for each debt.
 * Returns the repaid amount. The caller writes the entries.
 */
export function repay(account: Debtor, only: Tags, amount: bigint, repaid: (debt: Debt, part: bigint) => void): bigint {
  let rest = amount
  for (const isRestricted of [true, false]) {
    for (const debt of account.debts) {
      if (rest === 0n) return amount
      if (debt.owed === 0n || (debt.only !== undefined) !== isRestricted || !mayRepay(only, debt)) continue
      const part = smaller(debt.owed, rest)
      debt.owed -= part
      account.overdraft -= part
      rest -= part
      repaid(debt, part)
    }
  }
  return amount - rest
}

/**
 * Returns the tags to which overdraft of a cost is restricted, or `undefined` for unrestricted overdraft. `payers` are the
 * lots that paid some of the cost, the last one last. Only tags that the call has are returned, so no available credits
 * may repay the new debt.
 */
export function onlyOfOverdraft(account: Account, tags: Tags, payers: readonly Lot[], at: number): Tags {
  const last = payers.at(-1)
  if (tags === undefined || payers.some(({ only }) => only === undefined)) return undefined
  const shared = tags.filter((tag) => (last === undefined ? isRestricted(account, tag, at) : last.only?.includes(tag)))
  return shared.length === 0 ? undefined : Object.freeze(shared.sort())
}

/** Whether an account has live credits (spent ones count too) or an allowance that are restricted to a tag. */
function isRestricted({ tagEnds, allowances }: Account, tag: string, at: number): boolean {
  if ((tagEnds?.get(tag) ?? 0) > at) return true
  return allowances.some(({ only, rollsAt }) => only?.includes(tag) === true && rollsAt !== Number.POSITIVE_INFINITY)
}

/**
 * Counts an entry from or to `overdraft` in the debts of an account. `lot` is the lot of the entry, which repaid the debt.
 */
export function countDebt(
  account: Pick<Account, 'debts'>,
  { from, only, amount }: { readonly from: Bucket; readonly only: Tags; readonly amount: bigint },
  lot: Lot | undefined,
): Debt {
  const debt = debtFor(account, only)
  debt.owed += from === 'overdraft' ? amount : -amount
  if (lot !== undefined) debt.repaidBy = lot
  return debt
}
