import type { WalletLevel } from '../../model/noun/wallet.ts'
import { idTextOf } from '../wallet-level.ts'

/** Compares two strings by code point, which is the order of their bytes in UTF-8. */
export function compareText(one: string, other: string): number {
  const length = Math.min(one.length, other.length)
  for (let i = 0; i < length; i += 1) {
    const [a, b] = [one.charCodeAt(i), other.charCodeAt(i)]
    if (a !== b) return rank(a) - rank(b)
  }
  return one.length - other.length
}

/** Returns the sort rank of a UTF-16 code unit. Surrogates rank last, because they encode the highest code points. */
function rank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit
}

/** Compares two wallets by type, id and incarnation. The id of a membership is its team and user as JSON. */
export function compareWallet(one: WalletLevel, other: WalletLevel): number {
  return (
    compareText(one.type, other.type) ||
    compareText(idTextOf(one), idTextOf(other)) ||
    one.incarnation - other.incarnation
  )
}
