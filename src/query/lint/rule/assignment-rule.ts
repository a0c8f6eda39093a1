import { holdsAlias } from '../../../model/noun/access-group.ts'
import type { Assignment } from '../../../model/noun/holding.ts'
import { hashOf } from '../../../model/table/hash.ts'
import { findRow } from '../../../model/table/table.ts'
import { quote } from '../../../model/value/quote.ts'
import { forever, type Windows } from '../../../model/value/window.ts'
import { admitsGroup } from '../../../policy/context/effective-access.ts'
import { order, unassign } from '../context/fix-command.ts'
import {
  areCovered,
  type Effective,
  isContained,
  isKnown,
  type LintContext,
  liveMembersOf,
  windowsAhead,
} from '../context/lint-context.ts'
import { findOrganizationOf, nameOf, principalOf, type Subject } from '../context/principal-row.ts'
import type { Draft, FindingCode } from '../finding.ts'

/** Assignments that give nothing: over, stopped by the organization's entitlement, or given by something else as well. */
export function* findInAssignments(subject: Subject, scene: LintContext): IterableIterator<Draft> {
  const { accessGroups } = subject.row
  if (accessGroups.length === 0) return
  const principal = principalOf(subject)
  const who = nameOf(principal)
  const effective = effectiveOf(subject, scene)
  for (const held of accessGroups) {
    const { accessGroup } = held
    const found = (code: FindingCode, message: string): Draft => ({
      code,
      subject: { type: 'assignment', principal, accessGroup },
      message,
      fix: unassign(principal, accessGroup, scene),
      isTried: scene.used !== undefined,
    })
    const group = `access group ${quote(accessGroup)}`
    if (windowsAhead(held.windows, scene.at).length === 0) {
      const fix = [order(scene, { type: 'UnassignAccessGroup', accessGroup, principal })]
      yield { ...found('assignment_ended', `the time of ${group} for ${who} is over, unassign it`), fix }
    } else if (!isAdmitted(subject, accessGroup, scene)) {
      const message = `${who} holds ${group}, which its organization is not entitled to, unassign it or widen the entitlement`
      yield found('assignment_shadowed', message)
    } else {
      const redundant = {
        code: 'assignment_redundant',
        subject: { type: 'assignment', principal, accessGroup },
      } as const
      const other = isKnown(redundant, scene) ? undefined : findOther(held, effective, scene)
      if (other === undefined) continue
      const by = other.plan === undefined ? `access group ${quote(other.group.id)}` : `plan ${quote(other.plan)}`
      const message = `${who} holds ${group} although ${by} gives it all of that for as long, unassign it`
      yield { ...found('assignment_redundant', message), because: other.group.id }
    }
  }
}

/** Whether an assignment gives something that nothing else does: it is none of the findings above. */
export function isOwnEffect(held: Assignment, subject: Subject, scene: LintContext): boolean {
  return (
    windowsAhead(held.windows, scene.at).length > 0 &&
    isAdmitted(subject, held.accessGroup, scene) &&
    findOther(held, effectiveOf(subject, scene), scene) === undefined
  )
}

/** Whether the ceiling above a principal lets a group through; above a user there is none. */
export function isAdmitted(subject: Subject, accessGroup: string, { state }: LintContext): boolean {
  const organization = findOrganizationOf(subject, state)
  return organization === undefined || admitsGroup(organization.entitlement, accessGroup)
}

/** The groups that a principal has to some effect, by assignment and by its plan. */
export function effectiveOf(subject: Subject, scene: LintContext): readonly Effective[] {
  const known = scene.effective.get(subject.row)
  if (known !== undefined) return known
  const found = findEffective(subject, scene)
  scene.effective.set(subject.row, found)
  return found
}

function findEffective(subject: Subject, scene: LintContext): readonly Effective[] {
  const { state, at } = scene
  const effective: Effective[] = []
  const add = (id: string, windows: Windows, plan?: string): void => {
    const group = findRow(state.accessGroups, id)
    if (group === undefined || windows.length === 0 || !isAdmitted(subject, id, scene)) return
    effective.push(plan === undefined ? { group, windows } : { group, windows, plan })
  }
  for (const { accessGroup, windows } of subject.row.accessGroups) add(accessGroup, windowsAhead(windows, at))
  const plan =
    subject.type === 'team' && subject.row.plan !== undefined ? findRow(state.plans, subject.row.plan) : undefined
  for (const accessGroup of plan?.accessGroups ?? []) add(accessGroup, forever, plan?.id)
  return effective
}

/**
 * What gives the principal all that an assignment does, for as long: its plan, or a group that holds every alias of this
 * one. Of two groups that give each other's the first by id stays, so that never both are redundant.
 */
function findOther(
  { accessGroup, windows }: Assignment,
  all: readonly Effective[],
  scene: LintContext,
): Effective | undefined {
  const { at } = scene
  const own = all.find(({ group, plan }) => group.id === accessGroup && plan === undefined)
  if (own === undefined || all.length === 1) return undefined
  const byPlan = all.find(({ group, plan }) => group.id === accessGroup && plan !== undefined)
  const [first] = liveMembersOf(own.group, scene)
  if (byPlan !== undefined || first === undefined) return byPlan
  const hash = hashOf(first)
  return all.find((other) => {
    // Most groups lack the first alias already, and a principal may hold thousands.
    if (other === own || !holdsAlias(other.group, first, hash)) return false
    if (!areCovered(windows, other.windows, at) || !isContained(own.group, other.group, scene)) return false
    const isMutual = areCovered(other.windows, own.windows, at) && isContained(other.group, own.group, scene)
    return !isMutual || other.plan !== undefined || other.group.id < accessGroup
  })
}
