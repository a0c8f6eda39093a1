import type { Immutable } from 'immer'
import { z } from 'zod'
import { AccessGroupId, Label } from '../../../model/value/id.ts'
import { Principal } from '../../../model/value/principal.ts'
import { AccessGroupMember } from '../../../model/value/selector.ts'
import { Window } from '../../../model/value/window.ts'
import { envelope } from '../envelope.ts'

/** A group was made. */
export const AccessGroupCreated = z.strictObject({
  type: z.literal('AccessGroupCreated'),
  ...envelope,
  accessGroup: AccessGroupId,
  description: Label.optional(),
  members: z.array(AccessGroupMember),
})
export type AccessGroupCreated = Immutable<z.infer<typeof AccessGroupCreated>>

/** What is given changed; `null` cleared. */
export const AccessGroupUpdated = z.strictObject({
  type: z.literal('AccessGroupUpdated'),
  ...envelope,
  accessGroup: AccessGroupId,
  description: Label.nullable().optional(),
})
export type AccessGroupUpdated = Immutable<z.infer<typeof AccessGroupUpdated>>

/** A group holds these members too. */
export const AccessGroupMembersAdded = z.strictObject({
  type: z.literal('AccessGroupMembersAdded'),
  ...envelope,
  accessGroup: AccessGroupId,
  members: z.array(AccessGroupMember),
})
export type AccessGroupMembersAdded = Immutable<z.infer<typeof AccessGroupMembersAdded>>

/** A group holds these members no more. */
export const AccessGroupMembersRemoved = z.strictObject({
  type: z.literal('AccessGroupMembersRemoved'),
  ...envelope,
  accessGroup: AccessGroupId,
  members: z.array(AccessGroupMember),
})
export type AccessGroupMembersRemoved = Immutable<z.infer<typeof AccessGroupMembersRemoved>>

/** A group is gone, from every assignment, plan and entitlement. */
export const AccessGroupDeleted = z.strictObject({
  type: z.literal('AccessGroupDeleted'),
  ...envelope,
  accessGroup: AccessGroupId,
})
export type AccessGroupDeleted = Immutable<z.infer<typeof AccessGroupDeleted>>

/** A principal holds a group in this window, besides those it had. */
export const AccessGroupAssigned = z.strictObject({
  type: z.literal('AccessGroupAssigned'),
  ...envelope,
  accessGroup: AccessGroupId,
  principal: Principal,
  window: Window,
})
export type AccessGroupAssigned = Immutable<z.infer<typeof AccessGroupAssigned>>

/**
 * The groups of a principal were set as a whole: it lost those removed, in all their windows, and holds those added for
 * good. Groups in neither list are held as before.
 */
export const AccessGroupsSet = z.strictObject({
  type: z.literal('AccessGroupsSet'),
  ...envelope,
  principal: Principal,
  removed: z.array(AccessGroupId),
  added: z.array(AccessGroupId),
})
export type AccessGroupsSet = Immutable<z.infer<typeof AccessGroupsSet>>

/** A principal lost a group, in all its windows. */
export const AccessGroupUnassigned = z.strictObject({
  type: z.literal('AccessGroupUnassigned'),
  ...envelope,
  accessGroup: AccessGroupId,
  principal: Principal,
})
export type AccessGroupUnassigned = Immutable<z.infer<typeof AccessGroupUnassigned>>
