import type { Target } from '../model/model-alias.ts'
import { matchesPattern } from '../model/pattern.ts'
import type { Restriction } from '../model/restriction.ts'
import type { RestrictionSet } from '../model/restriction-set.ts'
import type { State } from '../model/state.ts'
import { find, findHashed } from '../model/table.ts'
import { isWithin } from '../model/window.ts'
import { standingOfAlias } from './alias-standing.ts'
import type { Context } from './context.ts'
import { type Moment, note } from './moment.ts'
import type { Resolved } from './resolve.ts'

/** The sets of restrictions that may select something of a name in a context; for most there is none at all. */
export function restrictionsOn(
  { members }: Context,
  { alias }: Resolved,
  state: State,
): readonly RestrictionSet[] | undefined {
  const everyone = state.index.restrictionsOnEveryone
  const isFree = everyone.size === 0 || (alias !== undefined && standingOfAlias(alias, state).isFree)
  let sets: RestrictionSet[] | undefined = isFree ? undefined : [everyone]
  for (const { standing } of members) {
    if (standing.restrictions.length > 0) sets = [...(sets ?? []), ...standing.restrictions]
  }
  return sets
}

/** The restrictions in force that deny the name itself. Only an alias has a name to deny. */
export function denyName(sets: readonly RestrictionSet[], { alias, name, hash }: Resolved, moment: Moment): string[] {
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

/** The restrictions in force that deny a route, however it is named. */
export function denyRoute(sets: readonly RestrictionSet[], target: Target, moment: Moment): readonly string[] {
  let denying: string[] | undefined
  for (const set of sets) {
    const ofAccount = set.providerAccounts.size === 0 ? undefined : find(set.providerAccounts, target.providerAccount)
    const models = set.models.size === 0 ? undefined : find(set.models, target.providerAccount)
    const ofModel = models && find(models, target.model)
    if (ofAccount === undefined && ofModel === undefined) continue
    denying ??= []
    collect(denying, ofAccount, moment)
    collect(denying, ofModel, moment)
  }
  return denying ?? nothing
}

const nothing: readonly string[] = Object.freeze([])

function collect(denying: string[], restrictions: readonly Restriction[] | undefined, moment: Moment): void {
  if (restrictions === undefined) return
  for (const { id, window } of restrictions) {
    if (window.startsAt !== undefined) note(moment, window.startsAt)
    if (window.expiresAt !== undefined) note(moment, window.expiresAt)
    if (isWithin(window, moment.at)) denying.push(id)
  }
}
