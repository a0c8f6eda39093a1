import { findAssignment } from '../../../change/noun/assignment.ts'
import { related } from '../../../model/table/relation.ts'
import { isSamePrincipal, type Principal, type PrincipalType } from '../../../model/value/principal.ts'
import { type Holder, type LintContext, windowsAhead } from './lint-context.ts'

const relations = {
  user: 'accessGroupUsers',
  team: 'accessGroupTeams',
  virtualAccount: 'accessGroupVirtualAccounts',
} as const satisfies Record<PrincipalType, string>

/** Whether anybody holds a group now or later: a principal in a window that is not over, or a plan. Entitlements do not hold. */
export function isHeld(accessGroup: string, scene: LintContext): boolean {
  return twoHolders(accessGroup, scene).length > 0
}

/** Whether anybody but this principal's own assignment holds a group now or later. */
export function isHeldBeside(accessGroup: string, principal: Principal, scene: LintContext): boolean {
  return twoHolders(accessGroup, scene).some((holder) => !isSamePrincipal(holder, principal))
}

/** Every holder of a group that is not over. */
export function* holdersAhead(accessGroup: string, { state, at }: LintContext): IterableIterator<Holder> {
  for (const id of related(state.index.accessGroupPlans, accessGroup)) yield { type: 'plan', id }
  for (const type of ['team', 'virtualAccount', 'user'] as const) {
    for (const id of related(state.index[relations[type]], accessGroup)) {
      const windows = findAssignment({ accessGroup, principal: { type, id } }, state)?.windows ?? []
      if (windowsAhead(windows, at).length > 0) yield { type, id }
    }
  }
}

function twoHolders(accessGroup: string, scene: LintContext): readonly Holder[] {
  const known = scene.holders.get(accessGroup)
  if (known !== undefined) return known
  const found: Holder[] = []
  for (const holder of holdersAhead(accessGroup, scene)) {
    found.push(holder)
    if (found.length === 2) break
  }
  scene.holders.set(accessGroup, found)
  return found
}
