import type { CreditLedger } from '../../../src/port/credit-ledger.ts'
import type { Repository } from '../../../src/port/repository.ts'

/** A store whose methods are replaced in part, to inject faults. All others are those of `store`. */
export function withMethods<S extends Repository | CreditLedger>(store: S, methods: Partial<S>): S {
  return new Proxy(store, {
    get: (target, name) => {
      const own: unknown = Reflect.get(methods, name)
      const value: unknown = own ?? Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(own === undefined ? target : methods) : value
    },
  })
}

/** A promise that never settles: a store that hangs. */
export function hang(): Promise<never> {
  return new Promise(() => undefined)
}
