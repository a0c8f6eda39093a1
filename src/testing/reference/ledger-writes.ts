import type { WalletLevel } from '../../model/noun/wallet.ts'
import type { CreditLedger } from '../../port/credit-ledger.ts'
import type { LedgerInvariant } from '../../port/ledger-invariant.ts'
import type { Entry } from '../../port/ledger-result.ts'

/**
 * A write that was sent to a ledger, with its result. Lists of sent writes are in the order in which the results
 * arrived.
 */
export interface SentWrite {
  readonly write: string
  readonly request: { readonly [field: string]: unknown }
  readonly result: { readonly ok: boolean; readonly [field: string]: unknown }
  /**
   * The number of writes that had returned before this write was sent. These writes certainly took effect first.
   * Default: 0.
   */
  readonly sent?: number
}

/**
 * Wraps a ledger to record its writes. Appends each write to `writes` when the write returns. Does not record a write
 * that throws.
 */
export function recordWrites(ledger: CreditLedger, writes: SentWrite[]): CreditLedger {
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
        const sent = writes.length
        const result = await (value.call(target, request) as Promise<SentWrite['result']>)
        writes.push({ write: String(name), request, result, sent })
        return result
      }
    },
  })
}

/** A sent write. `place` is the index of the write in the list of sent writes. */
export interface NumberedWrite extends SentWrite {
  readonly place: number
  readonly sent: number
}

/** The input for auditing one wallet: its statement, the sent writes, and the callbacks that receive the findings. */
export interface Audit {
  readonly wallet: WalletLevel
  readonly entries: readonly Entry[]
  readonly writes: readonly NumberedWrite[]
  readonly check: (invariant: LedgerInvariant, isKept: boolean, message: string) => void
  /** Called with the name of a rule whenever a check of this rule could have failed. */
  readonly met: (rule: string) => void
}

/** Whether write `one` certainly took effect before write `other`: `one` returned before `other` was sent. */
export function isBefore(one: NumberedWrite | undefined, other: NumberedWrite | undefined): boolean {
  return one !== undefined && other !== undefined && one.place < other.sent
}

/** Whether a request is for this wallet. */
export function isAbout(request: { readonly wallet?: unknown } | SentWrite['request'], wallet: WalletLevel): boolean {
  const own = request.wallet as WalletLevel | undefined
  return own !== undefined && nameOf(own) === nameOf(wallet)
}

/** Returns a string that only this wallet has. */
function nameOf(wallet: WalletLevel): string {
  const ids = wallet.type === 'member' ? [wallet.team, wallet.user] : [wallet.id]
  return JSON.stringify([wallet.type, ...ids, wallet.incarnation])
}

/** Returns the writes with their list indexes as `place`. */
export function numberWrites(writes: readonly SentWrite[]): readonly NumberedWrite[] {
  return writes.map((write, place) => ({ ...write, place, sent: write.sent ?? 0 }))
}

/**
 * Returns the successful writes of a kind, without repeats. If only a replay was recorded, the write may have taken
 * effect at any earlier time, so its `sent` is 0.
 */
export function doneOf(writes: readonly NumberedWrite[], kind: string): readonly NumberedWrite[] {
  const name = ({ request }: NumberedWrite) => request['key'] ?? request['hold']
  const succeeded = writes.filter(({ write, result }) => write === kind && result.ok)
  const firsts = succeeded.filter(({ result }) => result['replay'] !== true)
  const recorded = new Set(firsts.map(name))
  const repeats = new Map(succeeded.filter((one) => !recorded.has(name(one))).map((one) => [name(one), one]))
  return [...firsts, ...[...repeats.values()].map((one) => ({ ...one, sent: 0 }))]
}

/**
 * Returns the write that posted each entry. Includes only entries that identify their write: those of reserves,
 * extends, charges and immediate grants.
 */
export function writersOf({ entries, writes, wallet }: Pick<Audit, 'entries' | 'writes' | 'wallet'>) {
  const writers = new Map<Entry, NumberedWrite>()
  const reserves = [...doneOf(writes, 'reserve'), ...doneOf(writes, 'extend')].filter(
    ({ write, request }) => write === 'reserve' || request['increase'] !== undefined,
  )
  const charges = doneOf(writes, 'charge')
  const grants = doneOf(writes, 'grant').filter(({ request }) => isAbout(request, wallet))
  const held = new Map<string, bigint>()
  for (const entry of entries) {
    const { type, hold, amount, grant } = entry
    if (type === 'reserved' && hold !== undefined) {
      const sum = (held.get(hold) ?? 0n) + amount
      held.set(hold, sum)
      // Reserves and extends return the hold's total amount, so the running sum identifies the write of an entry.
      const after = reserves
        .filter(({ request, result }) => request['hold'] === hold && (result['amount'] as bigint) >= sum)
        .sort((a, b) => ((a.result['amount'] as bigint) < (b.result['amount'] as bigint) ? -1 : 1))
      if (after[0] !== undefined) writers.set(entry, after[0])
    }
    const makers =
      type === 'charged'
        ? charges.filter(({ request }) => request['hold'] === hold)
        : type === 'granted' && entry.period === undefined
          ? grants.filter(({ request }) => request['key'] === grant && request['effectiveAt'] === undefined)
          : []
    if (makers.length === 1 && makers[0] !== undefined) writers.set(entry, makers[0])
  }
  return writers
}
