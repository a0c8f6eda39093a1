import type { Command } from '../../change/message/command.ts'
import type { Reference } from '../../change/message/rejection.ts'
import type { Role } from '../../model/noun/holding.ts'
import type { Holder, Principal } from '../../model/value/principal.ts'

/**
 * Every finding code, in the order in which lint lists findings: aliases, groups, assignments, roles, wallets,
 * restrictions, credentials, access requests, breadth of access, names, and the codes that need a usage log. The list is closed: adding,
 * removing or moving a code is a major release.
 */
export const findingCodes = [
  'model_alias_unserved',
  'model_alias_retiring',
  'model_hidden',
  'access_group_unserved',
  'access_group_unheld',
  'access_group_member_retired',
  'access_group_member_deprecated',
  'access_group_successor_missing',
  'assignment_ended',
  'assignment_ending',
  'assignment_shadowed',
  'assignment_redundant',
  'role_ended',
  'role_ending',
  'role_redundant',
  'manager_role_excessive',
  'manager_role_discouraged',
  'role_giver_powerless',
  'wallet_unspendable',
  'restriction_ended',
  'restriction_idle',
  'restriction_redundant',
  'restriction_bypassed',
  'credential_expired',
  'credential_expiring',
  'credential_scope_idle',
  'access_request_undecidable',
  'access_universal',
  'name_ambiguous',
  'access_group_name_unclear',
  'access_group_name_inconsistent',
  'assignment_unused',
  'role_unused',
  'access_group_unused',
  'model_refused',
] as const
export type FindingCode = (typeof findingCodes)[number]

/** How serious a finding is: an error makes calls fail, a warning misleads operators, advice can wait. */
export type Severity = 'error' | 'warning' | 'advice'

/**
 * What a finding is about: a row, an assignment, a role, a member of a group, or a model that a principal is denied.
 */
export type FindingSubject =
  | Reference
  | { readonly type: 'assignment'; readonly principal: Holder; readonly accessGroup: string }
  | {
      readonly type: 'roleGrant'
      readonly principal: Principal
      readonly providerAccount: string
      /** The role with the problem. Absent if the finding concerns all roles of the principal on the account. */
      readonly role?: Role
    }
  | { readonly type: 'accessGroupMember'; readonly accessGroup: string; readonly alias: string }
  | { readonly type: 'refusal'; readonly principal: Principal; readonly model: string }

/**
 * A problem in a state, described by `message` in one sentence for an operator. Applying `fix` removes the finding and
 * causes no new finding.
 */
export interface Finding {
  readonly code: FindingCode
  readonly severity: Severity
  readonly subject: FindingSubject
  readonly message: string
  /**
   * The commands that fix the problem, at most 1,000, to apply in order as the actor `system`. Absent if an operator
   * has to decide first; `message` then states the decision.
   */
  readonly fix?: readonly Command[]
}

/** A rule's result: a finding without its severity. `completeFix` may still extend the fix. */
export interface Detection {
  readonly code: FindingCode
  readonly subject: FindingSubject
  readonly message: string
  readonly fix?: readonly Command[]
  /**
   * Whether the fix may cause new findings. If so, `completeFix` simulates the fix and adds commands that fix the new
   * findings.
   */
  readonly isSimulated?: boolean
  /** The id of another row that causes the finding, such as the group that makes an assignment redundant. */
  readonly restsOn?: string
}

const severities: { readonly [C in FindingCode]: Severity } = {
  model_alias_unserved: 'error',
  model_alias_retiring: 'advice',
  model_hidden: 'warning',
  access_group_unserved: 'warning',
  access_group_unheld: 'warning',
  access_group_member_retired: 'warning',
  access_group_member_deprecated: 'advice',
  access_group_successor_missing: 'advice',
  assignment_ended: 'advice',
  assignment_ending: 'advice',
  assignment_shadowed: 'warning',
  assignment_redundant: 'advice',
  role_ended: 'advice',
  role_ending: 'advice',
  role_redundant: 'advice',
  manager_role_excessive: 'warning',
  manager_role_discouraged: 'advice',
  role_giver_powerless: 'warning',
  wallet_unspendable: 'warning',
  restriction_ended: 'advice',
  restriction_idle: 'warning',
  restriction_redundant: 'advice',
  restriction_bypassed: 'warning',
  credential_expired: 'advice',
  credential_expiring: 'advice',
  credential_scope_idle: 'warning',
  access_request_undecidable: 'warning',
  access_universal: 'advice',
  name_ambiguous: 'warning',
  access_group_name_unclear: 'advice',
  access_group_name_inconsistent: 'advice',
  assignment_unused: 'advice',
  role_unused: 'advice',
  access_group_unused: 'advice',
  model_refused: 'advice',
}

/** Converts a detection to a finding by adding the severity of its code. */
export function findingOf({ code, subject, message, fix }: Detection): Finding {
  const finding = { code, severity: severities[code], subject, message }
  return fix === undefined ? finding : { ...finding, fix }
}

/**
 * Returns a string that identifies a finding. Two findings have equal keys if and only if code and subject are equal.
 */
export function findingKey({ code, subject }: Pick<Detection, 'code' | 'subject'>): string {
  return JSON.stringify([code, ...subjectParts(subject)])
}

/** Orders findings by code, as listed in `findingCodes`, and then by subject. */
export function compareFindings(a: Detection, b: Detection): number {
  const byCode = findingCodes.indexOf(a.code) - findingCodes.indexOf(b.code)
  if (byCode !== 0) return byCode
  const [partsOfA, partsOfB] = [subjectParts(a.subject), subjectParts(b.subject)]
  for (let i = 0; i < partsOfA.length && i < partsOfB.length; i += 1) {
    if (partsOfA[i] !== partsOfB[i]) return (partsOfA[i] as string) < (partsOfB[i] as string) ? -1 : 1
  }
  return partsOfA.length - partsOfB.length
}

function holderParts(holder: Holder): readonly string[] {
  return holder.type === 'member' ? [holder.type, holder.team, holder.user] : [holder.type, holder.id]
}

function subjectParts(subject: FindingSubject): readonly string[] {
  switch (subject.type) {
    case 'assignment':
      return [subject.type, ...holderParts(subject.principal), subject.accessGroup]
    case 'roleGrant':
      return [
        subject.type,
        subject.principal.type,
        subject.principal.id,
        subject.providerAccount,
        ...(subject.role === undefined ? [] : [subject.role]),
      ]
    case 'accessGroupMember':
      return [subject.type, subject.accessGroup, subject.alias]
    case 'refusal':
      return [subject.type, subject.principal.type, subject.principal.id, subject.model]
    default:
      return [subject.type, subject.id]
  }
}
