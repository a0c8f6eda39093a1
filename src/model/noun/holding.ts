import type { Immutable } from 'immer'
import * as z from 'zod'
import { AccessGroupId, ProviderAccountId } from '../value/id.ts'
import { listOf } from '../value/list.ts'
import { Agent } from '../value/principal.ts'
import { Windows } from '../value/window.ts'

/** A role on a provider account. A `manager` may do all that a `user` may. */
export const Role = z.enum(['manager', 'user'])
export type Role = z.infer<typeof Role>

/** A role of a principal on a provider account, in force only during `windows`. */
export const RoleGrant = z.strictObject({
  providerAccount: ProviderAccountId,
  role: Role,
  windows: Windows,
  /**
   * The user or virtual account that granted the role last; absent if `system` did. The grantor may have been deleted
   * since.
   */
  grantedBy: Agent.optional(),
})
export interface RoleGrant extends Immutable<z.infer<typeof RoleGrant>> {}

/** An access group assigned to a holder, in force only during `windows`. */
export const Assignment = z.strictObject({ accessGroup: AccessGroupId, windows: Windows })
export interface Assignment extends Immutable<z.infer<typeof Assignment>> {}

/** The maximum number of access groups that are assigned to one holder. */
export const assignmentLimit = 10_000

/** The maximum number of roles of one principal. */
export const roleLimit = 1000

/**
 * The schema fields for the access groups (up to 10,000) and the roles (up to 1,000) of a principal. No access group
 * occurs twice, and no role occurs twice for one provider account.
 */
export const holdings = {
  accessGroups: listOf(Assignment, assignmentLimit),
  roleGrants: listOf(RoleGrant, roleLimit, 'roles'),
}

/** The access groups and roles of a principal. */
export interface Holdings {
  readonly accessGroups: readonly Assignment[]
  readonly roleGrants: readonly RoleGrant[]
}
