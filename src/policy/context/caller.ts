import type { Credential } from '../../model/noun/credential.ts'
import type { State } from '../../model/state/state.ts'
import type { Principal } from '../../model/value/principal.ts'
import { allow, allowUnited } from '../conclude.ts'
import type { UseDecision } from '../decision/decision.ts'
import { type Denied, deny, isDenied } from '../decision/deny.ts'
import type { EvaluationTime } from '../evaluation-time.ts'
import { refuse } from '../refuse.ts'
import type { UseRequest, Who } from '../request/request.ts'
import { type Choice, chooseContext } from '../route/choose.ts'
import { evaluate, type Question } from '../route/evaluate.ts'
import { isRetired, resolve } from '../route/resolve.ts'
import { refuseRetired } from '../route/retired.ts'
import { authenticate } from './authenticate.ts'
import { type Caller, findCaller } from './caller-contexts.ts'

/** Who asks, once everything that must be in order before a model is looked at is. Good for any number of names. */
export interface Asking {
  readonly principal: Principal
  readonly credential: Credential | undefined
  readonly caller: Caller
  /** Whether the request names another team than its credential's: then nothing passes. */
  readonly isOtherTeam: boolean
}

/** Whoever asks, in the name of a team or of none, or why it may ask nothing. */
export function findAsking(who: Who, team: string | undefined, state: State, moment: EvaluationTime): Asking | Denied {
  const authenticated = authenticate(who, state, moment)
  if (isDenied(authenticated)) return authenticated
  const { principal, credential } = authenticated
  const caller = findCaller(principal, team ?? credential?.team, state)
  if (isDenied(caller)) return caller
  const isOtherTeam = team !== undefined && credential?.team !== undefined && credential.team !== team
  return { principal, credential, caller, isOtherTeam }
}

/** What a name comes to for whoever asks, before money. */
export interface Judged {
  readonly question: Question
  readonly choice: Choice
}

/** Resolves a name and finds the context that answers for it, or refuses a name that leads nowhere. */
export function judge(asking: Asking, name: string, state: State, moment: EvaluationTime): Judged | Denied {
  const { credential, caller, isOtherTeam } = asking
  const resolved = resolve(name, state)
  if (isDenied(resolved)) return resolved
  const { alias } = resolved
  if (alias !== undefined && isRetired(alias, moment)) return refuseRetired(alias, caller, state, moment)
  const question: Question = { resolved, credential, isOtherTeam, state, moment }
  const choice: Choice =
    caller.type === 'settled'
      ? { type: 'one', outcome: evaluate(caller.context, question) }
      : chooseContext(caller.user, question)
  return { question, choice }
}

/** The decision that a judged name comes to, with the credits that the payer has if they are given. */
export function conclude(
  { principal }: Asking,
  { question, choice }: Judged,
  credits: UseRequest['credits'],
): UseDecision {
  if (choice.type === 'united') return allowUnited(principal, choice, question)
  if (choice.type === 'ambiguous') {
    const level = { type: 'user', id: principal.id } as const
    return deny('payer_ambiguous', level, [{ type: 'name_team', teams: choice.teams }], question.state)
  }
  const { outcome } = choice
  return outcome.ok ? allow(principal, outcome, credits, question) : refuse(outcome, question)
}
