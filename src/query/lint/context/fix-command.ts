import type { Command } from '../../../change/message/command.ts'
import { findRow } from '../../../model/table/table.ts'
import type { Holder } from '../../../model/value/principal.ts'
import { isAssignedElsewhere } from './assignee.ts'
import type { LintContext } from './lint-context.ts'
import { findMisreadPattern } from './live-model.ts'

type CommandFields<C> = C extends Command ? Omit<C, 'actor' | 'at'> : never

/** Makes a command with the actor `system`, at the instant of the context. */
export function systemCommand(context: LintContext, fields: CommandFields<Command>): Command {
  return { ...fields, actor: { type: 'system' }, at: context.at } as Command
}

/**
 * Returns the commands that unassign a group from a holder, and delete the group if no assignee remains. `undefined` if
 * the group would be deleted but contains a misread pattern, since such a group only looks useless.
 */
export function unassignCommands(principal: Holder, accessGroup: string, context: LintContext): Command[] | undefined {
  const unassign = systemCommand(context, { type: 'UnassignAccessGroup', accessGroup, principal })
  if (isAssignedElsewhere(accessGroup, principal, context)) return [unassign]
  const group = findRow(context.state.accessGroups, accessGroup)
  if (group !== undefined && findMisreadPattern(group, context) !== undefined) return undefined
  return [unassign, systemCommand(context, { type: 'DeleteAccessGroup', accessGroup })]
}
