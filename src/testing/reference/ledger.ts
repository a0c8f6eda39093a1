import type { LedgerWallet } from '../../model/wallet.ts'
import type { CreditLedger } from '../../port/credit-ledger.ts'
import type { Grant, PutWallet } from '../../port/ledger-request.ts'
import type { Balance, Bucket, Entry, Violation } from '../../port/ledger-result.ts'

/*
 * The second opinion on a ledger: it knows what was sent and answered and what the statements say, sums them up in the
 * slowest way there is, and knows nothing of how a ledger works.
 */

const sources: readonly Bucket[] = ['granted', 'drawn', 'overdraft', 'writtenOff']
const sinks: readonly Bucket[] = ['available', 'reserved', 'spent', 'expired', 'revoked']

/** What has moved into a bucket, less what has moved out of it. */
function sumOf(entries: readonly Entry[], bucket: Bucket): bigint {
  let sum = 0n
  for (const { from, to, amount } of entries) {
    if (to === bucket) sum += amount
    if (from === bucket) sum -= amount
  }
  return sources.includes(bucket) ? -sum : sum
}

/** The balance after some entries, from the first on, as the port defines it. */
export function foldEntries(entries: readonly Entry[]): Balance {
  const amounts = Object.fromEntries([...sources, ...sinks].map((bucket) => [bucket, sumOf(entries, bucket)]))
  return { sequence: entries.length, ...amounts } as unknown as Balance
}

/** A write that was sent, with its answer. */
export interface SentWrite {
  readonly write: string
  readonly request: { readonly [field: string]: unknown }
  readonly answer: { readonly ok: boolean; readonly [field: string]: unknown }
}

/** A ledger that notes down everything that is written through it. */
export function noteWrites(ledger: CreditLedger, notes: SentWrite[]): CreditLedger {
  const reads: readonly PropertyKey[] = [
    'balance',
    'wallet',
    'hold',
    'statement',
    'sweep',
    'verify',
    'export',
    'import',
    'close',
  ]
  return new Proxy(ledger, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      if (reads.includes(name)) return value.bind(target)
      return async (request: SentWrite['request']) => {
        const answer = await (value.call(target, request) as Promise<SentWrite['answer']>)
        notes.push({ write: String(name), request, answer })
        return answer
      }
    },
  })
}

/** What is found wrong with a wallet's statement, by itself and against what was sent. */
interface Audit {
  readonly wallet: LedgerWallet
  readonly entries: readonly Entry[]
  readonly notes: readonly SentWrite[]
  readonly fault: (invariant: string, isKept: boolean, message: string) => void
}

/**
 * Checks I1 to I13 for some wallets: all that the notes speak of, in a ledger that only they were written to. It takes time
 * in the square of the entries.
 */
export async function auditLedger(
  ledger: CreditLedger,
  wallets: readonly LedgerWallet[],
  notes: readonly SentWrite[],
): Promise<readonly Violation[]> {
  const found: Violation[] = []
  const statements = new Map<LedgerWallet, readonly Entry[]>()
  for (const wallet of wallets) {
    const entries: Entry[] = []
    for await (const entry of ledger.statement(wallet)) entries.push(entry)
    statements.set(wallet, entries)
    const fault: Audit['fault'] = (invariant, isKept, message) => {
      if (!isKept) found.push({ invariant, wallet, message })
    }
    const audit = { wallet, entries, notes, fault }
    checkSums(audit)
    checkGrants(audit)
    checkCap(audit)
    const balance = await ledger.balance(wallet)
    const folded = foldEntries(entries)
    fault('I8', sameBalance(balance, folded), 'the balance is not the sum of the entries')
    fault(
      'I9',
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
    fault('I1', total(sources) === total(sinks), `after entry ${length} what came in is not what became of it`)
    for (const bucket of [...sources, ...sinks]) {
      fault('I2', balance[bucket] >= 0n, `after entry ${length} ${bucket} is below zero`)
    }
    const free = before.filter(({ grant }) => grant === undefined || !bound.has(grant))
    fault('I2', balance.overdraft === 0n || sumOf(free, 'available') === 0n, `after entry ${length} overdraft waits`)
  }
}

function isAbout(request: SentWrite['request'], wallet: LedgerWallet): boolean {
  const whose = request['wallet'] as LedgerWallet | undefined
  return whose?.id === wallet.id && whose.type === wallet.type && whose.incarnation === wallet.incarnation
}

/** The names of grants and allowances that are bound to tags. */
function boundGrants(wallet: LedgerWallet, notes: readonly SentWrite[]): ReadonlySet<unknown> {
  const bound = notes.filter(({ request }) => isAbout(request, wallet) && request['only'] !== undefined)
  return new Set(bound.map(({ write, request }) => (write === 'grant' ? request['key'] : request['allowance'])))
}

/** I4, I11 and I13: what each grant gave, in which order, and what was lost of it. */
function checkGrants({ entries, notes, wallet, fault }: Audit): void {
  const name = ({ grant, period }: Entry) => JSON.stringify([grant, period])
  const requests = new Map<string, Grant & { readonly order: number }>()
  for (const { write, request, answer } of notes) {
    if (write !== 'grant' || !answer.ok || answer['replay'] === true || !isAbout(request, wallet)) continue
    const grant = request as unknown as Grant
    requests.set(JSON.stringify([grant.key, undefined]), { ...grant, order: requests.size })
  }
  for (const grant of new Set(entries.filter((entry) => entry.grant !== undefined).map(name))) {
    const own = entries.filter((entry) => name(entry) === grant)
    for (let length = 1; length <= own.length; length += 1) {
      const before = own.slice(0, length)
      for (const bucket of ['available', 'reserved'] as const) {
        fault('I4', sumOf(before, bucket) >= 0n, `grant ${grant} gave more than it had`)
      }
    }
    const brought = requests.get(grant)?.amount
    fault(
      'I4',
      brought === undefined || sumOf(own, 'granted') <= brought,
      `grant ${grant} brought more than was granted`,
    )
    const last = own.findIndex(({ type }) => type === 'expired')
    if (last < 0) continue
    fault('I13', sumOf(own.slice(0, last + 1), 'available') === 0n, `grant ${grant} expired, but not all of it`)
    fault(
      'I13',
      own.slice(last + 1).every(({ to }) => to !== 'available'),
      `grant ${grant} expired, and came back`,
    )
  }
  entries.forEach((entry, i) => {
    const own = requests.get(name(entry))
    if (
      entry.from !== 'available' ||
      own === undefined ||
      own.only ||
      entry.type === 'expired' ||
      entry.type === 'revoked'
    )
      return
    for (const earlier of requests.values()) {
      if (earlier.only !== undefined || !burnsBefore(earlier, own)) continue
      const left = sumOf(
        entries.slice(0, i).filter(({ grant, period }) => grant === earlier.key && period === undefined),
        'available',
      )
      fault('I11', left === 0n, `entry ${i + 1} took from grant ${own.key}, while ${earlier.key} had something left`)
    }
  })
}

type Ordered = Grant & { readonly order: number }

function burnsBefore(one: Ordered, other: Ordered): boolean {
  const rank = ({ priority = 100, expiresAt = Number.POSITIVE_INFINITY, order }: Ordered) => [
    priority,
    expiresAt,
    order,
  ]
  const [a, b] = [rank(one), rank(other)]
  const at = a.findIndex((value, i) => value !== b[i])
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0)
}

/** I6, where the wallet had one cap for all time from the start: no reservation exceeds it. */
function checkCap({ entries, notes, wallet, fault }: Audit): void {
  const puts = notes.filter(
    ({ write, request, answer }) => write === 'putWallet' && answer.ok && isAbout(request, wallet),
  )
  const [first] = puts
  const cap = (first?.request as unknown as PutWallet | undefined)?.cap
  if (puts.length !== 1 || cap === undefined || cap.period !== undefined) return
  entries.forEach(({ type }, i) => {
    if (type !== 'reserved') return
    const { spent, reserved } = foldEntries(entries.slice(0, i + 1))
    fault('I6', spent + reserved <= cap.amount, `entry ${i + 1} reserved beyond the cap`)
  })
}

/** I10: of the same key or hold, and the same write, every answer is the first. */
function checkKeys(notes: readonly SentWrite[]): readonly Violation[] {
  const text = (value: unknown) =>
    JSON.stringify(value, (name, field) =>
      name === 'replay' ? undefined : typeof field === 'bigint' ? `${field}n` : field,
    )
  const done = new Map<string, string>()
  const found: Violation[] = []
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
    else if (first !== said) found.push({ invariant: 'I10', message: `${write} was done twice: ${first} and ${said}` })
  }
  return found
}

/** I3, I5, I7 and I12: what each hold holds and has cost, at every level, and that nothing acknowledged is missing. */
async function checkHolds(
  ledger: CreditLedger,
  statements: ReadonlyMap<LedgerWallet, readonly Entry[]>,
  notes: readonly SentWrite[],
): Promise<readonly Violation[]> {
  const found: Violation[] = []
  const ids = new Set([...statements.values()].flat().flatMap(({ hold }) => hold ?? []))
  for (const { request } of notes) if (typeof request['hold'] === 'string') ids.add(request['hold'])
  for (const hold of ids) {
    const fault = (invariant: string, isKept: boolean, message: string) => {
      if (!isKept) found.push({ invariant, hold, message })
    }
    const state = await ledger.hold(hold)
    const levels = [...statements.values()].map((entries) => entries.filter((entry) => entry.hold === hold))
    const touched = levels.filter((entries) => entries.length > 0)
    for (const entries of touched) {
      fault('I3', sumOf(entries, 'reserved') === (state?.held ?? 0n), 'its entries hold another amount than it does')
      fault('I12', sumOf(entries, 'spent') === (state?.spent ?? 0n), 'its entries cost another amount than it does')
      const end = entries.findIndex(({ type }) => type === 'released' || type === 'lapsed')
      fault('I5', end < 0 || entries.slice(end).every(({ to }) => to !== 'reserved'), 'it was held again after its end')
      fault('I5', end < 0 || state?.held === 0n, 'it has ended and holds something')
    }
    if (touched.length > 0) fault('I7', touched.length === state?.path.length, 'it is not on every level of its path')
    checkAcknowledged(hold, notes, touched, fault)
  }
  return found
}

/** I12: what was answered to be done is in the entries, no more and no less. */
function checkAcknowledged(
  hold: string,
  notes: readonly SentWrite[],
  levels: readonly (readonly Entry[])[],
  fault: (invariant: string, isKept: boolean, message: string) => void,
): void {
  const done = notes.filter(
    ({ request, answer }) => request['hold'] === hold && answer.ok && answer['replay'] === false,
  )
  const total = (...writes: readonly string[]) =>
    done
      .filter(({ write }) => writes.includes(write))
      .reduce((sum, { request }) => sum + (request['amount'] as bigint), 0n)
  const cost = total('settle', 'charge') - total('refund')
  fault('I12', levels.length > 0 || cost === 0n, 'its cost is in no statement')
  for (const entries of levels) {
    fault('I12', sumOf(entries, 'spent') === cost, 'its entries cost another amount than was acknowledged')
  }
}
