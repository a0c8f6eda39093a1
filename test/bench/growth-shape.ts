import { apply } from '../../src/change/apply.ts'
import type { Command } from '../../src/change/message/command.ts'
import type { Event } from '../../src/change/message/event.ts'
import type { State } from '../../src/model/state/state.ts'
import type { UseRequest } from '../../src/policy/request/request.ts'

/** One operation and the input that grows: `make(n)` builds an input of size `n` and returns the call to time. */
export interface Shape {
  readonly name: string
  readonly n: number
  readonly make: (n: number) => () => unknown
}

/** An instant at which the windows of the shapes are in force. */
export const at = 1_700_000_001_000
export const system = { type: 'system' } as const

export const list = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))

/** A use request of the user `ann`. */
export const ask = (model: string, rest: Partial<UseRequest> = {}): UseRequest => {
  return { type: 'use', who: { type: 'user', id: 'ann' }, model, at, ...rest }
}

/** Applies a command that must be accepted. */
function applied(command: object, state: State): { readonly state: State; readonly events: readonly Event[] } {
  const result = apply({ actor: system, at, ...command } as Command, state)
  if (!result.ok) throw new Error(JSON.stringify(result.rejection).slice(0, 500))
  return result
}

/** Applies commands in order, and returns the state and all events. */
export function applyAll(commands: readonly object[], state: State): { state: State; events: readonly Event[] } {
  const events: Event[] = []
  let next = state
  for (const command of commands) {
    const result = applied(command, next)
    next = result.state
    for (const event of result.events) events.push(event)
  }
  return { state: next, events }
}
