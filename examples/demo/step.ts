import type { Actor, Command, RejectionCode } from 'portcullis'

type Undated<C extends Command> = C extends Command ? Omit<C, 'actor' | 'at'> : never

/** A command without actor and instant, which its step has. */
export type UnattributedCommand = Undated<Command>

/** A command by an actor at an instant. With `refusedAs`, it must be rejected with that code. */
export interface Step {
  readonly at: number
  readonly actor: Actor
  readonly command: UnattributedCommand
  readonly refusedAs?: RejectionCode
}

export const system: Actor = { type: 'system' }
export const user = (id: string): Actor & { readonly type: 'user' } => ({ type: 'user', id })

/** Steps of one actor at one instant, in this order. */
export function steps(at: number, actor: Actor, ...commands: readonly UnattributedCommand[]): Step[] {
  return commands.map((command) => ({ at, actor, command }))
}

/** A step whose command must be rejected with a code. */
export function mistake(at: number, actor: Actor, refusedAs: RejectionCode, command: UnattributedCommand): Step {
  return { at, actor, command, refusedAs }
}

/** The complete command of a step. */
export function commandOf({ at, actor, command }: Step): Command {
  return { ...command, at, actor } as Command
}
