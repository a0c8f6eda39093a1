import type { CallDetails } from '../../port/ledger-result.ts'
import type { Account, Lot } from '../storage/account.ts'
import type { StoredEntry } from '../storage/entry-archive.ts'
import { kindOf, meaningOf } from '../storage/entry-kind.ts'

/** The number of entries of a block. Block `n` has the rows from `n * blockSize`. */
export const blockSize = 64

/** The names that the entries of a block use for accounts and lots. */
export interface BlockNames {
  /** The number of an account in the order of creation, from 0. */
  numberOf(account: Account): number
  accountAt(number: number): Account | undefined
  /** The lot with a creation number. */
  lotAt(order: number): Lot | undefined
}

type Meaning = ReturnType<typeof meaningOf>
type EntryRow = readonly [
  account: number,
  meaning: number,
  amount: string,
  at: number,
  before: number,
  beforeOfHold: number,
  sequence: number,
  lot: number,
  hold: string | 0,
  call: number,
  only: readonly string[] | 0,
  refunds: number,
]
/** The parts of a block. Entries refer to meanings and calls by their place. */
interface Block {
  readonly meanings: readonly Meaning[]
  readonly calls: readonly CallDetails[]
  readonly entries: readonly EntryRow[]
}

/** Formats entries as one string, without line breaks. */
export function formatBlock(entries: Iterable<StoredEntry>, names: Pick<BlockNames, 'numberOf'>): string {
  const kinds = new Map<number, number>()
  const calls = new Map<CallDetails, number>()
  const rows: EntryRow[] = []
  for (const { account, kind, amount, at, before, beforeOfHold, sequence, lot, hold, call, only, refunds } of entries) {
    rows.push([
      names.numberOf(account),
      placeIn(kinds, kind),
      amount.toString(),
      at,
      before,
      beforeOfHold,
      sequence,
      lot?.order ?? 0,
      hold ?? 0,
      call === undefined ? -1 : placeIn(calls, call),
      only ?? 0,
      refunds ?? -1,
    ])
  }
  const block: Block = { meanings: [...kinds.keys()].map(meaningOf), calls: [...calls.keys()], entries: rows }
  return JSON.stringify(block)
}

/**
 * Parses a string of `formatBlock`.
 * @throws {Error} when the string is not a block, or names an unknown account or lot
 */
export function parseBlock(text: string, names: BlockNames): readonly StoredEntry[] {
  const { meanings, calls, entries } = JSON.parse(text) as Block
  const kinds = meanings.map(({ type, from, to }) => kindOf(type, from, to))
  for (const call of calls) Object.freeze(call)
  return entries.map((row): StoredEntry => {
    const [number, kind, amount, at, before, beforeOfHold, sequence, order, hold, call, only, refunds] = row
    const account = names.accountAt(number)
    const lot = order === 0 ? undefined : names.lotAt(order)
    if (account === undefined || (order !== 0 && lot === undefined)) {
      throw new Error(`an entry names account ${number} and grant ${order}, which do not exist`)
    }
    return {
      account,
      kind: kinds[kind] ?? 0,
      amount: BigInt(amount),
      at,
      before,
      beforeOfHold,
      sequence,
      lot,
      hold: hold === 0 ? undefined : hold,
      call: calls[call],
      only: only === 0 ? undefined : Object.freeze(only),
      refunds: refunds < 0 ? undefined : refunds,
    }
  })
}

function placeIn<Key>(places: Map<Key, number>, key: Key): number {
  const known = places.get(key)
  if (known !== undefined) return known
  places.set(key, places.size)
  return places.size - 1
}
