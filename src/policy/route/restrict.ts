import type { Credential } from '../../model/noun/credential.ts'
import type { Target } from '../../model/noun/model-alias.ts'
import type { Restriction } from '../../model/noun/restriction.ts'
import type { RestrictionSet } from '../../model/state/restriction-set.ts'
import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import { isWithin } from '../../model/value/window.ts'
import type { Context } from '../context/context.ts'
import { type EvaluationTime, noteBoundary } from '../evaluation-time.ts'
import { effectiveAliasOf } from './effective-alias.ts'
import type { Resolved } from './resolve.ts'
import { isAnyCase, nameKeyOf, routeTextsOf, selectName, selectNameInAnyCase, selectRoute } from './selection.ts'

/** The inputs for finding the restrictions that deny a requested model. */
export interface DenyInput {
  readonly resolved: Resolved
  /** The credential of the request. Restrictions on the credential apply in every context. */
  readonly credential?: Credential | undefined
  readonly state: State
  readonly moment: EvaluationTime
}

/**
 * Returns the restriction sets that could deny the model in a context. Returns `undefined` if there are none, which is
 * the common case.
 */
export function restrictionsOn(
  { restricted }: Pick<Context, 'restricted'>,
  { resolved: { alias }, credential, state }: Omit<DenyInput, 'moment'>,
): readonly RestrictionSet[] | undefined {
  const everyone = state.index.restrictionsOnEveryone
  const isFree = everyone.size === 0 || (alias !== undefined && effectiveAliasOf(alias, state).isFree)
  let sets: RestrictionSet[] | undefined = isFree ? undefined : [everyone]
  for (const { access } of restricted) {
    if (access.restrictions.length > 0) sets = [...(sets ?? []), ...access.restrictions]
  }
  const own = credential && findRow(state.index.restrictionsOn.credential, credential.id)
  return own === undefined ? sets : [...(sets ?? []), own]
}

/**
 * Returns the ids of the restrictions in force that deny the alias by name. Each of them denies every route of the
 * alias. Empty for a concrete model, which only `denyRoute` denies.
 */
export function denyName(
  sets: readonly RestrictionSet[],
  { resolved: { alias, name, hash }, moment }: DenyInput,
): string[] {
  if (alias === undefined) return []
  const key = nameKeyOf(name)
  const found: Restriction[] = []
  for (const set of sets) selectName(set, key, hash, found)
  return found.length === 0 ? [] : inForce(found, moment)
}

/**
 * Returns the ids of the restrictions in force that deny a route, whether the request names an alias or the concrete
 * model. On an account with `anyModel`, ASCII case is ignored, and a restriction on the requested name in another case
 * denies the route too.
 */
export function denyRoute(
  sets: readonly RestrictionSet[],
  target: Target,
  { resolved, state, moment }: DenyInput,
): readonly string[] {
  const anyCase = isAnyCase(target, state)
  const texts = routeTextsOf(target, resolved)
  const name = anyCase ? nameKeyOf(resolved.name) : undefined
  const found: Restriction[] = []
  for (const set of sets) {
    selectRoute(set, texts, anyCase, found)
    if (name !== undefined) selectNameInAnyCase(set, name, resolved.alias !== undefined, found)
  }
  return found.length === 0 ? nothing : inForce(found, moment)
}

const nothing: readonly string[] = Object.freeze([])

/**
 * Returns the ids of the given restrictions that are in force, with repeats. Records the start and the end of each
 * restriction's window as boundaries of the decision.
 */
export function inForce(restrictions: readonly Restriction[], moment: EvaluationTime): string[] {
  const ids: string[] = []
  for (const { id, window } of restrictions) {
    if (window.startsAt !== undefined) noteBoundary(moment, window.startsAt)
    if (window.expiresAt !== undefined) noteBoundary(moment, window.expiresAt)
    if (isWithin(window, moment.at)) ids.push(id)
  }
  return ids
}
