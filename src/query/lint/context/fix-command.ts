import type { Command } from '../../../change/message/command.ts'
import type { Principal } from '../../../model/value/principal.ts'
import type { Window } from '../../../model/value/window.ts'
import { isHeldBeside } from './held.ts'
import type { LintContext } from './lint-context.ts'

type Said<C> = C extends Command ? Omit<C, 'actor' | 'at'> : never

/** A command of the host itself, at the scene's instant. */
export function order(scene: LintContext, said: Said<Command>): Command {
  return { ...said, actor: { type: 'system' }, at: scene.at } as Command
}

/** Takes a group from a principal; and deletes it, when nobody else has it. */
export function unassign(principal: Principal, accessGroup: string, scene: LintContext): Command[] {
  const taking = order(scene, { type: 'UnassignAccessGroup', accessGroup, principal })
  return isHeldBeside(accessGroup, principal, scene)
    ? [taking]
    : [taking, order(scene, { type: 'DeleteAccessGroup', accessGroup })]
}

/** The two ends of a window, as commands write them. */
export function endsOf({ startsAt, expiresAt }: Window): Window {
  return {
    ...(startsAt === undefined ? {} : { startsAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
}
