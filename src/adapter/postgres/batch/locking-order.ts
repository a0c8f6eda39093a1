import { levelRank } from '../../../ledger/wallet-level.ts'
import type { WalletRow } from '../row/row.ts'

type FindParent = (number: number) => WalletRow | undefined

/**
 * Sorts wallets into the locking order of all batches: by type as in the path of a call, then descendants before
 * ancestors, then by number. The common order prevents deadlocks, even between paths that are not chains of parents.
 * Organizations and ancestors are shared by the most batches, and are locked for the shortest time.
 */
export function lockingOrder(rows: readonly WalletRow[], findParent: FindParent): readonly WalletRow[] {
  const levels = rows.map((row) => ({ row, rank: levelRank(row.wallet), level: levelOf(row, findParent) }))
  levels.sort((a, b) => a.rank - b.rank || b.level - a.level || a.row.number - b.row.number)
  return levels.map(({ row }) => row)
}

/** Returns the number of ancestors of a wallet, at most 16. */
function levelOf(row: WalletRow, findParent: FindParent): number {
  let level = 0
  for (let at = row; at.parent !== undefined && level < 16; level += 1) {
    const above = findParent(at.parent)
    if (above === undefined) break
    at = above
  }
  return level
}
