import type { Actor, Command, RejectionCode } from '../../src/index.ts'

type Undated<C extends Command> = C extends Command ? Omit<C, 'actor' | 'at'> : never

/** A command without its heading, which the step around it says. */
export type UnattributedCommand = Undated<Command>

/** Somebody gives a command at an instant. Where `refusedAs` is set, the right answer to it is that rejection. */
export interface Step {
  readonly at: number
  readonly actor: Actor
  readonly command: UnattributedCommand
  readonly refusedAs?: RejectionCode
}

export const system: Actor = { type: 'system' }
export const user = (id: string): Actor & { readonly type: 'user' } => ({ type: 'user', id })

/** Commands that one actor gives at one instant, in this order. */
export function steps(at: number, actor: Actor, ...commands: readonly UnattributedCommand[]): Step[] {
  return commands.map((command) => ({ at, actor, command }))
}

/** A command that must be rejected, and how. */
export function mistake(at: number, actor: Actor, refusedAs: RejectionCode, command: UnattributedCommand): Step {
  return { at, actor, command, refusedAs }
}

/** The command that a step gives. */
export function commandOf({ at, actor, command }: Step): Command {
  return { ...command, at, actor } as Command
}
