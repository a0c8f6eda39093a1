import type { WalletLevel } from '../model/noun/wallet.ts'
import { isId } from '../model/value/id.ts'
import type { CallDetails } from '../port/ledger-result.ts'

/** Whether two references name the same wallet. */
export function isSameWallet(one: WalletLevel | undefined, other: WalletLevel | undefined): boolean {
  if (one === other) return true
  if (one === undefined || other === undefined) return false
  if (one.incarnation !== other.incarnation) return false
  if (one.type === 'member') return other.type === 'member' && one.team === other.team && one.user === other.user
  return one.type === other.type && one.id === other.id
}

/** Whether two calls have the same path, tags and note. */
export function isSameCall(one: CallDetails | undefined, other: CallDetails | undefined): boolean {
  if (one === undefined || other === undefined || one === other) return one === other
  return isSamePath(one.path, other.path) && isSameTags(one.tags, other.tags) && one.note === other.note
}

/** Whether two paths have the same wallets, in the same order. */
export function isSamePath(one: readonly WalletLevel[], other: readonly WalletLevel[]): boolean {
  return one.length === other.length && one.every((level, i) => isSameWallet(level, other[i]))
}

/** Whether two lists of tags are the same, in the same order. */
export function isSameTags(one: readonly string[] | undefined, other: readonly string[] | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  return one.length === other.length && one.every((tag, i) => tag === other[i])
}

/** Whether two requests are deeply equal. A missing field and a field with the value `undefined` are equal. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  const keys = new Set([...Object.keys(one), ...Object.keys(other)])
  for (const key of keys) if (!isSame(Reflect.get(one, key), Reflect.get(other, key))) return false
  return true
}

/** Whether a value is a string that is a valid id. */
export function isIdText(value: unknown): value is string {
  return typeof value === 'string' && isId(value)
}
