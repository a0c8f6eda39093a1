import type { WalletLevel } from '../../model/noun/wallet.ts'
import { idTextOf } from '../wallet-level.ts'

/** A map with wallet references as keys. Compares them by type, id and incarnation, not by object identity. */
export class WalletMap<Value> {
  readonly #types = new Map<WalletLevel['type'], Map<string, Map<number, Value>>>()

  get(wallet: WalletLevel): Value | undefined {
    return this.#types.get(wallet.type)?.get(idTextOf(wallet))?.get(wallet.incarnation)
  }

  set(wallet: WalletLevel, value: Value): void {
    const { type, incarnation } = wallet
    const id = idTextOf(wallet)
    let ids = this.#types.get(type)
    if (ids === undefined) {
      ids = new Map()
      this.#types.set(type, ids)
    }
    const incarnations = ids.get(id)
    if (incarnations === undefined) ids.set(id, new Map([[incarnation, value]]))
    else incarnations.set(incarnation, value)
  }

  delete(wallet: WalletLevel): void {
    const ids = this.#types.get(wallet.type)
    const id = idTextOf(wallet)
    const incarnations = ids?.get(id)
    incarnations?.delete(wallet.incarnation)
    if (incarnations?.size === 0) ids?.delete(id)
  }
}
