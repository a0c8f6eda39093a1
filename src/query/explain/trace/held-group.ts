import { targetsThrough } from '../../../model/noun/access-group.ts'
import { findWindow } from '../../../model/value/window.ts'
import { type ContextHolder, holderOf, roleGrantsOf } from '../../../policy/context/context.ts'
import type { EffectiveGroup } from '../../../policy/context/effective-access.ts'
import type { DecisionTrace } from './decision-trace.ts'
import type { Fact } from './fact.ts'

/** The maximum number of groups and roles that a guard lists. */
const heldLimit = 50

/**
 * A group that a holder has. The assignment may have no effect now: the window or the organization's entitlement may
 * exclude the group.
 */
export interface HeldGroup extends EffectiveGroup {
  readonly holder: ContextHolder
  readonly isEntitled: boolean
}

/** Returns the holders of all contexts without duplicates, in the order in which `authorize` evaluates contexts. */
export function holdersOf({ contexts }: Pick<DecisionTrace, 'contexts'>): readonly ContextHolder[] {
  const holders: ContextHolder[] = []
  const seen = new Set<ContextHolder['row']>()
  for (const { context } of contexts) {
    for (const holder of context.holders) {
      if (!seen.has(holder.row)) holders.push(holder)
      seen.add(holder.row)
    }
  }
  return holders
}

/**
 * Returns the groups that a holder has by assignment, by plan or from its organization. Includes groups to which the
 * organization is not entitled.
 */
export function heldBy(holder: ContextHolder): readonly HeldGroup[] {
  const { groups, unentitled } = holder.access
  return [
    ...groups.map((held) => ({ ...held, holder, isEntitled: true })),
    ...unentitled.map((held) => ({ ...held, holder, isEntitled: false })),
  ]
}

/**
 * Returns facts about the groups and roles of every holder in every context. Groups and roles that lead to the
 * requested name come first.
 */
export function heldFacts(trace: DecisionTrace): readonly Fact[] {
  const { request, resolved } = trace
  const { at } = request
  const relevant: Fact[] = []
  const others: Fact[] = []
  for (const holder of holdersOf(trace)) {
    for (const { principal, group, plan, windows, isEntitled } of heldBy(holder)) {
      const holdsModel = resolved !== undefined && targetsThrough(group, resolved) !== undefined
      const isInForce = findWindow(windows, at) !== undefined
      const by = plan === undefined ? {} : { plan }
      const list = holdsModel ? relevant : others
      const accessGroup = group.id
      list.push({ type: 'heldGroup', principal, accessGroup, ...by, windows, isInForce, isEntitled, holdsModel })
    }
    const principal = holderOf(holder)
    for (const { providerAccount, role, windows } of roleGrantsOf(holder)) {
      const isRelevant = resolved?.targets.some((target) => target.providerAccount === providerAccount) === true
      const isInForce = findWindow(windows, at) !== undefined
      const list = isRelevant ? relevant : others
      list.push({ type: 'heldRole', principal, providerAccount, role, windows, isInForce, isRelevant })
    }
  }
  return firstFacts([...relevant, ...others])
}

/** Returns at most the first 50 facts. For a longer list, an extra last fact counts the omitted facts. */
export function firstFacts(facts: readonly Fact[]): readonly Fact[] {
  if (facts.length <= heldLimit) return facts
  return [...facts.slice(0, heldLimit), { type: 'heldOmitted', count: facts.length - heldLimit }]
}
