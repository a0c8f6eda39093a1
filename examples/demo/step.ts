import type { Actor, Command, RejectionCode } from 'portcullis'

type Undated<C extends Command> = C extends Command ? Omit<C, 'actor' | 'at'> : never

/** A command without its heading, which the step around it says. */
export type Deed = Undated<Command>

/** Somebody gives a command at an instant. Where `refusedAs` is set, the right answer to it is that rejection. */
export interface Step {
  readonly at: number
  readonly actor: Actor
  readonly deed: Deed
  readonly refusedAs?: RejectionCode
}

export const system: Actor = { type: 'system' }
export const user = (id: string): Actor & { readonly type: 'user' } => ({ type: 'user', id })

/** Commands that one actor gives at one instant, in this order. */
export function steps(at: number, actor: Actor, ...deeds: readonly Deed[]): Step[] {
  return deeds.map((deed) => ({ at, actor, deed }))
}

/** A command that must be rejected, and how. */
export function mistake(at: number, actor: Actor, refusedAs: RejectionCode, deed: Deed): Step {
  return { at, actor, deed, refusedAs }
}

/** The command that a step gives. */
export function commandOf({ at, actor, deed }: Step): Command {
  return { ...deed, at, actor } as Command
}
