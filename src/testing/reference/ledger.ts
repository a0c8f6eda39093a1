import type { LedgerWallet } from '../../model/noun/wallet.ts'
import type { CreditLedger } from '../../port/credit-ledger.ts'
import type { LedgerInvariant } from '../../port/ledger-invariant.ts'
import type { Balance, Bucket, Entry, LedgerViolation } from '../../port/ledger-result.ts'
import { checkBurning, checkGrants } from './ledger-burn.ts'
import { checkTerms } from './ledger-caps.ts'
import { type Audit, isAbout, numberNotes, type SentWrite } from './ledger-notes.ts'
import { foldEntries, sinks, sources, sumOf } from './ledger-sums.ts'

export { noteWrites, type SentWrite } from './ledger-notes.ts'
export { foldEntries } from './ledger-sums.ts'

/*
 * The second opinion on a ledger: it knows what was sent and answered and what the statements say, sums them up in the
 * slowest way there is, and knows nothing of how a ledger works.
 */

/**
 * Checks I1 to I13 for some wallets: all that the notes speak of, in a ledger that only they were written to, and where each
 * was answered. It takes time in the square of the entries. Of the rules on caps, burn order and expiry `met` is told each
 * time that one could have been broken.
 */
export async function auditLedger(
  ledger: CreditLedger,
  wallets: readonly LedgerWallet[],
  sent: readonly SentWrite[],
  met: (rule: string) => void = () => {},
): Promise<readonly LedgerViolation[]> {
  const notes = numberNotes(sent)
  const found: LedgerViolation[] = []
  const statements = new Map<LedgerWallet, readonly Entry[]>()
  for (const wallet of wallets) {
    const entries: Entry[] = []
    for await (const entry of ledger.statement(wallet)) entries.push(entry)
    statements.set(wallet, entries)
    const fault: Audit['fault'] = (invariant, isKept, message) => {
      if (!isKept) found.push({ invariant, wallet, message })
    }
    const audit = { wallet, entries, notes, fault, met }
    checkSums(audit)
    checkGrants(audit)
    checkBurning(audit)
    checkTerms(audit)
    const balance = await ledger.balance(wallet)
    const folded = foldEntries(entries)
    fault('balance_sum', sameBalance(balance, folded), 'the balance is not the sum of the entries')
    fault(
      'entry_sequence',
      entries.every(({ sequence }, i) => sequence === i + 1),
      'the numbers have a gap',
    )
  }
  found.push(...checkKeys(notes), ...(await checkHolds(ledger, statements, notes)))
  return found
}

function sameBalance(one: Balance, other: Balance): boolean {
  return one.sequence === other.sequence && [...sources, ...sinks].every((bucket) => one[bucket] === other[bucket])
}

/** I1 and I2, after every entry. */
function checkSums({ entries, notes, wallet, fault }: Audit): void {
  const bound = boundGrants(wallet, notes)
  for (let length = 1; length <= entries.length; length += 1) {
    const before = entries.slice(0, length)
    const balance = foldEntries(before)
    const total = (buckets: readonly Bucket[]) => buckets.reduce((sum, bucket) => sum + balance[bucket], 0n)
    fault(
      'conservation',
      total(sources) === total(sinks),
      `after entry ${length} what came in is not what became of it`,
    )
    for (const bucket of [...sources, ...sinks]) {
      fault('non_negative', balance[bucket] >= 0n, `after entry ${length} ${bucket} is below zero`)
    }
    const free = before.filter(({ grant }) => grant === undefined || !bound.has(grant))
    fault(
      'overdraft_repaid',
      balance.overdraft === 0n || sumOf(free, 'available') === 0n,
      `after entry ${length} overdraft waits`,
    )
  }
}

/** The names of grants and allowances that are bound to tags. */
function boundGrants(wallet: LedgerWallet, notes: readonly SentWrite[]): ReadonlySet<unknown> {
  const bound = notes.filter(({ request }) => isAbout(request, wallet) && request['only'] !== undefined)
  return new Set(bound.map(({ write, request }) => (write === 'grant' ? request['key'] : request['allowance'])))
}

/** I10: of the same key or hold, and the same write, every answer is the first. */
function checkKeys(notes: readonly SentWrite[]): readonly LedgerViolation[] {
  const text = (value: unknown) =>
    JSON.stringify(value, (name, field) =>
      name === 'replay' ? undefined : typeof field === 'bigint' ? `${field}n` : field,
    )
  const done = new Map<string, string>()
  const found: LedgerViolation[] = []
  for (const { write, request, answer } of notes) {
    if (!answer.ok || write === 'reserve') continue
    const key = text([
      write === 'release',
      request['key'] ?? request['part'] ?? null,
      request['key'] ? null : (request['hold'] ?? null),
    ])
    const said = text([request, answer])
    const first = done.get(key)
    if (first === undefined) done.set(key, said)
    else if (first !== said)
      found.push({ invariant: 'idempotency', message: `${write} was done twice: ${first} and ${said}` })
  }
  return found
}

/** I3, I5, I7 and I12: what each hold holds and has cost, at every level, and that nothing acknowledged is missing. */
async function checkHolds(
  ledger: CreditLedger,
  statements: ReadonlyMap<LedgerWallet, readonly Entry[]>,
  notes: readonly SentWrite[],
): Promise<readonly LedgerViolation[]> {
  const found: LedgerViolation[] = []
  const ids = new Set([...statements.values()].flat().flatMap(({ hold }) => hold ?? []))
  for (const { request } of notes) if (typeof request['hold'] === 'string') ids.add(request['hold'])
  for (const hold of ids) {
    const fault = (invariant: LedgerInvariant, isKept: boolean, message: string) => {
      if (!isKept) found.push({ invariant, hold, message })
    }
    const state = await ledger.hold(hold)
    const levels = [...statements.values()].map((entries) => entries.filter((entry) => entry.hold === hold))
    const touched = levels.filter((entries) => entries.length > 0)
    for (const entries of touched) {
      fault(
        'hold_sum',
        sumOf(entries, 'reserved') === (state?.held ?? 0n),
        'its entries hold another amount than it does',
      )
      fault(
        'hold_cost',
        sumOf(entries, 'spent') === (state?.spent ?? 0n),
        'its entries cost another amount than it does',
      )
      const end = entries.findIndex(({ type }) => type === 'released' || type === 'lapsed')
      fault(
        'hold_lifecycle',
        end < 0 || entries.slice(end).every(({ to }) => to !== 'reserved'),
        'it was held again after its end',
      )
      fault('hold_lifecycle', end < 0 || state?.held === 0n, 'it has ended and holds something')
    }
    if (touched.length > 0)
      fault('hold_path', touched.length === state?.path.length, 'it is not on every level of its path')
    checkAcknowledged(hold, notes, touched, fault)
  }
  return found
}

/** I12: what was answered to be done is in the entries, no more and no less. */
function checkAcknowledged(
  hold: string,
  notes: readonly SentWrite[],
  levels: readonly (readonly Entry[])[],
  fault: (invariant: LedgerInvariant, isKept: boolean, message: string) => void,
): void {
  const done = notes.filter(
    ({ request, answer }) => request['hold'] === hold && answer.ok && answer['replay'] === false,
  )
  const total = (...writes: readonly string[]) =>
    done
      .filter(({ write }) => writes.includes(write))
      .reduce((sum, { request }) => sum + (request['amount'] as bigint), 0n)
  const cost = total('settle', 'charge') - total('refund')
  fault('hold_cost', levels.length > 0 || cost === 0n, 'its cost is in no statement')
  for (const entries of levels) {
    fault('hold_cost', sumOf(entries, 'spent') === cost, 'its entries cost another amount than was acknowledged')
  }
}
