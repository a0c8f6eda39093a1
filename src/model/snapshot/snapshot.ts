import type { Immutable } from 'immer'
import * as z from 'zod'
import { AccessGroupText } from '../noun/access-group.ts'
import { AccessRequest } from '../noun/access-request.ts'
import { Credential } from '../noun/credential.ts'
import { ModelAlias } from '../noun/model-alias.ts'
import { Organization } from '../noun/organization.ts'
import { Plan } from '../noun/plan.ts'
import { ProviderAccountText } from '../noun/provider-account.ts'
import { Restriction } from '../noun/restriction.ts'
import { Team } from '../noun/team.ts'
import { User } from '../noun/user.ts'
import { VirtualAccount } from '../noun/virtual-account.ts'
import { administratorLimit, type Kind } from '../state/state.ts'
import { listOf } from '../value/list.ts'
import { Agent } from '../value/principal.ts'

/** The version of the snapshot schema that this library writes and reads. */
export const snapshotSchema = 1

/** For each kind, the zod schema of a row as a snapshot stores it. */
export const rowTexts = {
  organizations: Organization,
  users: User,
  teams: Team,
  virtualAccounts: VirtualAccount,
  credentials: Credential,
  providerAccounts: ProviderAccountText,
  modelAliases: ModelAlias,
  accessGroups: AccessGroupText,
  restrictions: Restriction,
  plans: Plan,
  accessRequests: AccessRequest,
} as const satisfies Record<Kind, z.ZodType>
/** A row of kind `K` as a snapshot stores it. */
export type RowText<K extends Kind> = Immutable<z.infer<(typeof rowTexts)[K]>>

/** A list whose entries are not read: `fromSnapshot` parses the rows one by one, and stops after 100 faults. */
const Rows = z.unknown().transform((input, { issues }): readonly unknown[] => {
  if (Array.isArray(input)) return input
  issues.push({ code: 'invalid_type', expected: 'array', input })
  return z.NEVER
})

const frame = {
  format: z.literal('portcullis'),
  schema: z.literal(snapshotSchema),
  version: z.int().min(0),
  administrators: listOf(Agent, administratorLimit, 'administrators'),
}

/** The schema of a whole snapshot, except its rows. `fromSnapshot` parses the rows one by one. */
export const SnapshotFrame = z.strictObject({
  ...frame,
  organizations: Rows,
  users: Rows,
  teams: Rows,
  virtualAccounts: Rows,
  credentials: Rows,
  providerAccounts: Rows,
  modelAliases: Rows,
  accessGroups: Rows,
  restrictions: Rows,
  plans: Rows,
  accessRequests: Rows,
})

const Count = z.int().min(0)

/** The schema of the first part of a snapshot in parts. `rowCounts` is the number of rows in all other parts. */
export const PartsFrame = z.strictObject({
  ...frame,
  rowCounts: z.strictObject({
    organizations: Count,
    users: Count,
    teams: Count,
    virtualAccounts: Count,
    credentials: Count,
    providerAccounts: Count,
    modelAliases: Count,
    accessGroups: Count,
    restrictions: Count,
    plans: Count,
    accessRequests: Count,
  }),
})
export type PartsFrame = Immutable<z.infer<typeof PartsFrame>>

/** A state as JSON: the rows of each kind, sorted by id. The index is omitted, since it is computed from the rows. */
export type Snapshot = Immutable<Omit<z.infer<typeof SnapshotFrame>, Kind>> & {
  readonly [K in Kind]: readonly RowText<K>[]
}
