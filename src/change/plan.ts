import { dropRow, putRow } from '../model/put-row.ts'
import { related } from '../model/relation.ts'
import type { State } from '../model/state.ts'
import { get } from '../model/table.ts'
import type { CreatePlan, DeletePlan, UpdatePlan } from './command/plan.ts'
import { shortestCredit } from './credit.ts'
import { accept, type Decided, happened, reject, unchanged } from './decided.ts'
import type { PlanCreated, PlanDeleted, PlanUpdated } from './event/plan.ts'
import { refuseAnyUnknown, refuseExisting, refuseReferenced, refuseUnknown } from './reference.ts'
import type { Reference } from './rejection.ts'
import { changesOf, distinctIds, patched } from './row.ts'

export function createPlan(command: CreatePlan, state: State): Decided {
  const { plan, name, accessGroups, credits } = command
  const refused =
    refuseAnyUnknown('accessGroup', accessGroups, ['accessGroups'], state) ??
    refuseExisting('plan', plan, ['plan'], state)
  if (refused) return reject(refused)
  return accept(
    happened(command, 'PlanCreated', {
      plan,
      name,
      accessGroups: distinctIds(accessGroups),
      credits: credits && shortestCredit(credits),
    }),
  )
}

export function planCreated(state: State, { at, plan, name, accessGroups, credits }: PlanCreated): State {
  return putRow(state, 'plans', {
    id: plan,
    name,
    accessGroups,
    credits,
    createdAt: at,
  })
}

export function updatePlan(command: UpdatePlan, state: State): Decided {
  const { plan, name, accessGroups, credits } = command
  const refused =
    refuseAnyUnknown('accessGroup', accessGroups ?? [], ['accessGroups'], state) ??
    refuseUnknown('plan', plan, ['plan'], state)
  if (refused) return reject(refused)
  const changes = changesOf(get(state.plans, plan), {
    name,
    accessGroups: accessGroups && distinctIds(accessGroups),
    credits: credits && shortestCredit(credits),
  })
  return changes ? accept(happened(command, 'PlanUpdated', { plan, ...changes })) : unchanged
}

export function planUpdated(state: State, { plan, name, accessGroups, credits }: PlanUpdated): State {
  return putRow(state, 'plans', patched(get(state.plans, plan), { name, accessGroups, credits }))
}

export function deletePlan(command: DeletePlan, state: State): Decided {
  const { plan, cascade } = command
  const refused =
    refuseUnknown('plan', plan, ['plan'], state) ??
    (cascade === true
      ? undefined
      : refuseReferenced('plan_referenced', { type: 'plan', id: plan }, ['plan'], references(plan, state)))
  return refused ? reject(refused) : accept(happened(command, 'PlanDeleted', { plan }))
}

function* references(plan: string, state: State): IterableIterator<Reference> {
  for (const id of related(state.index.planTeams, plan)) yield { type: 'team', id }
}

export function planDeleted(state: State, { plan }: PlanDeleted): State {
  let next = state
  for (const team of related(state.index.planTeams, plan)) {
    next = putRow(next, 'teams', patched(get(next.teams, team), { plan: null }))
  }
  return dropRow(next, 'plans', plan)
}
