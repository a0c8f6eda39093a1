import { restrictionsOn } from '../../../change/rule/cascade.ts'
import type { Credential } from '../../../model/noun/credential.ts'
import type { Restriction } from '../../../model/noun/restriction.ts'
import type { State } from '../../../model/state/state.ts'
import { endsOf, isWithin } from '../../../model/value/window.ts'
import type { Fact } from './fact.ts'

/**
 * Returns the restrictions in force on a credential, sorted by id. A restricted credential may not manage anything.
 */
export function restrictedBy(credential: Credential | undefined, at: number, state: State): readonly Restriction[] {
  if (credential === undefined) return []
  const bound = [...restrictionsOn({ type: 'credential', id: credential.id }, state)]
  return bound.filter(({ window }) => isWithin(window, at)).sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Converts a restriction to a fact, including the restriction's note. */
export function restrictionFact({ id, subject, selector, window, note }: Restriction): Fact {
  const fact = { type: 'restriction', restriction: id, subject, selector, window: endsOf(window) } as const
  return note === undefined ? fact : { ...fact, note }
}
