import * as z from 'zod'
import { RequestOutcome, RequestSubject, Wanted } from '../../model/noun/access-request.ts'
import { Assignment, Role } from '../../model/noun/holding.ts'
import { TeamRole } from '../../model/noun/user.ts'
import { Instant } from '../../model/value/instant.ts'
import { Operations } from '../../model/value/operation.ts'
import { Actor, Principal } from '../../model/value/principal.ts'
import { AccessGroupMember, Scope } from '../../model/value/selector.ts'
import { Status } from '../../model/value/status.ts'
import type { InactiveReason, IneffectiveReason, RoleAssignmentStatus } from '../../query/view/assignment-status.ts'
import type { IneffectiveAssignment } from '../../query/view/directory/describe-team.ts'
import type { GroupHolder, GroupWay, IneffectiveHolder } from '../../query/view/directory/group-holder.ts'
import type {
  AccessRequestSummary,
  DecidableRequest,
  OwnAccessRequest,
} from '../../query/view/directory/list-access-requests.ts'
import type { CredentialSummary } from '../../query/view/directory/list-credentials.ts'
import type { PendingInvitation, UserInvitation } from '../../query/view/directory/list-invitations.ts'
import { named, namedWire } from './component.ts'
import { BalanceBody } from './ledger.ts'
import { choiceOf, type FieldsOf, shapeOf } from './shape.ts'
import { wireSchema } from './wire-schema.ts'

const text = z.string()
const texts = z.array(text)
const instant = Instant.optional()

// Access groups

export const GroupBody = named(
  'AccessGroup',
  z.strictObject({
    ...{ group_name: text, description: text.nullable(), model_aliases: texts, created_at: wireSchema(Instant) },
  }),
)
export const GroupSummaryBody = named(
  'AccessGroupSummary',
  z.strictObject({ group_name: text, description: text.nullable(), model_count: z.int(), team_count: z.int() }),
)

const reason = choiceOf<InactiveReason | IneffectiveReason>({
  ...{ principal_suspended: true, organization_suspended: true, not_entitled: true, not_started: true, ended: true },
})
const way: FieldsOf<GroupWay> = { plan: text.optional(), organization: text.optional(), until: instant }
const HolderShape = shapeOf<GroupHolder>({ principal: Principal, ways: z.array(shapeOf<GroupWay>(way)) })
const holders = z.array(namedWire('GroupHolder', HolderShape))

export const GroupDetailsBody = named(
  'AccessGroupDetails',
  z.strictObject({
    ...{ group_name: text, description: text.nullable() },
    model_aliases: z.array(
      z.strictObject({ alias: text, litellm_model: text.nullable(), description: text.nullable() }),
    ),
    teams_with_access: texts,
    members: z.array(wireSchema(AccessGroupMember)),
    ...{ users: holders, virtual_accounts: holders, organizations: texts, plans: texts },
    ineffective: z
      .array(wireSchema(shapeOf<IneffectiveHolder>({ principal: Principal, ...way, reason, startsAt: instant })))
      .meta({ description: 'The assignments without effect.' }),
  }),
)

// Teams

const inactive = choiceOf<InactiveReason>({ principal_suspended: true, organization_suspended: true })
const role = { providerAccount: text, role: Role, until: instant }
/** A role in effect. */
const RoleShape = shapeOf<Omit<RoleAssignmentStatus, 'ineffective' | 'startsAt'>>(role)
type IneffectiveRole = Extract<IneffectiveAssignment, { readonly role: unknown }>
type IneffectiveGroup = Exclude<IneffectiveAssignment, { readonly role: unknown }>
const IneffectiveShape = z.union([
  shapeOf<IneffectiveGroup>({ accessGroup: text, ...way, startsAt: instant, reason }),
  shapeOf<IneffectiveRole>({ ...role, startsAt: instant, reason }),
])

const status = Status
const team = { organization_id: text, team_id: text, team_alias: text.nullable(), status, plan_id: text.optional() }
export const TeamSummaryBody = named('TeamSummary', z.strictObject(team))

const teamDetails = {
  ...team,
  access_groups: texts.meta({ description: 'The groups in effect, those of the plan and the organization included.' }),
  assigned_access_groups: texts.meta({ description: 'The groups that are assigned to the team itself.' }),
  inactive: inactive.optional(),
  roles: z.array(wireSchema(RoleShape)),
  ineffective: z.array(wireSchema(IneffectiveShape)),
  models: texts.meta({ description: 'The names of the models that the team may use now.' }),
  created_at: wireSchema(Instant),
  metered: z.boolean(),
  credits: BalanceBody.nullable().optional().meta({
    description: 'The balance of a metered team. Null if the ledger did not answer.',
  }),
}
export const TeamBody = named('Team', z.strictObject(teamDetails))
export const CreatedTeamBody = named(
  'CreatedTeam',
  z.strictObject({
    ...teamDetails,
    credits_allocated: text.optional(),
    token_id: text.optional().meta({ description: 'The id of the virtual key.' }),
    virtual_key: text
      .nullable()
      .optional()
      .meta({ description: 'The secret of the virtual key, which is shown once.' }),
    virtual_key_reason: text.optional().meta({ description: 'Why the answer has no virtual key.' }),
  }),
)

export const TeamMemberBody = namedWire(
  'TeamMember',
  z.strictObject({ user: text, role: TeamRole, accessGroups: z.array(Assignment) }),
)

// Invitations

const invitation: FieldsOf<PendingInvitation> = {
  ...{ user: text, role: TeamRole, invitedBy: Actor, expiresAt: instant, createdAt: Instant },
}
export const InvitationBody = namedWire('Invitation', shapeOf<PendingInvitation>(invitation))
export const UserInvitationBody = namedWire(
  'UserInvitation',
  shapeOf<UserInvitation>({ ...invitation, team: text, organization: text }),
)

// Tokens

export const TokenBody = namedWire(
  'Token',
  shapeOf<CredentialSummary>({
    ...{ credential: text, name: text.optional(), owner: Principal, team: text.optional(), issuedBy: Actor },
    ...{ scope: Scope, operations: Operations },
    status: choiceOf<CredentialSummary['status']>({ valid: true, expired: true, suspended: true, revoked: true }),
    ...{ createdAt: Instant, expiresAt: instant, revokedAt: instant },
  }),
)
export const IssuedTokenBody = named(
  'IssuedToken',
  z.strictObject({
    token_id: text,
    token: text.nullable().meta({ description: 'The secret, which is shown once. Null in the answer to a retry.' }),
    replayed: z.boolean(),
    version: z.int(),
    message: text.optional(),
  }),
)

// Access requests

const request: FieldsOf<AccessRequestSummary> = {
  ...{ request: text, requester: text, subject: RequestSubject, organization: text.optional(), wanted: Wanted },
  ...{ reason: text, duration: z.int(), createdAt: Instant, expiresAt: Instant },
}
export const DecidableRequestBody = namedWire(
  'AccessRequest',
  shapeOf<DecidableRequest>({ ...request, accessGroups: texts }),
)
export const OwnAccessRequestBody = namedWire(
  'OwnAccessRequest',
  shapeOf<OwnAccessRequest>({ ...request, outcome: RequestOutcome.optional() }),
)
