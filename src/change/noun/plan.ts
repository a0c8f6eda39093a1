import type { Plan, PlanCredits } from '../../model/noun/plan.ts'
import { dropRow, putRow } from '../../model/state/put-row.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { getRow } from '../../model/table/table.ts'
import type { CreatePlan, DeletePlan, UpdatePlan } from '../message/command/plan.ts'
import type { PlanCreated, PlanDeleted, PlanUpdated } from '../message/event/plan.ts'
import type { Event } from '../message/event.ts'
import type { Reference } from '../message/rejection.ts'
import { allowanceBy, allowanceChanged } from '../rule/allowance.ts'
import { accept, acceptAll, type Decided, eventOf, reject, unchanged } from '../rule/decided.ts'
import { refuseAnyUnknown, refuseExisting, refuseReferenced, refuseUnknown } from '../rule/reference.ts'
import { assign, changeRow, changesOf, distinctIds } from '../rule/row.ts'
import { shortestPlanCredits } from './credit.ts'

export function createPlan(command: CreatePlan, state: State): Decided {
  const { plan, name, accessGroups, credits } = command
  const refused =
    refuseAnyUnknown('accessGroup', accessGroups, ['accessGroups'], state) ??
    refuseExisting('plan', plan, ['plan'], state)
  if (refused) return reject(refused)
  return accept(
    eventOf(command, 'PlanCreated', {
      plan,
      name,
      accessGroups: distinctIds(accessGroups),
      credits: credits && shortestPlanCredits(credits),
    }),
  )
}

export function planCreated(state: State, { at, plan, name, accessGroups, credits }: PlanCreated): State {
  return putRow(state, 'plans', { id: plan, name, accessGroups, credits, createdAt: at })
}

export function updatePlan(command: UpdatePlan, state: State): Decided {
  const { plan, name, accessGroups, credits } = command
  const refused =
    refuseAnyUnknown('accessGroup', accessGroups ?? [], ['accessGroups'], state) ??
    refuseUnknown('plan', plan, ['plan'], state)
  if (refused) return reject(refused)
  const row = getRow(state.plans, plan)
  const changes = changesOf(row, {
    name,
    accessGroups: accessGroups && distinctIds(accessGroups),
    credits: credits && shortestPlanCredits(credits),
  })
  if (!changes) return unchanged
  const after = changes.credits === undefined ? row.credits : (changes.credits ?? undefined)
  const updated = eventOf(command, 'PlanUpdated', { plan, ...changes })
  return acceptAll(withAllowances(updated, row, after, state))
}

/** Yields the event that changes a plan, then the events that change the allowances of its teams to `credits`. */
function* withAllowances(
  changed: Event,
  plan: Plan,
  credits: PlanCredits | undefined,
  state: State,
): IterableIterator<Event> {
  yield changed
  for (const id of related(state.index.planTeams, plan.id)) {
    const team = getRow(state.teams, id)
    const before = allowanceBy(plan.credits, team.metered)
    yield* allowanceChanged(changed, team, before, allowanceBy(credits, team.metered))
  }
}

export function planUpdated(state: State, { plan, name, accessGroups, credits }: PlanUpdated): State {
  return changeRow(state, 'plans', plan, (draft) => assign(draft, { name, accessGroups, credits }))
}

export function deletePlan(command: DeletePlan, state: State): Decided {
  const { plan, cascade } = command
  const refused =
    refuseUnknown('plan', plan, ['plan'], state) ??
    (cascade === true
      ? undefined
      : refuseReferenced('plan_referenced', { type: 'plan', id: plan }, ['plan'], references(plan, state)))
  if (refused) return reject(refused)
  const deleted = eventOf(command, 'PlanDeleted', { plan })
  return acceptAll(withAllowances(deleted, getRow(state.plans, plan), undefined, state))
}

function* references(plan: string, state: State): IterableIterator<Reference> {
  for (const id of related(state.index.planTeams, plan)) yield { type: 'team', id }
}

export function planDeleted(state: State, { plan }: PlanDeleted): State {
  let next = state
  for (const team of related(state.index.planTeams, plan)) {
    next = changeRow(next, 'teams', team, (draft) => {
      draft.plan = undefined
    })
  }
  for (const team of related(state.index.planCreditedTeams, plan)) {
    next = changeRow(next, 'teams', team, (draft, { creditedPlans }) => {
      draft.creditedPlans = creditedPlans.filter((id) => id !== plan)
    })
  }
  return dropRow(next, 'plans', plan)
}
