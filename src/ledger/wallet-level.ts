import type { WalletLevel } from '../model/noun/wallet.ts'

/** The types of wallets, from the narrowest level of a path to the widest. The three principals are one level. */
const ranks: { readonly [T in WalletLevel['type']]: number } = {
  credential: 0,
  member: 1,
  user: 2,
  team: 2,
  virtualAccount: 2,
  organization: 3,
}

/** Returns the rank of a wallet in a path: 0 for a credential, 1 for a membership, 2 for a principal, 3 for an organization. */
export function levelRank({ type }: WalletLevel): number {
  return ranks[type]
}

/** Whether a wallet belongs to a principal: a user, a team or a virtual account. */
export function isPrincipal(wallet: WalletLevel): boolean {
  return levelRank(wallet) === ranks.team
}

/**
 * Whether a wallet can stand alone: as the only wallet of a call, below a parent, or as a parent. False for a
 * credential and for a membership, which only bound calls that a wallet above them pays.
 */
export function standsAlone(wallet: WalletLevel): boolean {
  return levelRank(wallet) >= ranks.team
}

/**
 * Returns the id of a wallet as one string, unique among the wallets of its type and incarnation. For a membership: the
 * team and the user as a JSON array.
 */
export function idTextOf(wallet: WalletLevel): string {
  return wallet.type === 'member' ? JSON.stringify([wallet.team, wallet.user]) : wallet.id
}

/** Returns the wallet with a type, an id as `idTextOf` returns it, and an incarnation. */
export function walletOfText(type: WalletLevel['type'], idText: string, incarnation: number): WalletLevel {
  if (type !== 'member') return Object.freeze({ type, id: idText, incarnation })
  const [team, user] = JSON.parse(idText) as [string, string]
  return Object.freeze({ type, team, user, incarnation })
}

/** Returns a frozen copy of a wallet reference without other fields. */
export function copyWallet(wallet: WalletLevel): WalletLevel {
  const { type, incarnation } = wallet
  if (type !== 'member') return Object.freeze({ type, id: wallet.id, incarnation })
  return Object.freeze({ type, team: wallet.team, user: wallet.user, incarnation })
}
