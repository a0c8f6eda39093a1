import type { Command } from '../../change/message/command.ts'
import type { Reference } from '../../change/message/rejection.ts'
import type { Role } from '../../model/noun/holding.ts'
import type { Principal } from '../../model/value/principal.ts'

/**
 * Everything that lint finds, in the order in which it is listed: names that lead nowhere, groups, what is held, powers,
 * money, denials, credentials, names, and what only a usage log shows. The list is closed: adding, removing or moving a
 * line is a major release.
 */
export const findingCodes = [
  'model_alias_unserved',
  'access_group_unserved',
  'access_group_unheld',
  'access_group_member_retired',
  'access_group_member_deprecated',
  'access_group_successor_missing',
  'assignment_ended',
  'assignment_shadowed',
  'assignment_redundant',
  'role_ended',
  'role_redundant',
  'manager_role_excessive',
  'manager_role_discouraged',
  'wallet_unspendable',
  'restriction_ended',
  'restriction_idle',
  'restriction_redundant',
  'credential_expired',
  'name_ambiguous',
  'access_group_name_unclear',
  'access_group_name_inconsistent',
  'assignment_unused',
  'role_unused',
  'access_group_unused',
  'model_refused',
] as const
export type FindingCode = (typeof findingCodes)[number]

/** How much a finding matters: callers are failed by an error, a warning misleads whoever reads the state, advice can wait. */
export type Severity = 'error' | 'warning' | 'advice'

/** What a finding is about: a thing, what a principal holds, a member of a group, or a model that a principal is refused. */
export type FindingSubject =
  | Reference
  | { readonly type: 'assignment'; readonly principal: Principal; readonly accessGroup: string }
  | {
      readonly type: 'roleGrant'
      readonly principal: Principal
      readonly providerAccount: string
      /** Absent where all roles on the account are meant. */
      readonly role?: Role
    }
  | { readonly type: 'accessGroupMember'; readonly accessGroup: string; readonly alias: string }
  | { readonly type: 'refusal'; readonly principal: Principal; readonly model: string }

/** One thing to mend. `message` is one sentence for an operator; `fix` mends it and leaves nothing new behind. */
export interface Finding {
  readonly code: FindingCode
  readonly severity: Severity
  readonly subject: FindingSubject
  readonly message: string
  /** At most a thousand commands of `system`, in order. Absent where someone has to decide: the message says what. */
  readonly fix?: readonly Command[]
}

/** A finding before it is settled: what it is, and the commands that mend it by themselves. */
export interface Draft {
  readonly code: FindingCode
  readonly subject: FindingSubject
  readonly message: string
  readonly fix?: readonly Command[]
  /** Whether the commands may lead to findings that were not there: then they are tried, and what they leave is mended too. */
  readonly isTried?: boolean
  /** A group that is not the subject's and that the finding rests on. */
  readonly because?: string
}

const severities: { readonly [C in FindingCode]: Severity } = {
  model_alias_unserved: 'error',
  access_group_unserved: 'warning',
  access_group_unheld: 'warning',
  access_group_member_retired: 'warning',
  access_group_member_deprecated: 'advice',
  access_group_successor_missing: 'advice',
  assignment_ended: 'advice',
  assignment_shadowed: 'warning',
  assignment_redundant: 'advice',
  role_ended: 'advice',
  role_redundant: 'advice',
  manager_role_excessive: 'warning',
  manager_role_discouraged: 'advice',
  wallet_unspendable: 'warning',
  restriction_ended: 'advice',
  restriction_idle: 'warning',
  restriction_redundant: 'advice',
  credential_expired: 'advice',
  name_ambiguous: 'warning',
  access_group_name_unclear: 'advice',
  access_group_name_inconsistent: 'advice',
  assignment_unused: 'advice',
  role_unused: 'advice',
  access_group_unused: 'advice',
  model_refused: 'advice',
}

/** The finding that a draft has become. */
export function findingOf({ code, subject, message, fix }: Draft): Finding {
  const finding = { code, severity: severities[code], subject, message }
  return fix === undefined ? finding : { ...finding, fix }
}

/** What tells two findings apart: the code and the subject, as texts that are compared one by one. */
function keyOf({ code, subject }: Pick<Draft, 'code' | 'subject'>): readonly string[] {
  return [code, ...partsOf(subject)]
}

/** The same as one text. */
export function textOf(draft: Pick<Draft, 'code' | 'subject'>): string {
  return JSON.stringify(keyOf(draft))
}

/** The order of findings: by code as listed, then by subject. */
export function compareFindings(a: Draft, b: Draft): number {
  const byCode = findingCodes.indexOf(a.code) - findingCodes.indexOf(b.code)
  if (byCode !== 0) return byCode
  const [one, other] = [partsOf(a.subject), partsOf(b.subject)]
  for (let i = 0; i < one.length && i < other.length; i += 1) {
    if (one[i] !== other[i]) return (one[i] as string) < (other[i] as string) ? -1 : 1
  }
  return one.length - other.length
}

function partsOf(subject: FindingSubject): readonly string[] {
  switch (subject.type) {
    case 'assignment':
      return [subject.type, subject.principal.type, subject.principal.id, subject.accessGroup]
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
