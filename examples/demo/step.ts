import type { Actor, RejectionCode } from 'portcullis'
import type { CommandBody } from 'portcullis/engine'

/** A command of an actor at an instant. With `refusedAs`, the command must be rejected with this code. */
export interface Step {
  readonly at: number
  readonly actor: Actor
  readonly command: CommandBody
  readonly refusedAs?: RejectionCode
}

export const system: Actor = { type: 'system' }
export const user = (id: string): Actor & { readonly type: 'user' } => ({ type: 'user', id })

/** Returns one step for each command, in order. All steps have the same actor and instant. */
export function steps(at: number, actor: Actor, ...commands: readonly CommandBody[]): Step[] {
  return commands.map((command) => ({ at, actor, command }))
}

/** Returns a step whose command must be rejected with a code. */
export function mistake(at: number, actor: Actor, refusedAs: RejectionCode, command: CommandBody): Step {
  return { at, actor, command, refusedAs }
}
