import type { ProviderAccount } from '../model/noun/provider-account.ts'
import type { Restriction } from '../model/noun/restriction.ts'
import { restrictionsIn } from '../model/state/restriction-set.ts'
import type { State } from '../model/state/state.ts'
import { findRow, hasRow } from '../model/table/table.ts'
import type { Scope } from '../model/value/selector.ts'
import type { Caller } from '../policy/context/caller.ts'
import { contextsOf } from '../policy/context/caller-contexts.ts'
import { aliasesNamedOn, modelsInScopes } from './any-model.ts'
import { type NameClass, nameClasses } from './name-class.ts'
import { matchersOn } from './name-matcher.ts'

/**
 * The classes of the models that an account with `anyModel` serves without listing them, as the restrictions and the
 * scope that bind a caller tell them apart. Models that the scope selects by name, and names of aliases, are in no class.
 */
export function classesFor(caller: Caller, account: ProviderAccount, state: State): readonly NameClass[] {
  const scopes: readonly Scope[] = caller.credential === undefined ? [] : [caller.credential.scope]
  const taken = new Set([...aliasesNamedOn(account.id, state), ...modelsInScopes(account.id, scopes)])
  const matchers = matchersOn(account.id, restrictionsOnCaller(caller, state), scopes)
  return nameClasses(account.id, matchers, (model) => taken.has(model) || hasRow(account.models, model))
}

/** Every restriction that binds a caller in one of its contexts, in force or not. */
function* restrictionsOnCaller({ contexts, credential }: Caller, state: State): IterableIterator<Restriction> {
  const sets = new Set([state.index.restrictionsOnEveryone])
  for (const { restricted } of contextsOf(contexts, state)) {
    for (const { access } of restricted) for (const set of access.restrictions) sets.add(set)
  }
  const own = credential && findRow(state.index.restrictionsOn.credential, credential.id)
  if (own !== undefined) sets.add(own)
  for (const set of sets) yield* restrictionsIn(set)
}
