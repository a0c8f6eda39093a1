import type { Command } from '../../../change/message/command.ts'
import type { Holder } from '../../../model/value/principal.ts'
import type { Window } from '../../../model/value/window.ts'
import { isAssignedElsewhere } from './assignee.ts'
import type { LintContext } from './lint-context.ts'

type CommandFields<C> = C extends Command ? Omit<C, 'actor' | 'at'> : never

/** A command by the actor `system`, at the context's instant. */
export function systemCommand(context: LintContext, fields: CommandFields<Command>): Command {
  return { ...fields, actor: { type: 'system' }, at: context.at } as Command
}

/**
 * The commands that unassign a group from a holder. If the holder is the last assignee, the commands also delete
 * the group.
 */
export function unassignCommands(principal: Holder, accessGroup: string, context: LintContext): Command[] {
  const unassign = systemCommand(context, { type: 'UnassignAccessGroup', accessGroup, principal })
  return isAssignedElsewhere(accessGroup, principal, context)
    ? [unassign]
    : [unassign, systemCommand(context, { type: 'DeleteAccessGroup', accessGroup })]
}

/** The `startsAt` and `expiresAt` of a window, without undefined fields. */
export function endsOf({ startsAt, expiresAt }: Window): Window {
  return {
    ...(startsAt === undefined ? {} : { startsAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
}
