import { apply } from '../../../change/apply.ts'
import type { Command } from '../../../change/message/command.ts'
import type { State } from '../../../model/state/state.ts'
import { formatCredit, signedCredit } from '../../../model/value/credit.ts'
import type { Operation } from '../../../model/value/operation.ts'
import { authorize } from '../../../policy/authorize.ts'
import type { Decision } from '../../../policy/decision/decision.ts'
import type { Request, UseRequest } from '../../../policy/request/request.ts'

/** A change to a use request: another model, another operation, another team, or `team: null` for no team. */
export interface RequestChange {
  readonly model?: string
  readonly team?: string | null
  readonly operation?: Operation
}

/** Returns the request with a change applied. A manage request is returned unchanged. */
export function changeRequest(request: Request, { model, team, operation }: RequestChange): Request {
  if (request.type === 'manage') return request
  const { team: named, ...rest } = request
  const next = team === undefined ? named : (team ?? undefined)
  return {
    ...rest,
    ...(model === undefined ? {} : { model }),
    ...(next === undefined ? {} : { team: next }),
    ...(operation === undefined ? {} : { operation }),
  }
}

/** Whether a decision gives access. A denial only because of credits or an ambiguous payer counts as access. */
function givesAccess(decision: Decision): boolean {
  return decision.effect === 'allow' || decision.reason === 'payer_ambiguous' || decision.reason === 'credits_exhausted'
}

/** Whether the request, with `change` applied, would get access in this state. */
export function wouldHaveAccess(request: UseRequest, change: RequestChange, state: State): boolean {
  return givesAccess(authorize(changeRequest(request, change), state))
}

type WithoutHeader<C> = C extends Command ? Omit<C, 'actor' | 'at'> : never
/** A command without its actor and instant. */
export type CommandBody = WithoutHeader<Command>

/** Makes a command with the actor `system` and the given instant. */
export function systemCommand(body: CommandBody, at: number): Command {
  return { actor: { type: 'system' }, at, ...body } as Command
}

/** Applies all commands and returns the resulting state. `undefined` if a command is rejected. */
export function stateAfterCommands(commands: readonly Command[], state: State): State | undefined {
  let next = state
  for (const command of commands) {
    const applied = apply(command, next)
    if (!applied.ok) return undefined
    next = applied.state
  }
  return next
}

/**
 * Applies all commands as the actor `system` and returns the resulting state. `undefined` if a command is rejected.
 */
export function stateAfterBodies(bodies: readonly CommandBody[], at: number, state: State): State | undefined {
  return stateAfterCommands(
    bodies.map((body) => systemCommand(body, at)),
    state,
  )
}

/** Converts a decimal string of credits to units. A bigint is already in units and is returned unchanged. */
export function unitsOf(amount: bigint | string): bigint {
  return typeof amount === 'bigint' ? amount : signedCredit(amount)
}

/** Formats an amount of credits as an exact decimal string, negative when overdrawn. */
export function creditText(amount: bigint | string): string {
  return typeof amount === 'bigint' ? formatCredit(amount) : amount
}
