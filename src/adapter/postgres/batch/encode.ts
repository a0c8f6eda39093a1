import { idTextOf } from '../../../ledger/wallet-level.ts'
import type { WalletLevel } from '../../../model/noun/wallet.ts'
import { textArray, textCell } from '../client/text-array.ts'
import { noNumber, type PartName, partNames, parts } from '../row/change-set-part.ts'
import { writeExact } from '../row/exact-json.ts'
import { writeBody } from '../row/hold-body.ts'
import { writeDebts } from '../row/load-result.ts'
import type { AllowanceRow, HoldRow } from '../row/row.ts'
import { writeCalls } from '../row/stored-call.ts'
import type { ChangeSet } from './change-set.ts'

/** The conditions under which a batch may be committed: the facts in the database that the decisions depend on. */
export interface Preconditions {
  /** The versions of the wallets that were read, in the order in which the wallets are locked. */
  readonly versions: readonly (readonly [number: number, version: number])[]
  /** Wallets that must not exist. */
  readonly absentWallets: readonly WalletLevel[]
  /** Loaded holds that are booked at no wallet, so that no version of a wallet shows that they changed. */
  readonly unbookedHolds: readonly HoldRow[]
  readonly absentHolds: readonly string[]
  readonly absentKeys: readonly string[]
}

/** Encodes preconditions. Returns the arguments of the SQL function `check_preconditions`. */
export function encodePreconditions(preconditions: Preconditions): string[] {
  const { versions, absentWallets, unbookedHolds, absentHolds, absentKeys } = preconditions
  return [
    `{${versions.map(([number]) => number).join(',')}}`,
    `{${versions.map(([, version]) => version).join(',')}}`,
    textArray(absentHolds),
    textArray(absentKeys),
    ...walletArrays(absentWallets),
    textArray(unbookedHolds.map(({ id }) => id)),
    textArray(unbookedHolds.map(textOfUnbooked)),
  ]
}

/** Returns the text of a hold that changes with every change of the hold. The SQL `unbookedText` returns the same. */
function textOfUnbooked({ state, amount, held, spent, refunded, createdAt, expiresAt, endedAt }: HoldRow): string {
  return [amount, held, spent, refunded, createdAt, expiresAt, endedAt, state].join(' ')
}

/** Returns three SQL array literals: the types, the ids and the incarnations of the wallets. */
export function walletArrays(wallets: readonly WalletLevel[]): [string, string, string] {
  return [
    `{${wallets.map(({ type }) => type).join(',')}}`,
    textArray(wallets.map(idTextOf)),
    `{${wallets.map(({ incarnation }) => incarnation).join(',')}}`,
  ]
}

/** Encodes preconditions and a change set. Returns the two arguments of the SQL function `commit`. */
export function encodeChangeSet(preconditions: Preconditions, changes: ChangeSet): string[] {
  const encoder = new ArgumentEncoder()
  putWallets(encoder, preconditions, changes)
  putLots(encoder, changes)
  putHolds(encoder, changes)
  encoder.put('deletedKeys', changes.deletedKeys, { ended_at: ({ endedAt }) => endedAt, key: ({ key }) => key })
  encoder.put('insertedKeys', changes.insertedKeys, {
    ended_at: ({ endedAt }) => endedAt,
    key: ({ key }) => key,
    type: ({ type }) => type,
    request: ({ request }) => writeExact(request),
    answer: ({ answer }) => writeExact(answer),
  })
  encoder.put('refunded', changes.refunded, {
    wallet: ({ wallet }) => wallet,
    sequence: ({ sequence }) => sequence,
    amount: ({ amount }) => amount,
  })
  putEntries(encoder, changes)
  return encoder.finish()
}

type Cell = number | bigint | string | null
type Columns<Name extends PartName> = (typeof parts)[Name]['numbers' | 'texts'][number]

/** Builds the two arguments of the SQL function `commit`. Takes the parts in the order of `partNames`. */
class ArgumentEncoder {
  readonly #counts: number[] = []
  readonly #numbers: string[] = []
  readonly #texts: string[] = []

  /**
   * Appends the next part in the order of `partNames`. `cells` contains, for each column, a function from a row to the
   * value of the column. Encodes infinity as `noNumber`.
   */
  put<Name extends PartName, Row>(
    part: Name,
    rows: readonly Row[],
    cells: { readonly [C in Columns<Name>]: (row: Row) => Cell },
  ): void {
    const next = partNames[this.#counts.length]
    if (next !== part) throw new RangeError(`expected the part \`${next}\`, not \`${part}\``)
    this.#counts.push(rows.length)
    if (rows.length === 0) return
    const columns: Readonly<Record<string, (row: Row) => Cell>> = cells
    for (const column of parts[part].numbers) {
      const of = columns[column] as (row: Row) => Cell
      for (const row of rows) this.#numbers.push(numberCell(of(row)))
    }
    for (const column of parts[part].texts) {
      const of = columns[column] as (row: Row) => Cell
      for (const row of rows) this.#texts.push(textCell(of(row) as string | null))
    }
  }

  finish(): string[] {
    return [`{${this.#counts.join(',')},${this.#numbers.join(',')}}`, `{${this.#texts.join(',')}}`]
  }
}

function numberCell(cell: Cell): string {
  return cell === Number.POSITIVE_INFINITY ? String(noNumber) : String(cell)
}

const itself = (id: string): string => id

function putWallets(
  encoder: ArgumentEncoder,
  { versions, absentWallets, unbookedHolds, absentHolds, absentKeys }: Preconditions,
  { wallets }: ChangeSet,
): void {
  encoder.put('expectedVersions', versions, { number: ([number]) => number, version: ([, version]) => version })
  // In locking order, since for few wallets the updates also take the locks.
  const places = new Map(versions.map(([number], place) => [number, place]))
  const inOrder = [...wallets].sort((a, b) => (places.get(a.row.number) ?? 0) - (places.get(b.row.number) ?? 0))
  encoder.put('wallets', inOrder, {
    number: ({ row }) => row.number,
    version: ({ row }) => row.version,
    sequence: ({ row }) => row.sequence,
    granted: ({ row }) => row.amounts.granted,
    drawn: ({ row }) => row.amounts.drawn,
    overdraft: ({ row }) => row.amounts.overdraft,
    written_off: ({ row }) => row.amounts.writtenOff,
    available: ({ row }) => row.amounts.available,
    reserved: ({ row }) => row.amounts.reserved,
    spent: ({ row }) => row.amounts.spent,
    expired: ({ row }) => row.amounts.expired,
    revoked: ({ row }) => row.amounts.revoked,
    at: ({ row }) => row.at,
    ordinal: ({ row }) => row.ordinal,
    due_at: ({ dueAt }) => dueAt,
    cap_spent: ({ row }) => row.capSpent,
    cap_starts_at: ({ row }) => row.capStartsAt,
    cap_ends_at: ({ row }) => row.capEndsAt,
  })
  encoder.put(
    'terms',
    wallets.filter(({ hasNewTerms }) => hasNewTerms),
    {
      number: ({ row }) => row.number,
      parent: ({ row }) => row.parent ?? noNumber,
      terms: ({ row }) => writeExact(row.terms),
      allowances: ({ row }) => (row.allowances.length === 0 ? null : writeAllowances(row.allowances)),
      debts: ({ row }) => writeDebts(row.debts),
    },
  )
  encoder.put('absentWallets', absentWallets, {
    incarnation: ({ incarnation }) => incarnation,
    type: ({ type }) => type,
    id: idTextOf,
  })
  encoder.put('unbookedHolds', unbookedHolds, { id: ({ id }) => id, text: textOfUnbooked })
  encoder.put('absentHolds', absentHolds, { id: itself })
  encoder.put('absentKeys', absentKeys, { key: itself })
}

function writeAllowances(allowances: readonly AllowanceRow[]): string {
  return writeExact(
    allowances.map((allowance) => ({
      ...allowance,
      rollsAt: finiteOrNull(allowance.rollsAt),
      brought: allowance.brought.map(({ amount, endsAt }) => ({ amount, endsAt: finiteOrNull(endsAt) })),
    })),
  )
}

function finiteOrNull(at: number): number | null {
  return Number.isFinite(at) ? at : null
}

function putLots(encoder: ArgumentEncoder, { insertedLots, updatedLots }: ChangeSet): void {
  encoder.put('insertedLots', insertedLots, {
    wallet: ([wallet]) => wallet,
    ordinal: ([, { order }]) => order,
    period: ([, { period }]) => period ?? noNumber,
    priority: ([, { priority }]) => priority,
    effective_at: ([, { effectiveAt }]) => effectiveAt,
    expires_at: ([, { expiresAt }]) => expiresAt,
    amount: ([, { amount }]) => amount,
    available: ([, { available }]) => available,
    reserved: ([, { reserved }]) => reserved,
    is_open: ([, { isOpen }]) => Number(isOpen),
    name: ([, { grant }]) => grant,
    kind: ([, { kind }]) => kind,
    tags: ([, { only }]) => (only === undefined ? null : JSON.stringify(only)),
    state: ([, { state }]) => state,
  })
  encoder.put('updatedLots', updatedLots, {
    wallet: ([wallet]) => wallet,
    ordinal: ([, { order }]) => order,
    amount: ([, { amount }]) => amount,
    available: ([, { available }]) => available,
    reserved: ([, { reserved }]) => reserved,
    is_open: ([, { isOpen }]) => Number(isOpen),
    state: ([, { state }]) => state,
  })
}

function putHolds(encoder: ArgumentEncoder, { deletedHolds, insertedHolds, updatedHolds }: ChangeSet): void {
  encoder.put('deletedHolds', deletedHolds, { created_at: ({ createdAt }) => createdAt, id: ({ id }) => id })
  encoder.put('insertedHolds', insertedHolds, {
    wallet: ({ path }) => path[0] ?? noNumber,
    amount: ({ amount }) => amount,
    held: ({ held }) => held,
    spent: ({ spent }) => spent,
    refunded: ({ refunded }) => refunded,
    created_at: ({ createdAt }) => createdAt,
    expires_at: ({ expiresAt }) => expiresAt,
    ended_at: ({ endedAt }) => endedAt,
    id: ({ id }) => id,
    path: ({ path }) => path.join(','),
    state: ({ state }) => state,
    body: writeBody,
  })
  // Most updates are settlements, which change fewer columns.
  encoder.put('endedHolds', updatedHolds.filter(isPlainEnd).map(after), {
    held: ({ held }) => held,
    spent: ({ spent }) => spent,
    ended_at: ({ endedAt }) => endedAt,
    id: ({ id }) => id,
    state: ({ state }) => state,
    body: writeBody,
  })
  encoder.put('updatedHolds', updatedHolds.filter((update) => !isPlainEnd(update)).map(after), {
    amount: ({ amount }) => amount,
    held: ({ held }) => held,
    spent: ({ spent }) => spent,
    refunded: ({ refunded }) => refunded,
    expires_at: ({ expiresAt }) => expiresAt,
    ended_at: ({ endedAt }) => endedAt,
    id: ({ id }) => id,
    state: ({ state }) => state,
    body: writeBody,
  })
  const cells = {
    wallet: ([number]: AncestorRow) => number,
    expires_at: ([, at]: AncestorRow) => at,
    hold: ([, , id]: AncestorRow) => id,
  }
  // The database still has the ancestor rows of a hold that lapsed and was forgotten within this batch.
  const removed = [...updatedHolds.filter(movesAncestors).map(before), ...deletedHolds].flatMap(ancestorsOf)
  const added = [...insertedHolds, ...updatedHolds.filter(movesAncestors).map(after)].flatMap(ancestorsOf)
  encoder.put('deletedAncestors', removed, cells)
  encoder.put('insertedAncestors', added, cells)
}

type HoldUpdate = ChangeSet['updatedHolds'][number]

const before = ([row]: HoldUpdate): HoldRow => row
const after = ([, row]: HoldUpdate): HoldRow => row

/**
 * Whether an update leaves the amount, the refunded amount and the expiry of a hold unchanged. The part `endedHolds`
 * has all columns for such an update.
 */
function isPlainEnd([before, after]: HoldUpdate): boolean {
  return before.amount === after.amount && before.refunded === after.refunded && before.expiresAt === after.expiresAt
}

/**
 * A row of the table `hold_ancestor`: the number of a wallet in the path of an open hold, above the lowest, with the
 * expiry and the id of the hold.
 */
type AncestorRow = readonly [number: number, expiresAt: number, id: string]

const noAncestors: readonly AncestorRow[] = []

function ancestorsOf({ id, state, path, expiresAt }: HoldRow): readonly AncestorRow[] {
  if (state !== 'held' || path.length < 2) return noAncestors
  return path.slice(1).map((number): AncestorRow => [number, expiresAt, id])
}

/**
 * Whether an update of a hold also changes its rows in the table `hold_ancestor`. True when the hold ends or gets a new
 * expiry.
 */
function movesAncestors([before, after]: HoldUpdate): boolean {
  return before.state === 'held' && (after.state !== 'held' || after.expiresAt !== before.expiresAt)
}

type Entry = ChangeSet['entries'][number]
type Block = readonly [
  wallet: number,
  last: number,
  firstPlace: number,
  lastPlace: number,
  calls: string | null,
  details: string | null,
]

/**
 * Appends two parts: `blocks`, and `entries`, grouped by wallet. All entries of a block took effect at one instant, so
 * that the entries of one cost at every level are found by that instant.
 */
function putEntries(encoder: ArgumentEncoder, { entries }: ChangeSet): void {
  const byWallet = new Map<number, Entry[]>()
  for (const entry of entries) {
    const own = byWallet.get(entry.wallet)
    if (own === undefined) byWallet.set(entry.wallet, [entry])
    else own.push(entry)
  }
  const blocks: Block[] = []
  let place = 1
  for (const [wallet, own] of byWallet) {
    let first = 0
    for (let next = 1; next <= own.length; next += 1) {
      if (next < own.length && own[next]?.at === own[first]?.at) continue
      const part = first === 0 && next === own.length ? own : own.slice(first, next)
      const last = part.at(-1)?.sequence ?? 0
      const calls = writeCalls(part.map(({ call }) => call))
      blocks.push([wallet, last, place + first, place + next - 1, calls, detailsOf(part)])
      first = next
    }
    place += own.length
  }
  encoder.put('blocks', blocks, {
    wallet: ([wallet]) => wallet,
    last: ([, last]) => last,
    first_place: ([, , firstPlace]) => firstPlace,
    last_place: ([, , , lastPlace]) => lastPlace,
    calls: ([, , , , calls]) => calls,
    details: ([, , , , , details]) => details,
  })
  encoder.put('entries', byWallet.size > 1 ? [...byWallet.values()].flat() : entries, {
    at: ({ at }) => at,
    code: ({ code }) => code,
    amount: ({ amount }) => amount,
    lot: ({ lot }) => lot ?? noNumber,
    hold: ({ hold }) => hold,
  })
}

/**
 * Returns a JSON object with the tags of overdraft and the number of the refunded entry, for each entry of a block that
 * has either, by sequence. Null for most blocks.
 */
function detailsOf(entries: readonly Entry[]): string | null {
  let details: Record<number, readonly [only: readonly string[] | null, refunds: number | null]> | undefined
  for (const { sequence, only, refunds } of entries) {
    if (only === undefined && refunds === undefined) continue
    details ??= {}
    details[sequence] = [only ?? null, refunds ?? null]
  }
  return details === undefined ? null : JSON.stringify(details)
}
