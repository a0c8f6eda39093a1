import type { Immutable } from 'immer'
import { z } from 'zod'
import { AccessGroupId, Label } from '../../../model/value/id.ts'
import { Principal } from '../../../model/value/principal.ts'
import { AccessGroupMember } from '../../../model/value/selector.ts'
import { Window } from '../../../model/value/window.ts'
import { type Envelope, message } from '../envelope.ts'

/** A group was made. */
export const AccessGroupCreated = message('AccessGroupCreated', {
  accessGroup: AccessGroupId,
  description: Label.optional(),
  members: z.array(AccessGroupMember),
})
export interface AccessGroupCreated extends Envelope, Immutable<z.infer<typeof AccessGroupCreated>> {}

/** What is given changed; `null` cleared. */
export const AccessGroupUpdated = message('AccessGroupUpdated', {
  accessGroup: AccessGroupId,
  description: Label.nullable().optional(),
})
export interface AccessGroupUpdated extends Envelope, Immutable<z.infer<typeof AccessGroupUpdated>> {}

/** A group holds these members too. */
export const AccessGroupMembersAdded = message('AccessGroupMembersAdded', {
  accessGroup: AccessGroupId,
  members: z.array(AccessGroupMember),
})
export interface AccessGroupMembersAdded extends Envelope, Immutable<z.infer<typeof AccessGroupMembersAdded>> {}

/** A group holds these members no more. */
export const AccessGroupMembersRemoved = message('AccessGroupMembersRemoved', {
  accessGroup: AccessGroupId,
  members: z.array(AccessGroupMember),
})
export interface AccessGroupMembersRemoved extends Envelope, Immutable<z.infer<typeof AccessGroupMembersRemoved>> {}

/** A group is gone, from every assignment, plan and entitlement. */
export const AccessGroupDeleted = message('AccessGroupDeleted', { accessGroup: AccessGroupId })
export interface AccessGroupDeleted extends Envelope, Immutable<z.infer<typeof AccessGroupDeleted>> {}

/** A principal holds a group in this window, besides those it had. */
export const AccessGroupAssigned = message('AccessGroupAssigned', {
  accessGroup: AccessGroupId,
  principal: Principal,
  window: Window,
})
export interface AccessGroupAssigned extends Envelope, Immutable<z.infer<typeof AccessGroupAssigned>> {}

/**
 * The groups of a principal were set as a whole: it lost those removed, in all their windows, and holds those added for
 * good. Groups in neither list are held as before.
 */
export const AccessGroupsSet = message('AccessGroupsSet', {
  principal: Principal,
  removed: z.array(AccessGroupId),
  added: z.array(AccessGroupId),
})
export interface AccessGroupsSet extends Envelope, Immutable<z.infer<typeof AccessGroupsSet>> {}

/** A principal lost a group, in all its windows. */
export const AccessGroupUnassigned = message('AccessGroupUnassigned', {
  accessGroup: AccessGroupId,
  principal: Principal,
})
export interface AccessGroupUnassigned extends Envelope, Immutable<z.infer<typeof AccessGroupUnassigned>> {}
