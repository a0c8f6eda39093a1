import type { ProviderAccount } from '../model/noun/provider-account.ts'
import type { Restriction } from '../model/noun/restriction.ts'
import { restrictionsIn } from '../model/state/restriction-set.ts'
import type { State } from '../model/state/state.ts'
import { findRow, hasRow } from '../model/table/table.ts'
import type { Scope } from '../model/value/selector.ts'
import type { Caller } from '../policy/context/caller.ts'
import { contextsOf } from '../policy/context/caller-contexts.ts'
import { aliasesNamedOn, modelsInScopes } from './any-model.ts'
import { cached } from './cached.ts'
import { holdingsOf, modelsNamedOn } from './name.ts'
import { type NameClass, nameClasses } from './name-class.ts'
import { matchersOn } from './name-matcher.ts'

/**
 * Finds classes of the unlisted models that one account with `anyModel` serves. Models of one class are equivalent for
 * a caller.
 */
export class ClassFinder {
  readonly #account: ProviderAccount
  readonly #state: State
  readonly #classes = new Map<string, readonly NameClass[]>()

  constructor(account: ProviderAccount, state: State) {
    this.#account = account
    this.#state = state
  }

  /**
   * Returns the classes of unlisted models for a caller. No restriction, group or scope of the caller distinguishes two
   * models of one class. Models that an access group or the scope names, and names of aliases, are in no class. Callers
   * with the same matchers share one search.
   */
  classesFor(caller: Caller): readonly NameClass[] {
    const { id, models } = this.#account
    const scopes: readonly Scope[] = caller.credential === undefined ? [] : [caller.credential.scope]
    const inScope = modelsInScopes(id, scopes)
    const { accessGroups: groups } = holdingsOf(caller, this.#state)
    const matchers = matchersOn(id, { restrictions: restrictionsOnCaller(caller, this.#state), groups, scopes })
    return cached(this.#classes, JSON.stringify([matchers, inScope]), () => {
      const members = modelsNamedOn(id, this.#state)
      const taken = new Set([...aliasesNamedOn(id, this.#state), ...inScope])
      return nameClasses(id, matchers, (model) => taken.has(model) || members.has(model) || hasRow(models, model))
    })
  }
}

/** Yields every restriction that applies to a caller in any of its contexts, in force or not. */
function* restrictionsOnCaller({ contexts, credential }: Caller, state: State): IterableIterator<Restriction> {
  const sets = new Set([state.index.restrictionsOnEveryone])
  for (const { restricted } of contextsOf(contexts, state)) {
    for (const { access } of restricted) for (const set of access.restrictions) sets.add(set)
  }
  const own = credential && findRow(state.index.restrictionsOn.credential, credential.id)
  if (own !== undefined) sets.add(own)
  for (const set of sets) yield* restrictionsIn(set)
}
