import type { AccessGroup } from '../../../model/noun/access-group.ts'
import type { ModelAlias, Target } from '../../../model/noun/model-alias.ts'
import type { State } from '../../../model/state/state.ts'
import { getRow } from '../../../model/table/table.ts'
import type { Instant } from '../../../model/value/instant.ts'
import { isAvailable } from '../../../policy/availability.ts'
import type { EvaluationTime } from '../../../policy/evaluation-time.ts'
import { isRetired } from '../../../policy/route/resolve.ts'
import { aliasesOf } from '../../name.ts'

/** An alias as the group that holds it shows it. */
export interface GroupAlias {
  readonly alias: string
  /** In the order in which a gateway tries them. */
  readonly targets: readonly Target[]
  readonly description?: string
  /** Whether any of its targets can serve now. */
  readonly available: boolean
  /** When it will be retired, if that is announced. */
  readonly sunsetAt?: Instant
  readonly successor?: string
}

/** What a group holds now: the aliases that it gives, and those that it would if they were not retired. */
export interface GroupAliases {
  readonly live: readonly ModelAlias[]
  readonly retired: readonly ModelAlias[]
}

/** The aliases of a group, by name, by pattern or as all of them, in the order of their names. */
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

/** How many aliases a group gives now, and so how long its details list them. */
export function countAliases(group: AccessGroup, state: State, moment: EvaluationTime): number {
  let count = 0
  for (const id of aliasesOf(group, state)) if (!isRetired(getRow(state.modelAliases, id), moment)) count += 1
  return count
}

/** An alias with what an operator wants to know of it. */
export function describeAlias({ id, targets, description, lifecycle }: ModelAlias, state: State): GroupAlias {
  const ending = lifecycle.type === 'deprecated' ? lifecycle : undefined
  return {
    alias: id,
    targets,
    ...(description === undefined ? undefined : { description }),
    available: targets.some((target) => isAvailable(target, state)),
    ...(ending === undefined ? undefined : { sunsetAt: ending.sunsetAt }),
    ...(ending?.successor === undefined ? undefined : { successor: ending.successor }),
  }
}
