import type { Target } from '../model/model-alias.ts'
import { matchesPattern } from '../model/pattern.ts'
import type { Restriction } from '../model/restriction.ts'
import type { RestrictionSet } from '../model/restriction-set.ts'
import type { State } from '../model/state.ts'
import { find, findHashed } from '../model/table.ts'
import { isWithin } from '../model/window.ts'
import type { Context } from './context.ts'
import { type Moment, note } from './moment.ts'
import type { Resolved } from './resolve.ts'

const noSets: readonly RestrictionSet[] = Object.freeze([])

/** Every set of restrictions that binds a context and is not empty. */
export function restrictionsOn(context: Context, state: State): readonly RestrictionSet[] {
  const { restrictions, index } = state
  if (restrictions.size === 0) return noSets
  const on = index.restrictionsOn
  const sets: RestrictionSet[] = []
  for (const { type, row } of context.members) add(sets, find(on[type], row.id))
  if (context.organization !== undefined) add(sets, find(on.organization, context.organization.id))
  add(sets, index.restrictionsOnEveryone)
  return sets
}

function add(sets: RestrictionSet[], set: RestrictionSet | undefined): void {
  if (set !== undefined && set.size > 0) sets.push(set)
}

/** The restrictions in force that deny the name itself. Only an alias has a name to deny. */
export function denyName(sets: readonly RestrictionSet[], { alias, name, hash }: Resolved, moment: Moment): string[] {
  if (alias === undefined) return []
  const denying: string[] = []
  for (const set of sets) {
    collect(denying, findHashed(set.aliases, name, hash), moment)
    for (const restriction of set.patterns) {
      const { selector } = restriction
      if (selector.type === 'aliasPattern' && matchesPattern(selector.pattern, name))
        collect(denying, [restriction], moment)
    }
  }
  return denying
}

/** The restrictions in force that deny a route, however it is named. */
export function denyRoute(sets: readonly RestrictionSet[], target: Target, moment: Moment): string[] {
  const denying: string[] = []
  for (const set of sets) {
    collect(denying, find(set.providerAccounts, target.providerAccount), moment)
    const models = find(set.models, target.providerAccount)
    if (models !== undefined) collect(denying, find(models, target.model), moment)
  }
  return denying
}

function collect(denying: string[], restrictions: readonly Restriction[] | undefined, moment: Moment): void {
  if (restrictions === undefined) return
  for (const { id, window } of restrictions) {
    if (window.startsAt !== undefined) note(moment, window.startsAt)
    if (window.expiresAt !== undefined) note(moment, window.expiresAt)
    if (isWithin(window, moment.at)) denying.push(id)
  }
}
