import type { Credential } from '../../../model/noun/credential.ts'
import type { State } from '../../../model/state/state.ts'
import { findRow } from '../../../model/table/table.ts'
import type { Principal } from '../../../model/value/principal.ts'
import { type Asking, findAsking, judge } from '../../../policy/context/caller.ts'
import { type Context, findCandidate } from '../../../policy/context/context.ts'
import type { Reach, UseDecision } from '../../../policy/decision/decision.ts'
import { isDenied } from '../../../policy/decision/deny.ts'
import { evaluationTimeOf } from '../../../policy/evaluation-time.ts'
import type { UseRequest, Who } from '../../../policy/request/request.ts'
import { type Choice, contextsByPayer } from '../../../policy/route/choose.ts'
import { evaluate, type Outcome, type Question } from '../../../policy/route/evaluate.ts'
import { reachOf } from '../../../policy/route/reach.ts'
import { type Resolved, resolve } from '../../../policy/route/resolve.ts'

/** One context in which a caller could be answered, and what it came to. */
export interface Tried {
  readonly context: Context
  /** What the steps left; none when no step was reached. */
  readonly outcome: Outcome | undefined
  /** Every path by which the context reaches the name, restricted or not. */
  readonly reach: readonly Reach[]
  /** Whether the decision is this context's. */
  readonly isChosen: boolean
}

/** Everything that a decision about a use looked at, by the policy's own functions. */
export interface DecisionTrace {
  readonly request: UseRequest
  readonly state: State
  readonly decision: UseDecision
  /** The row behind the request's credential, good or not. */
  readonly credential: Credential | undefined
  readonly principal: Principal | undefined
  /** The team that the request names, or else its credential. */
  readonly team: string | undefined
  /** None while somebody or something about the caller is not in order. */
  readonly asking: Asking | undefined
  readonly resolved: Resolved | undefined
  /** The question that the contexts were asked; none for a name that leads nowhere. */
  readonly question: Question | undefined
  /** Every context, in the order in which they are tried. */
  readonly tried: readonly Tried[]
}

/** Goes through a decision again, and keeps what it goes by. */
export function traceDecision(request: UseRequest, state: State, decision: UseDecision): DecisionTrace {
  const credential = credentialOf(request.who, state)
  const principal = principalOf(request.who, state)
  const team = request.team ?? credential?.team
  const moment = evaluationTimeOf(request.at)
  const found = findAsking(request.who, request.team, state, moment)
  const asking = isDenied(found) ? undefined : found
  const name = resolve(request.model, state)
  const resolved = isDenied(name) ? undefined : name
  const judged = asking && judge(asking, request.model, state, moment)
  const heard = judged === undefined || isDenied(judged) ? undefined : judged
  const tried = (asking === undefined ? [] : contextsTried(asking, state)).map((context) => ({
    context,
    outcome: heard && evaluate(context, heard.question),
    reach: resolved === undefined ? [] : reachOf(context, resolved, moment),
  }))
  const question = heard?.question
  const chosen = tried.map((one) => ({ ...one, isChosen: heard !== undefined && isChosen(one, heard.choice) }))
  return { request, state, decision, credential, principal, team, asking, resolved, question, tried: chosen }
}

/** The row behind a credential, whether it is good or not. */
export function credentialOf(who: Who, state: State): Credential | undefined {
  if (who.type !== 'credential' && who.type !== 'credentialDigest') return undefined
  const id = who.type === 'credential' ? who.id : findRow(state.index.digests, who.digest)
  return id === undefined ? undefined : findRow(state.credentials, id)
}

/** Who asks, as far as it is known, be its credential good or not. */
export function principalOf(who: Who, state: State): Principal | undefined {
  if (who.type !== 'credential' && who.type !== 'credentialDigest') return who
  return credentialOf(who, state)?.owner
}

/** A default team comes first, then whatever nobody pays for, then what somebody does. */
function contextsTried({ caller }: Asking, state: State): readonly Context[] {
  if (caller.type === 'settled') return [caller.context]
  const { user } = caller
  const first = user.defaultTeam === undefined ? undefined : findCandidate(user, user.defaultTeam, state)
  const rest = contextsByPayer(user, state).flat()
  return first === undefined ? rest : [first, ...rest.filter((context) => !isSameContext(context, first))]
}

/** Whether two contexts of one caller are the same: a team is in one of them at most. */
function isSameContext(a: Context, b: Context): boolean {
  return a.payer.type === b.payer.type && a.payer.row.id === b.payer.row.id
}

function isChosen({ context, outcome }: Pick<Tried, 'context' | 'outcome'>, choice: Choice): boolean {
  if (choice.type === 'one') return isSameContext(choice.outcome.context, context)
  if (choice.type === 'united') return outcome?.ok === true && !context.payer.row.metered
  return choice.outcomes.some((one) => isSameContext(one.context, context))
}
