import type { Immutable } from 'immer'
import type { z } from 'zod'
import { AccessGroupId, Label } from '../../../model/value/id.ts'
import { Instant } from '../../../model/value/instant.ts'
import { listOf } from '../../../model/value/list.ts'
import { Holder } from '../../../model/value/principal.ts'
import { AccessGroupMember } from '../../../model/value/selector.ts'
import { type Envelope, listLimit, message } from '../envelope.ts'

/** Creates an access group, a named set of models. Access groups can be assigned to holders. */
export const CreateAccessGroup = message('CreateAccessGroup', {
  /** The name of the new group, unique: 1 to 256 lowercase letters and digits, separated by single hyphens or dots. */
  accessGroup: AccessGroupId,
  /** A description of at most 1,024 characters. Default: none. */
  description: Label.optional(),
  /**
   * At most 10,000 members. Aliases, alias patterns and `allAliases` grant names. Models and model patterns of a
   * provider account grant routes, whether a request names an alias or the model itself. An empty list grants nothing.
   */
  members: listOf(AccessGroupMember, listLimit),
})
export interface CreateAccessGroup extends Envelope, Immutable<z.infer<typeof CreateAccessGroup>> {}

/** Changes the description of an access group. */
export const UpdateAccessGroup = message('UpdateAccessGroup', {
  /** The name of the group to change. */
  accessGroup: AccessGroupId,
  /** A new description of at most 1,024 characters; `null` removes the description. Default: unchanged. */
  description: Label.nullable().optional(),
})
export interface UpdateAccessGroup extends Envelope, Immutable<z.infer<typeof UpdateAccessGroup>> {}

/** Adds members to an access group. */
export const AddAccessGroupMembers = message('AddAccessGroupMembers', {
  /** The name of the group. */
  accessGroup: AccessGroupId,
  /** The members to add: at most 10,000. Members that the group already has are ignored. */
  members: listOf(AccessGroupMember, listLimit),
})
export interface AddAccessGroupMembers extends Envelope, Immutable<z.infer<typeof AddAccessGroupMembers>> {}

/** Removes members from an access group. */
export const RemoveAccessGroupMembers = message('RemoveAccessGroupMembers', {
  /** The name of the group. */
  accessGroup: AccessGroupId,
  /** The members to remove: at most 10,000. Members that the group does not have are ignored. */
  members: listOf(AccessGroupMember, listLimit),
})
export interface RemoveAccessGroupMembers extends Envelope, Immutable<z.infer<typeof RemoveAccessGroupMembers>> {}

/** Replaces all members of an access group. */
export const SetAccessGroupMembers = message('SetAccessGroupMembers', {
  /** The name of the group. */
  accessGroup: AccessGroupId,
  /** The new members: at most 10,000. */
  members: listOf(AccessGroupMember, listLimit),
})
export interface SetAccessGroupMembers extends Envelope, Immutable<z.infer<typeof SetAccessGroupMembers>> {}

/** Deletes an access group, and removes the group from all assignments, plans and entitlements. */
export const DeleteAccessGroup = message('DeleteAccessGroup', {
  /** The name of the group to delete. */
  accessGroup: AccessGroupId,
})
export interface DeleteAccessGroup extends Envelope, Immutable<z.infer<typeof DeleteAccessGroup>> {}

/**
 * Assigns an access group to a holder for a time window. The holder is a principal, a user's membership in a team, or
 * an organization. Every team and virtual account of an organization has the organization's groups. Windows assigned
 * earlier stay.
 */
export const AssignAccessGroup = message('AssignAccessGroup', {
  /** The name of the group to assign. */
  accessGroup: AccessGroupId,
  /** The holder that receives the group. A membership loses its groups when the user leaves the team. */
  principal: Holder,
  /** The first instant of the window, in epoch milliseconds. Default: no start, so the assignment applies at once. */
  startsAt: Instant.optional(),
  /** The end of the window in epoch milliseconds, later than `startsAt` and the command's `at`. Default: no end. */
  expiresAt: Instant.optional(),
})
export interface AssignAccessGroup extends Envelope, Immutable<z.infer<typeof AssignAccessGroup>> {}

/** Removes the assignment of an access group to a holder, with all windows. Groups that a plan grants stay. */
export const UnassignAccessGroup = message('UnassignAccessGroup', {
  /** The name of the group to unassign. */
  accessGroup: AccessGroupId,
  /** The holder that loses the group. */
  principal: Holder,
})
export interface UnassignAccessGroup extends Envelope, Immutable<z.infer<typeof UnassignAccessGroup>> {}

/**
 * Replaces the access groups assigned to a holder. Listed groups that the holder lacks are assigned without an end, and
 * other groups are unassigned. Listed groups that the holder has keep their windows, so that writing back a list that
 * was read makes no temporary assignment permanent.
 */
export const SetAccessGroups = message('SetAccessGroups', {
  /** The holder whose assignments are replaced. */
  principal: Holder,
  /** The names of all groups that the holder should have: at most 10,000. */
  accessGroups: listOf(AccessGroupId, listLimit),
})
export interface SetAccessGroups extends Envelope, Immutable<z.infer<typeof SetAccessGroups>> {}
