import type { AccessGroup } from '../../../model/noun/access-group.ts'
import type { ModelAlias, Target } from '../../../model/noun/model-alias.ts'
import type { State } from '../../../model/state/state.ts'
import { getRow } from '../../../model/table/table.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { EvaluationTime } from '../../../policy/evaluation-time.ts'
import { isAvailable } from '../../../policy/route/effective-alias.ts'
import { isRetired } from '../../../policy/route/resolve.ts'
import { aliasesOf } from '../../name.ts'

/** An alias in the details of a group. */
export interface GroupAlias {
  readonly alias: string
  /** The targets of the alias, in the order in which a gateway tries targets. */
  readonly targets: readonly Target[]
  readonly description?: string
  /** Whether at least one target is available now. */
  readonly available: boolean
  /** When the alias will be retired. Present only if the alias is deprecated. */
  readonly sunsetAt?: Instant
  readonly successor?: string
}

/** The aliases that a group holds, split into `live` aliases, which are not retired, and `retired` aliases. */
export interface GroupAliases {
  readonly live: readonly ModelAlias[]
  readonly retired: readonly ModelAlias[]
}

/** The aliases that a group holds by name, by pattern or as all aliases, sorted by name. */
export function groupAliases(group: AccessGroup, state: State, moment: EvaluationTime): GroupAliases {
  const live: ModelAlias[] = []
  const retired: ModelAlias[] = []
  for (const id of aliasesOf(group, state)) {
    const alias = getRow(state.modelAliases, id)
    if (isRetired(alias, moment)) retired.push(alias)
    else live.push(alias)
  }
  const byId = (a: ModelAlias, b: ModelAlias): number => (a.id < b.id ? -1 : 1)
  return { live: live.sort(byId), retired: retired.sort(byId) }
}

/**
 * The number of aliases that a group holds, without retired aliases: the length of `live` in the result of
 * `groupAliases`.
 */
export function countAliases(group: AccessGroup, state: State, moment: EvaluationTime): number {
  let count = 0
  for (const id of aliasesOf(group, state)) if (!isRetired(getRow(state.modelAliases, id), moment)) count += 1
  return count
}

/** Converts an alias to an entry in the details of a group. */
export function groupAliasOf({ id, targets, description, lifecycle }: ModelAlias, state: State): GroupAlias {
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
