import { type AccessGroup, targetsThrough } from '../../../model/noun/access-group.ts'
import type { State } from '../../../model/state/state.ts'
import { findRow } from '../../../model/table/table.ts'
import type { Principal } from '../../../model/value/principal.ts'
import { findWindow, forever, type Windows } from '../../../model/value/window.ts'
import type { ContextPrincipal } from '../../../policy/context/context.ts'
import { admitsGroup } from '../../../policy/context/effective-access.ts'
import type { DecisionTrace } from './decision-trace.ts'
import type { Fact } from './fact.ts'

/** The maximum number of groups and roles that a guard lists. */
const heldLimit = 50

/**
 * A group that a principal holds, whether or not the holding is in force and the organization is entitled to the group.
 */
export interface HeldGroup {
  readonly holder: ContextPrincipal
  readonly principal: Principal
  readonly group: AccessGroup
  readonly plan: string | undefined
  readonly windows: Windows
  readonly isEntitled: boolean
}

/** Every holder of every context, once each, in the order in which `authorize` evaluates the contexts. */
export function holdersOf({ contexts }: Pick<DecisionTrace, 'contexts'>): readonly ContextPrincipal[] {
  const holders: ContextPrincipal[] = []
  const seen = new Set<ContextPrincipal['row']>()
  for (const { context } of contexts) {
    for (const holder of context.holders) {
      if (!seen.has(holder.row)) holders.push(holder)
      seen.add(holder.row)
    }
  }
  return holders
}

/**
 * The groups that a principal holds by assignment or by plan, whether or not the organization is entitled to each
 * group.
 */
export function heldBy(holder: ContextPrincipal, state: State): readonly HeldGroup[] {
  const { type, row, access } = holder
  const principal = { type, id: row.id }
  const planId = type === 'team' ? row.plan : undefined
  const plan = planId === undefined ? undefined : findRow(state.plans, planId)
  const all: readonly (readonly [id: string, windows: Windows, plan: string | undefined])[] = [
    ...row.accessGroups.map(({ accessGroup, windows }) => [accessGroup, windows, undefined] as const),
    ...(plan?.accessGroups ?? []).map((accessGroup) => [accessGroup, forever, plan?.id] as const),
  ]
  const { organization } = access
  return all.flatMap(([id, windows, by]) => {
    const group = findRow(state.accessGroups, id)
    if (group === undefined) return []
    const isEntitled = organization === undefined || admitsGroup(organization.entitlement, id)
    return [{ holder, principal, group, plan: by, windows, isEntitled }]
  })
}

/**
 * The facts about the groups and roles of every principal in every context. Groups and roles that lead to the requested
 * name come first.
 */
export function heldFacts(trace: DecisionTrace): readonly Fact[] {
  const { state, request, resolved } = trace
  const { at } = request
  const relevant: Fact[] = []
  const others: Fact[] = []
  for (const holder of holdersOf(trace)) {
    for (const { principal, group, plan, windows, isEntitled } of heldBy(holder, state)) {
      const holdsModel = resolved !== undefined && targetsThrough(group, resolved) !== undefined
      const isInForce = findWindow(windows, at) !== undefined
      const by = plan === undefined ? {} : { plan }
      const list = holdsModel ? relevant : others
      const accessGroup = group.id
      list.push({ type: 'heldGroup', principal, accessGroup, ...by, windows, isInForce, isEntitled, holdsModel })
    }
    for (const { providerAccount, role, windows } of holder.row.roleGrants) {
      const principal = { type: holder.type, id: holder.row.id }
      const isRelevant = resolved?.targets.some((target) => target.providerAccount === providerAccount) === true
      const isInForce = findWindow(windows, at) !== undefined
      const list = isRelevant ? relevant : others
      list.push({ type: 'heldRole', principal, providerAccount, role, windows, isInForce, isRelevant })
    }
  }
  return firstFacts([...relevant, ...others])
}

/** The first 50 facts of a list. If the list is longer, the number of omitted facts follows as a fact. */
export function firstFacts(facts: readonly Fact[]): readonly Fact[] {
  if (facts.length <= heldLimit) return facts
  return [...facts.slice(0, heldLimit), { type: 'heldOmitted', count: facts.length - heldLimit }]
}
