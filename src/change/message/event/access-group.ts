import type { Immutable } from 'immer'
import type { z } from 'zod'
import { AccessGroupId, Label } from '../../../model/value/id.ts'
import { listOf } from '../../../model/value/list.ts'
import { Holder } from '../../../model/value/principal.ts'
import { AccessGroupMember } from '../../../model/value/selector.ts'
import { Window } from '../../../model/value/window.ts'
import { type Envelope, message } from '../envelope.ts'

/** An access group was created. */
export const AccessGroupCreated = message('AccessGroupCreated', {
  accessGroup: AccessGroupId,
  description: Label.optional(),
  members: listOf(AccessGroupMember),
})
export interface AccessGroupCreated extends Envelope, Immutable<z.infer<typeof AccessGroupCreated>> {}

/** The given fields of an access group changed. A field that is `null` was removed. */
export const AccessGroupUpdated = message('AccessGroupUpdated', {
  accessGroup: AccessGroupId,
  description: Label.nullable().optional(),
})
export interface AccessGroupUpdated extends Envelope, Immutable<z.infer<typeof AccessGroupUpdated>> {}

/** Members were added to an access group. The group had none of these members before. */
export const AccessGroupMembersAdded = message('AccessGroupMembersAdded', {
  accessGroup: AccessGroupId,
  members: listOf(AccessGroupMember),
})
export interface AccessGroupMembersAdded extends Envelope, Immutable<z.infer<typeof AccessGroupMembersAdded>> {}

/** Members were removed from an access group. The group had all of these members before. */
export const AccessGroupMembersRemoved = message('AccessGroupMembersRemoved', {
  accessGroup: AccessGroupId,
  members: listOf(AccessGroupMember),
})
export interface AccessGroupMembersRemoved extends Envelope, Immutable<z.infer<typeof AccessGroupMembersRemoved>> {}

/** An access group was deleted. The group was also removed from all assignments, plans and entitlements. */
export const AccessGroupDeleted = message('AccessGroupDeleted', { accessGroup: AccessGroupId })
export interface AccessGroupDeleted extends Envelope, Immutable<z.infer<typeof AccessGroupDeleted>> {}

/**
 * An access group was assigned to a holder for a time window. The window is added to the assignment's earlier windows.
 */
export const AccessGroupAssigned = message('AccessGroupAssigned', {
  accessGroup: AccessGroupId,
  principal: Holder,
  window: Window,
})
export interface AccessGroupAssigned extends Envelope, Immutable<z.infer<typeof AccessGroupAssigned>> {}

/**
 * The assignments of a holder were replaced. A removed group lost all its windows; an added group is assigned without
 * an end. Groups in neither list keep their windows.
 */
export const AccessGroupsSet = message('AccessGroupsSet', {
  principal: Holder,
  removed: listOf(AccessGroupId),
  added: listOf(AccessGroupId),
})
export interface AccessGroupsSet extends Envelope, Immutable<z.infer<typeof AccessGroupsSet>> {}

/** The assignment of an access group to a holder was removed, with all windows of the assignment. */
export const AccessGroupUnassigned = message('AccessGroupUnassigned', {
  accessGroup: AccessGroupId,
  principal: Holder,
})
export interface AccessGroupUnassigned extends Envelope, Immutable<z.infer<typeof AccessGroupUnassigned>> {}
