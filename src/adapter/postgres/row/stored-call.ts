import { idTextOf, walletOfText } from '../../../ledger/wallet-level.ts'
import type { WalletLevel } from '../../../model/noun/wallet.ts'
import type { CallDetails } from '../../../port/ledger-result.ts'

/*
 * The stored forms of a call. A level of its path is a number that stands for a wallet, or a wallet reference as its type, its
 * id text and its incarnation. In the column `calls` of an entry block the number is the number of the wallet. In the body of
 * a hold it is the place of the wallet in the path of the hold.
 */

type StoredLevel = number | readonly [type: WalletLevel['type'], idText: string, incarnation: number]
export type StoredCall = readonly [path: readonly StoredLevel[], tags?: readonly string[] | null, note?: string]

/** Writes a call as JSON. `numberOf` returns the number that stands for a level, or `undefined`. */
export function writeCall(
  { path, tags, note }: CallDetails,
  numberOf: (level: WalletLevel) => number | undefined,
): string {
  const [lowest] = path
  // Most calls name one wallet.
  const levels =
    lowest !== undefined && path.length === 1
      ? (numberOf(lowest) ?? writeLevel(lowest))
      : path.map((level) => numberOf(level) ?? writeLevel(level)).join(',')
  if (note !== undefined)
    return `[[${levels}],${tags === undefined ? 'null' : JSON.stringify(tags)},${JSON.stringify(note)}]`
  return tags === undefined ? `[[${levels}]]` : `[[${levels}],${JSON.stringify(tags)}]`
}

function writeLevel(level: WalletLevel): string {
  return JSON.stringify([level.type, idTextOf(level), level.incarnation])
}

/** Reads a call. `walletAt` returns the wallet for which a number stands. */
export function readCall(
  [levels, tags, note]: StoredCall,
  walletAt: (number: number) => WalletLevel | undefined,
): CallDetails {
  const path = levels.map((level) =>
    typeof level === 'number' ? (walletAt(level) as WalletLevel) : walletOfText(...level),
  )
  return Object.freeze({
    path: Object.freeze(path),
    ...(tags === undefined || tags === null ? {} : { tags: Object.freeze(tags) }),
    ...(note === undefined ? {} : { note }),
  })
}

/**
 * Writes the column `calls` of an entry block: a JSON array of the distinct calls, and a JSON array with the index of each
 * entry's call. The second array is omitted while all indexes are 0. Null for a block without calls. `calls` has the
 * stored call of each entry, or null.
 */
export function writeCalls(calls: readonly (string | null)[]): string | null {
  const [first = null] = calls
  if (calls.every((call) => call === first)) return first === null ? null : `[[${first}]]`
  const places = new Map<string, number>()
  const indexes = calls.map((call) => {
    if (call === null) return 0
    const known = places.get(call)
    if (known !== undefined) return known
    places.set(call, places.size)
    return places.size - 1
  })
  if (places.size === 0) return null
  const distinct = `[${[...places.keys()].join(',')}]`
  return places.size === 1 ? `[${distinct}]` : `[${distinct},[${indexes.join(',')}]]`
}

/** The column `calls` of an entry block. */
export class StoredCalls {
  readonly #calls: readonly StoredCall[]
  readonly #indexes: readonly number[] | undefined

  constructor(text: string | null) {
    const [calls, indexes] =
      text === null ? [[]] : (JSON.parse(text) as readonly [readonly StoredCall[], (readonly number[])?])
    this.#calls = calls
    this.#indexes = indexes
  }

  /** Returns the call of the entry at an index of the block. Only valid for an entry that has a hold. */
  at(index: number): StoredCall | undefined {
    return this.#calls[this.#indexes?.[index] ?? 0]
  }

  /** Yields the numbers of all wallets in the paths of the calls. */
  *numbers(): Generator<number, undefined> {
    for (const [path] of this.#calls) for (const level of path) if (typeof level === 'number') yield level
  }
}
