import { noNumber, type PartName, partNames, parts } from '../row/change-set-part.ts'
import { writeExact } from '../row/exact-json.ts'
import { writeBody } from '../row/hold-body.ts'
import type { AllowanceRow, HoldRow } from '../row/row.ts'
import type { ChangeSet } from './change-set.ts'
import { isOpenLot } from './change-set.ts'

/** What a batch believed when it decided. */
export interface Preconditions {
  /** The wallets it rests on and their versions, in the order they are locked. */
  readonly seen: readonly (readonly [number: number, version: number])[]
  readonly absentHolds: readonly string[]
  readonly absentKeys: readonly string[]
}

const special = /["\\]/g

/** The literal of an array of texts. */
export function texts(cells: readonly (string | null)[]): string {
  return `{${cells.map((cell) => (cell === null ? 'null' : `"${quoteText(cell)}"`)).join(',')}}`
}

function quoteText(text: string): string {
  return text.includes('"') || text.includes('\\') ? text.replace(special, '\\$&') : text
}

/** The arguments of the function `still_true`. */
export function encodePreconditions({ seen, absentHolds, absentKeys }: Preconditions): string[] {
  return [
    `{${seen.map(([number]) => number).join(',')}}`,
    `{${seen.map(([, version]) => version).join(',')}}`,
    texts(absentHolds),
    texts(absentKeys),
  ]
}

/** The arguments of the function `commit`. */
export function encodeChangeSet(belief: Preconditions, draft: ChangeSet): string[] {
  const parcel = new ArgumentEncoder()
  putWallets(parcel, belief, draft)
  putLots(parcel, draft)
  putHolds(parcel, draft)
  parcel.put('goneKeys', draft.goneKeys, { ended_at: ({ endedAt }) => endedAt, key: ({ key }) => key })
  parcel.put('keys', draft.keys, {
    ended_at: ({ endedAt }) => endedAt,
    key: ({ key }) => key,
    type: ({ type }) => type,
    request: ({ request }) => writeExact(request),
    answer: ({ answer }) => writeExact(answer),
  })
  putEntries(parcel, draft)
  return parcel.seal()
}

type Cell = number | bigint | string | null
type Columns<Name extends PartName> = (typeof parts)[Name]['numbers' | 'texts'][number]

/** The parts of a draft, as they travel. */
class ArgumentEncoder {
  readonly #counts: number[] = []
  readonly #numbers: string[] = []
  readonly #texts: string[] = []

  /** Puts the next part. An instant that never comes is no number. */
  put<Name extends PartName, Row>(
    part: Name,
    rows: readonly Row[],
    cells: { readonly [C in Columns<Name>]: (row: Row) => Cell },
  ): void {
    if (partNames[this.#counts.length] !== part) throw new RangeError(`expected another part than ${part}`)
    this.#counts.push(rows.length)
    if (rows.length === 0) return
    const columns: Readonly<Record<string, (row: Row) => Cell>> = cells
    for (const column of parts[part].numbers) {
      const of = columns[column] as (row: Row) => Cell
      for (const row of rows) this.#numbers.push(number(of(row)))
    }
    for (const column of parts[part].texts) {
      const of = columns[column] as (row: Row) => Cell
      for (const row of rows) this.#texts.push(text(of(row)))
    }
  }

  seal(): string[] {
    return [`{${this.#counts.join(',')},${this.#numbers.join(',')}}`, `{${this.#texts.join(',')}}`]
  }
}

function number(cell: Cell): string {
  return cell === Number.POSITIVE_INFINITY ? String(noNumber) : String(cell)
}

function text(cell: Cell): string {
  return cell === null ? 'null' : `"${quoteText(cell as string)}"`
}

const itself = (id: string): string => id

function putWallets(
  parcel: ArgumentEncoder,
  { seen, absentHolds, absentKeys }: Preconditions,
  { wallets }: ChangeSet,
): void {
  parcel.put('seen', seen, { number: ([number]) => number, version: ([, version]) => version })
  // In the order that they are locked in, since a few are locked by being written.
  const places = new Map(seen.map(([number], place) => [number, place]))
  const inOrder = [...wallets].sort((a, b) => (places.get(a.row.number) ?? 0) - (places.get(b.row.number) ?? 0))
  parcel.put('wallets', inOrder, {
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
  parcel.put(
    'terms',
    wallets.filter(({ isSaidAnew }) => isSaidAnew),
    {
      number: ({ row }) => row.number,
      parent: ({ row }) => row.parent ?? noNumber,
      terms: ({ row }) => writeExact(row.terms),
      allowances: ({ row }) => (row.allowances.length === 0 ? null : writeAllowances(row.allowances)),
    },
  )
  parcel.put('absentHolds', absentHolds, { id: itself })
  parcel.put('absentKeys', absentKeys, { key: itself })
}

function writeAllowances(allowances: readonly AllowanceRow[]): string {
  return writeExact(allowances.map((one) => ({ ...one, rollsAt: Number.isFinite(one.rollsAt) ? one.rollsAt : null })))
}

function putLots(parcel: ArgumentEncoder, { openedLots, changedLots }: ChangeSet): void {
  parcel.put('openedLots', openedLots, {
    wallet: ([wallet]) => wallet,
    ordinal: ([, { order }]) => order,
    period: ([, { period }]) => period ?? noNumber,
    priority: ([, { priority }]) => priority,
    effective_at: ([, { effectiveAt }]) => effectiveAt,
    expires_at: ([, { expiresAt }]) => expiresAt,
    amount: ([, { amount }]) => amount,
    available: ([, { available }]) => available,
    reserved: ([, { reserved }]) => reserved,
    is_open: ([, lot]) => Number(isOpenLot(lot)),
    name: ([, { grant }]) => grant,
    kind: ([, { kind }]) => kind,
    tags: ([, { only }]) => (only === undefined ? null : JSON.stringify(only)),
    state: ([, { state }]) => state,
  })
  parcel.put('changedLots', changedLots, {
    wallet: ([wallet]) => wallet,
    ordinal: ([, { order }]) => order,
    available: ([, { available }]) => available,
    reserved: ([, { reserved }]) => reserved,
    is_open: ([, lot]) => Number(isOpenLot(lot)),
    state: ([, { state }]) => state,
  })
}

/** A level above the lowest that a hold is over: the wallet, when the hold lapses, and its id. */
type Above = readonly [number: number, expiresAt: number, id: string]

function putHolds(parcel: ArgumentEncoder, { goneHolds, openedHolds: opened, changedHolds: changed }: ChangeSet): void {
  parcel.put('goneHolds', goneHolds, { created_at: ({ createdAt }) => createdAt, id: ({ id }) => id })
  parcel.put('openedHolds', opened, {
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
  // What mostly changes is only what a settlement does, which is written with fewer columns.
  parcel.put('endedHolds', changed.filter(isPlainEnd).map(later), {
    held: ({ held }) => held,
    spent: ({ spent }) => spent,
    ended_at: ({ endedAt }) => endedAt,
    id: ({ id }) => id,
    state: ({ state }) => state,
    body: writeBody,
  })
  parcel.put('changedHolds', changed.filter((change) => !isPlainEnd(change)).map(later), {
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
    wallet: ([number]: Above) => number,
    expires_at: ([, at]: Above) => at,
    hold: ([, , id]: Above) => id,
  }
  // One that lapsed and was forgotten in this very batch was never written as lapsed.
  parcel.put('below', [...changed.flatMap(fallen), ...goneHolds.flatMap(risen)], cells)
  parcel.put('above', [...opened.flatMap(risen), ...changed.flatMap(moved)], cells)
}

type Change = ChangeSet['changedHolds'][number]

const later = ([, after]: Change): HoldRow => after

/** Whether nothing is different but what is held, what it has cost, and whether it has ended. */
function isPlainEnd([before, after]: Change): boolean {
  return before.amount === after.amount && before.refunded === after.refunded && before.expiresAt === after.expiresAt
}

function risen({ id, state, path, expiresAt }: HoldRow): readonly Above[] {
  return state === 'held' ? path.slice(1).map((number): Above => [number, expiresAt, id]) : []
}

function isMoved([before, after]: Change): boolean {
  return before.state === 'held' && (after.state !== 'held' || after.expiresAt !== before.expiresAt)
}

function fallen(change: Change): readonly Above[] {
  return isMoved(change) ? risen(change[0]) : []
}

function moved(change: Change): readonly Above[] {
  return isMoved(change) ? risen(change[1]) : []
}

/** The entries of each wallet side by side, and where they begin and end. */
function putEntries(parcel: ArgumentEncoder, { entries }: ChangeSet): void {
  const byWallet = new Map<number, ChangeSet['entries'][number][]>()
  for (const entry of entries) {
    const own = byWallet.get(entry.wallet)
    if (own === undefined) byWallet.set(entry.wallet, [entry])
    else own.push(entry)
  }
  const sheets: (readonly [wallet: number, last: number, begins: number, ends: number])[] = []
  let begins = 1
  for (const [wallet, own] of byWallet) {
    sheets.push([wallet, own.at(-1)?.sequence ?? 0, begins, begins + own.length - 1])
    begins += own.length
  }
  parcel.put('sheets', sheets, {
    wallet: ([wallet]) => wallet,
    last: ([, last]) => last,
    begins: ([, , from]) => from,
    ends: ([, , , to]) => to,
  })
  parcel.put('entries', byWallet.size > 1 ? [...byWallet.values()].flat() : entries, {
    at: ({ at }) => at,
    movement: ({ movement }) => movement,
    amount: ({ amount }) => amount,
    lot: ({ lot }) => lot ?? noNumber,
    hold: ({ hold }) => hold,
  })
}
