import type { LedgerWallet } from '../../../model/noun/wallet.ts'

/** A map with wallet references as keys. Compares them by type, id and incarnation, not by object identity. */
export class WalletMap<Value> {
  readonly #types = new Map<LedgerWallet['type'], Map<string, Map<number, Value>>>()

  get({ type, id, incarnation }: LedgerWallet): Value | undefined {
    return this.#types.get(type)?.get(id)?.get(incarnation)
  }

  set({ type, id, incarnation }: LedgerWallet, value: Value): void {
    let ids = this.#types.get(type)
    if (ids === undefined) {
      ids = new Map()
      this.#types.set(type, ids)
    }
    const incarnations = ids.get(id)
    if (incarnations === undefined) ids.set(id, new Map([[incarnation, value]]))
    else incarnations.set(incarnation, value)
  }

  delete({ type, id, incarnation }: LedgerWallet): void {
    const ids = this.#types.get(type)
    const incarnations = ids?.get(id)
    incarnations?.delete(incarnation)
    if (incarnations?.size === 0) ids?.delete(id)
  }
}
