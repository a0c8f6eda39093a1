import type { WalletLevel } from '../../model/noun/wallet.ts'
import type { CreditLedger } from '../../port/credit-ledger.ts'
import type { LedgerInvariant } from '../../port/ledger-invariant.ts'
import type { EntryReference } from '../../port/ledger-request.ts'
import type { Balance, Bucket, Entry, LedgerViolation } from '../../port/ledger-result.ts'
import { checkBurning, checkGrants } from './ledger-burn.ts'
import { checkTerms } from './ledger-caps.ts'
import { type Lot, lotName, lotsOf } from './ledger-lots.ts'
import { textOf } from './ledger-model/state.ts'
import { checkRefunds } from './ledger-refunds.ts'
import { debtsOf, foldEntries, mayRepay, sinks, sources, sumOf } from './ledger-sums.ts'
import { type Audit, doneOf, isAbout, type NumberedWrite, numberWrites, type SentWrite } from './ledger-writes.ts'

export { foldEntries } from './ledger-sums.ts'
export { recordWrites, type SentWrite } from './ledger-writes.ts'

/*
 * An audit from outside: it compares the recorded writes and their results with the statements, by naive sums, and shares no
 * code with any ledger.
 */

/**
 * Checks every invariant of `ledgerInvariants` for some wallets, and returns the violations. `sent` must contain every
 * write to these wallets, and no other client may write to the ledger. Takes time quadratic in the number of entries.
 * `met` is called with the name of a rule on caps, burn order or expiry whenever a check of this rule could have
 * failed.
 */
export async function auditLedger(
  ledger: CreditLedger,
  wallets: readonly WalletLevel[],
  sent: readonly SentWrite[],
  met: (rule: string) => void = () => {},
): Promise<readonly LedgerViolation[]> {
  const writes = numberWrites(sent)
  const found: LedgerViolation[] = []
  const statements = new Map<WalletLevel, readonly Entry[]>()
  for (const wallet of wallets) {
    const entries: Entry[] = []
    for await (const entry of ledger.statement(wallet)) entries.push(entry)
    statements.set(wallet, entries)
    const check: Audit['check'] = (invariant, isKept, message) => {
      if (!isKept) found.push({ invariant, wallet, message })
    }
    const audit = { wallet, entries, writes, check, met }
    checkSums(audit)
    checkGrants(audit)
    checkBurning(audit)
    checkRefunds(audit)
    checkTerms(audit)
    const balance = await ledger.balance(wallet)
    const folded = foldEntries(entries)
    check('balance_sum', sameBalance(balance, folded), 'the balance is not the sum of the entries')
    check(
      'entry_sequence',
      entries.every(({ sequence }, i) => sequence === i + 1),
      'the sequence numbers have a gap',
    )
  }
  found.push(...checkKeys(writes), ...(await checkHolds(ledger, statements, writes)))
  return found
}

function sameBalance(one: Balance, other: Balance): boolean {
  return one.sequence === other.sequence && [...sources, ...sinks].every((bucket) => one[bucket] === other[bucket])
}

/** Checks `conservation`, `non_negative` and `overdraft_repaid` after every entry. */
function checkSums(audit: Audit): void {
  const { entries, check } = audit
  const lots = lotsOf(audit)
  for (let length = 1; length <= entries.length; length += 1) {
    const before = entries.slice(0, length)
    const balance = foldEntries(before)
    const total = (buckets: readonly Bucket[]) => buckets.reduce((sum, bucket) => sum + balance[bucket], 0n)
    check(
      'conservation',
      total(sources) === total(sinks),
      `after entry ${length} the sources and the sinks of the balance differ`,
    )
    for (const bucket of [...sources, ...sinks]) {
      check('non_negative', balance[bucket] >= 0n, `after entry ${length} ${bucket} is below zero`)
    }
    checkDebts(audit, before, balance.overdraft, lots)
  }
}

/** Checks `overdraft_repaid` after some entries: no grant has available credits that may repay a debt. */
function checkDebts(
  { check }: Audit,
  before: readonly Entry[],
  overdraft: bigint,
  lots: ReadonlyMap<string, Lot>,
): void {
  const debts = debtsOf(before)
  const total = debts.reduce((sum, { owed }) => sum + owed, 0n)
  const after = `after entry ${before.length}`
  check('overdraft_repaid', total === overdraft, `${after} the debts differ from the overdraft`)
  check(
    'overdraft_repaid',
    debts.every(({ owed }) => owed >= 0n),
    `${after} more of a debt was repaid than was owed`,
  )
  const owed = debts.filter((debt) => debt.owed > 0n)
  if (owed.length === 0) return
  for (const { name, terms } of lots.values()) {
    const own = before.filter((entry) => lotName(entry) === name)
    if (!terms.every(({ only }) => owed.some((debt) => mayRepay(only, debt)))) continue
    check(
      'overdraft_repaid',
      sumOf(own, 'available') === 0n,
      `${after} overdraft is owed although ${name} could repay it`,
    )
  }
}

/**
 * Checks `idempotency`: successful writes with the same key or hold id have equal requests and equal results. Exempts
 * reserves.
 */
function checkKeys(writes: readonly SentWrite[]): readonly LedgerViolation[] {
  const textOf = (value: unknown) =>
    JSON.stringify(value, (name, field) =>
      name === 'replay' ? undefined : typeof field === 'bigint' ? `${field}n` : field,
    )
  const done = new Map<string, string>()
  const found: LedgerViolation[] = []
  for (const { write, request, result } of writes) {
    if (!result.ok || write === 'reserve') continue
    const key = textOf([
      write === 'release',
      request['key'] ?? request['part'] ?? null,
      request['key'] ? null : (request['hold'] ?? null),
    ])
    const content = textOf([request, result])
    const first = done.get(key)
    if (first === undefined) done.set(key, content)
    else if (first !== content)
      found.push({ invariant: 'idempotency', message: `${write} took effect twice: ${first} and ${content}` })
  }
  return found
}

/** Checks `hold_sum`, `hold_lifecycle`, `hold_path` and `hold_cost` for every hold at every level of its path. */
async function checkHolds(
  ledger: CreditLedger,
  statements: ReadonlyMap<WalletLevel, readonly Entry[]>,
  writes: readonly NumberedWrite[],
): Promise<readonly LedgerViolation[]> {
  const found: LedgerViolation[] = []
  const ids = new Set([...statements.values()].flat().flatMap(({ hold }) => hold ?? []))
  for (const write of writes) ids.add(holdOf(write, statements) ?? '')
  ids.delete('')
  for (const hold of ids) {
    const check = (invariant: LedgerInvariant, isKept: boolean, message: string) => {
      if (!isKept) found.push({ invariant, hold, message })
    }
    const state = await ledger.hold(hold)
    const levels = [...statements.values()].map((entries) => entries.filter((entry) => entry.hold === hold))
    const touched = levels.filter((entries) => entries.length > 0)
    for (const entries of touched) {
      check(
        'hold_sum',
        sumOf(entries, 'reserved') === (state?.held ?? 0n),
        'its entries hold a different amount than its state',
      )
      check(
        'hold_cost',
        sumOf(entries, 'spent') === (state?.spent ?? 0n),
        'its entries cost a different amount than its state',
      )
      const end = entries.findIndex(({ type }) => type === 'released' || type === 'lapsed')
      check(
        'hold_lifecycle',
        end < 0 || entries.slice(end).every(({ to }) => to !== 'reserved'),
        'it reserved credits after its end',
      )
      check('hold_lifecycle', end < 0 || state?.held === 0n, 'it has ended and still holds credits')
    }
    if (touched.length > 0)
      check('hold_path', touched.length === state?.path.length, 'it has no entries at some level of its path')
    checkCall(hold, writes, touched, check)
    const own = writes.filter((write) => holdOf(write, statements) === hold)
    if (state?.path.length !== 0) checkAcknowledged(own, touched, check)
  }
  return found
}

/** Returns the hold that a write names, by its id or by an entry of it. */
function holdOf({ request }: SentWrite, statements: ReadonlyMap<WalletLevel, readonly Entry[]>): string | undefined {
  if (typeof request['hold'] === 'string') return request['hold']
  const entry = request['entry'] as EntryReference | undefined
  if (entry === undefined) return undefined
  for (const [wallet, entries] of statements) if (isAbout(entry, wallet)) return entries[entry.sequence - 1]?.hold
  return undefined
}

/** Checks `hold_path`: every entry of a hold shows the call for which the hold or charge was made. */
function checkCall(
  hold: string,
  writes: readonly NumberedWrite[],
  levels: readonly (readonly Entry[])[],
  check: (invariant: LedgerInvariant, isKept: boolean, message: string) => void,
): void {
  const made = [...doneOf(writes, 'reserve'), ...doneOf(writes, 'charge')].filter(
    ({ request }) => request['hold'] === hold,
  )
  if (made.length !== 1) return
  const { path, wallet, tags, note } = made[0]?.request ?? {}
  const call = textOf({ path: path ?? [wallet], tags, note })
  const isShown = levels.flat().every((entry) => textOf(entry.call) === call)
  check('hold_path', isShown, 'its entries show another call than the one it was made for')
}

/** Checks `hold_cost`: the cost in the entries of a hold equals the cost in the results of its writes. */
function checkAcknowledged(
  writes: readonly SentWrite[],
  levels: readonly (readonly Entry[])[],
  check: (invariant: LedgerInvariant, isKept: boolean, message: string) => void,
): void {
  const done = writes.filter(({ result }) => result.ok && result['replay'] === false)
  const total = (...kinds: readonly string[]) =>
    done
      .filter(({ write }) => kinds.includes(write))
      .reduce((sum, { request }) => sum + (request['amount'] as bigint), 0n)
  const cost = total('settle', 'charge') - total('refund')
  check('hold_cost', levels.length > 0 || cost === 0n, 'its acknowledged cost is in no statement')
  for (const entries of levels) {
    check(
      'hold_cost',
      sumOf(entries, 'spent') === cost,
      'its entries cost a different amount than its writes acknowledged',
    )
  }
}
