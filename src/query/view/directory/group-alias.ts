import { type AccessGroup, targetsThrough } from '../../../model/noun/access-group.ts'
import type { ModelAlias, Target } from '../../../model/noun/model-alias.ts'
import type { State } from '../../../model/state/state.ts'
import { hashOf } from '../../../model/table/hash.ts'
import { findRow, hasRow } from '../../../model/table/table.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { EvaluationTime } from '../../../policy/evaluation-time.ts'
import { isAvailable } from '../../../policy/route/effective-alias.ts'
import { isRetired } from '../../../policy/route/resolve.ts'
import { accountsOf, aliasesOf, modelsOf, namesOfGroup, openPatternsOf } from '../../name.ts'

/** An alias in the details of a group. */
export interface GroupAlias {
  readonly alias: string
  /** The targets that the group gives by this alias, in the order in which a gateway tries targets. */
  readonly targets: readonly Target[]
  readonly description?: string
  /** Whether at least one target in `targets` is available now. */
  readonly available: boolean
  /** When the alias will be retired. Present only if the alias is deprecated. */
  readonly sunsetAt?: Instant
  readonly successor?: string
}

/**
 * An alias to which a group leads, with the targets that the group gives: every target, or those that its model members
 * hold.
 */
interface LedAlias {
  readonly alias: ModelAlias
  readonly targets: readonly Target[]
}

/** The aliases to which a group leads: `live` aliases are not retired, `retired` aliases are. */
export interface GroupAliases {
  readonly live: readonly LedAlias[]
  readonly retired: readonly LedAlias[]
}

/** Returns the aliases to which a group leads by an alias member or a model member, sorted by name. */
export function groupAliases(group: AccessGroup, state: State, moment: EvaluationTime): GroupAliases {
  const live: LedAlias[] = []
  const retired: LedAlias[] = []
  for (const one of aliasesLedTo(group, state)) (isRetired(one.alias, moment) ? retired : live).push(one)
  const byId = (a: LedAlias, b: LedAlias): number => (a.alias.id < b.alias.id ? -1 : 1)
  return { live: live.sort(byId), retired: retired.sort(byId) }
}

/**
 * Returns the number of live (not retired) aliases to which a group leads: the length of `live` in the result of
 * `groupAliases`.
 */
export function countAliases(group: AccessGroup, state: State, moment: EvaluationTime): number {
  let count = 0
  for (const { alias } of aliasesLedTo(group, state)) if (!isRetired(alias, moment)) count += 1
  return count
}

function* aliasesLedTo(group: AccessGroup, state: State): IterableIterator<LedAlias> {
  for (const name of group.models.size === 0 ? aliasesOf(group, state) : new Set(namesOfGroup(group, state))) {
    const alias = findRow(state.modelAliases, name)
    if (alias === undefined) continue
    const targets = targetsThrough(group, { name, hash: hashOf(name), alias, targets: alias.targets })
    if (targets !== undefined) yield { alias, targets }
  }
}

/** Converts an alias to an entry in the details of a group. */
export function groupAliasOf({ alias: { id, description, lifecycle }, targets }: LedAlias, state: State): GroupAlias {
  const deprecation = lifecycle.type === 'deprecated' ? lifecycle : undefined
  return {
    alias: id,
    targets,
    ...(description === undefined ? undefined : { description }),
    available: targets.some((target) => isAvailable(target, state)),
    ...(deprecation === undefined ? undefined : { sunsetAt: deprecation.sunsetAt }),
    ...(deprecation?.successor === undefined ? undefined : { successor: deprecation.successor }),
  }
}

/** A concrete model in the details of a group. */
export interface GroupModel extends Target {
  /** Whether the model and its provider account are available now. */
  readonly available: boolean
}

/**
 * Returns the concrete models that a group holds, sorted by name. Leaves out a model if an alias has the same name.
 */
export function groupModelsOf(group: AccessGroup, state: State): readonly GroupModel[] {
  const nameOf = ({ providerAccount, model }: Target): string => `${providerAccount}/${model}`
  return modelsOf(group, state)
    .filter((target) => !hasRow(state.modelAliases, nameOf(target)))
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
    .map((target) => ({ ...target, available: isAvailable(target, state) }))
}

/** A pattern by which a group holds unlisted models of an account with `anyModel`. */
export interface OpenPattern {
  readonly providerAccount: string
  readonly pattern: string
}

/** Returns the patterns by which a group holds unlisted models, sorted by provider account. */
export function openPatternListOf(group: AccessGroup, state: State): readonly OpenPattern[] {
  return accountsOf(group, state).flatMap((account) =>
    openPatternsOf([group], account).map((pattern) => ({ providerAccount: account.id, pattern })),
  )
}
