import type { Actor, Command, RejectionCode } from 'portcullis'

type Undated<C extends Command> = C extends Command ? Omit<C, 'actor' | 'at'> : never

/** A command without its actor and instant. The step of the command has both. */
export type UnattributedCommand = Undated<Command>

/** A command of an actor at an instant. With `refusedAs`, the command must be rejected with this code. */
export interface Step {
  readonly at: number
  readonly actor: Actor
  readonly command: UnattributedCommand
  readonly refusedAs?: RejectionCode
}

export const system: Actor = { type: 'system' }
export const user = (id: string): Actor & { readonly type: 'user' } => ({ type: 'user', id })

/** Returns one step for each command, in order. All steps have the same actor and instant. */
export function steps(at: number, actor: Actor, ...commands: readonly UnattributedCommand[]): Step[] {
  return commands.map((command) => ({ at, actor, command }))
}

/** Returns a step whose command must be rejected with a code. */
export function mistake(at: number, actor: Actor, refusedAs: RejectionCode, command: UnattributedCommand): Step {
  return { at, actor, command, refusedAs }
}

/** Returns the complete command of a step, with its actor and instant. */
export function commandOf({ at, actor, command }: Step): Command {
  return { ...command, at, actor } as Command
}
