import type { Immutable } from 'immer'
import { z } from 'zod'
import { AccessGroupId, ProviderAccountId } from '../value/id.ts'
import { Windows } from '../value/window.ts'

/** The two permission levels on a provider account. A manager may do all that a user may. */
export const Role = z.enum(['manager', 'user'])
export type Role = z.infer<typeof Role>

/** A role that a principal holds on a provider account, in windows of time. */
export const RoleGrant = z.strictObject({ providerAccount: ProviderAccountId, role: Role, windows: Windows })
export interface RoleGrant extends Immutable<z.infer<typeof RoleGrant>> {}

/** An access group that a principal holds, in windows of time. */
export const Assignment = z.strictObject({ accessGroup: AccessGroupId, windows: Windows })
export interface Assignment extends Immutable<z.infer<typeof Assignment>> {}

/** What every principal can hold: access groups, and roles on provider accounts. At most one entry for each. */
export const holdings = { accessGroups: z.array(Assignment), roleGrants: z.array(RoleGrant) }
export interface Holdings {
  readonly accessGroups: readonly Assignment[]
  readonly roleGrants: readonly RoleGrant[]
}
