import type { Immutable } from 'immer'
import { z } from 'zod'
import { AccessGroupId, Label } from '../../../model/value/id.ts'
import { Principal } from '../../../model/value/principal.ts'
import { AccessGroupMember } from '../../../model/value/selector.ts'
import { envelope, listOf, windowEnds } from '../envelope.ts'

/** Makes an access group. Without members it holds nothing. */
export const CreateAccessGroup = z.strictObject({
  type: z.literal('CreateAccessGroup'),
  ...envelope,
  accessGroup: AccessGroupId,
  description: Label.optional(),
  members: listOf(AccessGroupMember),
})
export type CreateAccessGroup = Immutable<z.infer<typeof CreateAccessGroup>>

/** Changes what is given; `description: null` clears it. */
export const UpdateAccessGroup = z.strictObject({
  type: z.literal('UpdateAccessGroup'),
  ...envelope,
  accessGroup: AccessGroupId,
  description: Label.nullable().optional(),
})
export type UpdateAccessGroup = Immutable<z.infer<typeof UpdateAccessGroup>>

/** Adds members to a group. */
export const AddAccessGroupMembers = z.strictObject({
  type: z.literal('AddAccessGroupMembers'),
  ...envelope,
  accessGroup: AccessGroupId,
  members: listOf(AccessGroupMember),
})
export type AddAccessGroupMembers = Immutable<z.infer<typeof AddAccessGroupMembers>>

/** Removes members from a group. */
export const RemoveAccessGroupMembers = z.strictObject({
  type: z.literal('RemoveAccessGroupMembers'),
  ...envelope,
  accessGroup: AccessGroupId,
  members: listOf(AccessGroupMember),
})
export type RemoveAccessGroupMembers = Immutable<z.infer<typeof RemoveAccessGroupMembers>>

/** Replaces the members of a group as a whole. */
export const SetAccessGroupMembers = z.strictObject({
  type: z.literal('SetAccessGroupMembers'),
  ...envelope,
  accessGroup: AccessGroupId,
  members: listOf(AccessGroupMember),
})
export type SetAccessGroupMembers = Immutable<z.infer<typeof SetAccessGroupMembers>>

/** Deletes a group, which leaves all its assignments, plans and entitlements. */
export const DeleteAccessGroup = z.strictObject({
  type: z.literal('DeleteAccessGroup'),
  ...envelope,
  accessGroup: AccessGroupId,
})
export type DeleteAccessGroup = Immutable<z.infer<typeof DeleteAccessGroup>>

/** Assigns a group to a principal, in a window of time. It adds to what is assigned and takes nothing away. */
export const AssignAccessGroup = z.strictObject({
  type: z.literal('AssignAccessGroup'),
  ...envelope,
  accessGroup: AccessGroupId,
  principal: Principal,
  ...windowEnds,
})
export type AssignAccessGroup = Immutable<z.infer<typeof AssignAccessGroup>>

/** Takes a group from a principal, in all its windows. What its plan brings stays. */
export const UnassignAccessGroup = z.strictObject({
  type: z.literal('UnassignAccessGroup'),
  ...envelope,
  accessGroup: AccessGroupId,
  principal: Principal,
})
export type UnassignAccessGroup = Immutable<z.infer<typeof UnassignAccessGroup>>

/**
 * Sets the groups of a principal as a whole: others are taken, missing ones are assigned for good. One that is held keeps
 * its windows, so that writing back a list that was read makes nothing temporary permanent.
 */
export const SetAccessGroups = z.strictObject({
  type: z.literal('SetAccessGroups'),
  ...envelope,
  principal: Principal,
  accessGroups: listOf(AccessGroupId),
})
export type SetAccessGroups = Immutable<z.infer<typeof SetAccessGroups>>
