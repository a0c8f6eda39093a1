import type { Target } from '../../model/noun/model-alias.ts'
import type { Restriction } from '../../model/noun/restriction.ts'
import type { RestrictionSet } from '../../model/state/restriction-set.ts'
import type { State } from '../../model/state/state.ts'
import { findHashed, findRow } from '../../model/table/table.ts'
import { matchesPattern } from '../../model/value/pattern.ts'
import { isWithin } from '../../model/value/window.ts'
import type { Context } from '../context/context.ts'
import { type EvaluationTime, noteBoundary } from '../evaluation-time.ts'
import { effectiveAliasOf } from './effective-alias.ts'
import type { Resolved } from './resolve.ts'

/** The restriction sets that may deny the model in a context. `undefined` if no set may, which is the common case. */
export function restrictionsOn(
  { restricted }: Pick<Context, 'restricted'>,
  { alias }: Resolved,
  state: State,
): readonly RestrictionSet[] | undefined {
  const everyone = state.index.restrictionsOnEveryone
  const isFree = everyone.size === 0 || (alias !== undefined && effectiveAliasOf(alias, state).isFree)
  let sets: RestrictionSet[] | undefined = isFree ? undefined : [everyone]
  for (const { access } of restricted) {
    if (access.restrictions.length > 0) sets = [...(sets ?? []), ...access.restrictions]
  }
  return sets
}

/**
 * The ids of the restrictions in force that deny the requested alias by its name. Empty for a requested concrete model,
 * which can only be denied by route.
 */
export function denyName(
  sets: readonly RestrictionSet[],
  { alias, name, hash }: Resolved,
  moment: EvaluationTime,
): string[] {
  if (alias === undefined) return []
  const denying: string[] = []
  for (const set of sets) {
    collect(denying, findHashed(set.aliases, name, hash), moment)
    for (let i = 0; i < set.patterns.length; i += 1) {
      const restriction = set.patterns[i] as Restriction
      const { selector } = restriction
      if (selector.type === 'aliasPattern' && matchesPattern(selector.pattern, name))
        collect(denying, [restriction], moment)
    }
  }
  return denying
}

/**
 * The ids of the restrictions in force that deny a route. The ids are the same whether the request names an alias or
 * the concrete model.
 */
export function denyRoute(sets: readonly RestrictionSet[], target: Target, moment: EvaluationTime): readonly string[] {
  let denying: string[] | undefined
  for (const set of sets) {
    const ofAccount =
      set.providerAccounts.size === 0 ? undefined : findRow(set.providerAccounts, target.providerAccount)
    const models = set.models.size === 0 ? undefined : findRow(set.models, target.providerAccount)
    const ofModel = models && findRow(models, target.model)
    if (ofAccount === undefined && ofModel === undefined) continue
    denying ??= []
    collect(denying, ofAccount, moment)
    collect(denying, ofModel, moment)
  }
  return denying ?? nothing
}

const nothing: readonly string[] = Object.freeze([])

/**
 * Adds the ids of those `restrictions` that are in force to the list `denying`. Notes the start and the end of each
 * restriction's window as boundaries.
 */
function collect(denying: string[], restrictions: readonly Restriction[] | undefined, moment: EvaluationTime): void {
  if (restrictions === undefined) return
  for (const { id, window } of restrictions) {
    if (window.startsAt !== undefined) noteBoundary(moment, window.startsAt)
    if (window.expiresAt !== undefined) noteBoundary(moment, window.expiresAt)
    if (isWithin(window, moment.at)) denying.push(id)
  }
}
