import { apply } from '../../../change/apply.ts'
import type { Command } from '../../../change/message/command.ts'
import type { State } from '../../../model/state/state.ts'
import { credit, formatCredit } from '../../../model/value/credit.ts'
import { authorize } from '../../../policy/authorize.ts'
import type { Decision } from '../../../policy/decision/decision.ts'
import type { Request, UseRequest } from '../../../policy/request/request.ts'

/** What would be asked instead: another name, or in the name of another team, or of none. */
export interface RequestChange {
  readonly model?: string
  readonly team?: string | null
}

/** The request with what a remedy says changed, and nothing else. */
export function changeRequest(request: Request, { model, team }: RequestChange): Request {
  if (request.type === 'manage') return request
  const { team: named, ...rest } = request
  const next = team === undefined ? named : (team ?? undefined)
  return { ...rest, ...(model === undefined ? {} : { model }), ...(next === undefined ? {} : { team: next }) }
}

/** Whether a decision gives access, money aside: what it refuses for money alone is the caller's all the same. */
function givesAccess(decision: Decision): boolean {
  return decision.effect === 'allow' || decision.reason === 'payer_ambiguous' || decision.reason === 'credits_exhausted'
}

/** Whether the caller would have it, asked like this. */
export function wouldGive(request: UseRequest, change: RequestChange, state: State): boolean {
  return givesAccess(authorize(changeRequest(request, change), state))
}

type Said<C> = C extends Command ? Omit<C, 'actor' | 'at'> : never
/** A command without who gives it and when. */
export type Step = Said<Command>

/** A command that the host itself gives at an instant. */
export function commandOf(step: Step, at: number): Command {
  return { actor: { type: 'system' }, at, ...step } as Command
}

/** The state after commands, none when one of them is rejected. */
export function stateAfter(commands: readonly Command[], state: State): State | undefined {
  let next = state
  for (const command of commands) {
    const applied = apply(command, next)
    if (!applied.ok) return undefined
    next = applied.state
  }
  return next
}

/** The state after steps by the host itself. */
export function stateAfterSteps(steps: readonly Step[], at: number, state: State): State | undefined {
  return stateAfter(
    steps.map((step) => commandOf(step, at)),
    state,
  )
}

/** The units of an amount of a request. */
export function unitsOf(amount: bigint | string): bigint {
  return typeof amount === 'bigint' ? amount : credit(amount)
}

/** An amount of a request as exact decimal text, below zero for what is overdrawn. */
export function textOf(amount: bigint | string): string {
  return typeof amount === 'bigint' ? formatCredit(amount) : amount
}
