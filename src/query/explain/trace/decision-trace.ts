import type { Credential } from '../../../model/noun/credential.ts'
import type { Target } from '../../../model/noun/model-alias.ts'
import type { State } from '../../../model/state/state.ts'
import { findRow } from '../../../model/table/table.ts'
import type { Principal } from '../../../model/value/principal.ts'
import { evaluateModel } from '../../../policy/authorize.ts'
import { type Caller, identifyCaller } from '../../../policy/context/caller.ts'
import { type Context, findCandidate } from '../../../policy/context/context.ts'
import type { Reach, UseDecision } from '../../../policy/decision/decision.ts'
import { isDenied } from '../../../policy/decision/deny.ts'
import { evaluationTimeOf } from '../../../policy/evaluation-time.ts'
import type { UseRequest, Who } from '../../../policy/request/request.ts'
import { type Choice, contextsByPayer } from '../../../policy/route/choose.ts'
import { type EvaluationInput, evaluateContext, type Outcome } from '../../../policy/route/evaluate.ts'
import { reachOf, unreached } from '../../../policy/route/reach.ts'
import { type Resolved, resolve } from '../../../policy/route/resolve.ts'

/**
 * One context of the caller (a payer and the holders whose access counts), with the request's outcome in the context.
 */
export interface EvaluatedContext {
  readonly context: Context
  /**
   * The routes that remain, or the step that removed the last route. `undefined` if the request was denied before any
   * context was evaluated.
   */
  readonly outcome: Outcome | undefined
  /**
   * Every path (grant) that leads to the requested name in this context, including paths that a restriction denies.
   */
  readonly reach: readonly Reach[]
  /** The targets of the requested name to which at least one path in `reach` leads. */
  readonly targets: readonly Target[]
  /** Whether the decision is taken from this context. */
  readonly isChosen: boolean
}

/** Every intermediate result of a decision about a use request, computed by the functions that `authorize` calls. */
export interface DecisionTrace {
  readonly request: UseRequest
  readonly state: State
  readonly decision: UseDecision
  /** The row of the request's credential, even if the credential is expired or revoked. */
  readonly credential: Credential | undefined
  readonly principal: Principal | undefined
  /** The team that the request names, or else the credential's team. */
  readonly team: string | undefined
  /** The default team of the user. `undefined` if the request or its credential names a team. */
  readonly defaultTeam: string | undefined
  readonly resolved: Resolved | undefined
  /** The input of `evaluateContext`, the same for every context. `undefined` when no context was evaluated. */
  readonly input: EvaluationInput | undefined
  /** The caller's contexts, in the order in which `authorize` evaluates contexts. Empty if the caller is denied. */
  readonly contexts: readonly EvaluatedContext[]
}

/** Evaluates a request again and returns every intermediate result of the decision. */
export function traceDecision(request: UseRequest, state: State, decision: UseDecision): DecisionTrace {
  const credential = credentialOf(request.who, state)
  const principal = principalOf(request.who, state)
  const team = request.team ?? credential?.team
  const moment = evaluationTimeOf(request.at)
  const found = identifyCaller({ ...request, operation: request.operation }, state, moment)
  const caller = isDenied(found) ? undefined : found
  const name = resolve(request.model, state)
  const resolved = isDenied(name) ? undefined : name
  const result = caller && evaluateModel(caller, request.model, state, moment)
  const judged = result === undefined || isDenied(result) ? undefined : result
  const chosen = judged === undefined ? noRows : chosenPayers(judged.choice)
  const contexts = (caller === undefined ? [] : contextsInOrder(caller, state)).map((context): EvaluatedContext => {
    const outcome = judged && evaluateContext(context, judged.input)
    const { reach, targets } = resolved === undefined ? unreached : reachOf(context, resolved, moment)
    return {
      context,
      outcome,
      reach,
      targets,
      isChosen: chosen.has(context.payer.row),
    }
  })
  const defaultTeam = team === undefined ? defaultTeamOf(principal, state) : undefined
  return {
    request,
    state,
    decision,
    credential,
    principal,
    team,
    defaultTeam,
    resolved,
    input: judged?.input,
    contexts,
  }
}

/** Returns the default team of a user. `undefined` for any other principal and for a user without a default team. */
export function defaultTeamOf(principal: Principal | undefined, state: State): string | undefined {
  return principal?.type === 'user' ? findRow(state.users, principal.id)?.defaultTeam : undefined
}

/** The row of the credential with which a request is made, even if the credential is expired or revoked. */
export function credentialOf(who: Who, state: State): Credential | undefined {
  if (who.type !== 'credential' && who.type !== 'credentialDigest') return undefined
  const id = who.type === 'credential' ? who.id : findRow(state.index.digests, who.digest)
  return id === undefined ? undefined : findRow(state.credentials, id)
}

/**
 * The principal that sends the request: `who` itself, or the owner of the credential, even if the credential is expired
 * or revoked.
 */
export function principalOf(who: Who, state: State): Principal | undefined {
  if (who.type !== 'credential' && who.type !== 'credentialDigest') return who
  return credentialOf(who, state)?.owner
}

/**
 * Returns a caller's contexts in the order of evaluation: the default team's, contexts with free calls, contexts of
 * metered teams, and the user's own if metered.
 */
function contextsInOrder({ contexts }: Caller, state: State): readonly Context[] {
  if (contexts.type === 'one') return [contexts.context]
  const { user } = contexts
  const first = user.defaultTeam === undefined ? undefined : findCandidate(user, user.defaultTeam, state)
  const rest = contextsByPayer(user, state).flat()
  return first === undefined ? rest : [first, ...rest.filter((context) => !isSameContext(context, first))]
}

/**
 * Whether two contexts of one caller are the same context. Compares only the payers, because each team is in at most
 * one context.
 */
function isSameContext(a: Context, b: Context): boolean {
  return a.payer.type === b.payer.type && a.payer.row.id === b.payer.row.id
}

const noRows: ReadonlySet<object> = new Set()

/** Returns the rows of the payers from whose contexts the decision is taken. */
function chosenPayers(choice: Choice): ReadonlySet<object> {
  const outcomes = choice.type === 'one' ? [choice.outcome] : choice.outcomes
  return new Set(outcomes.map(({ context }) => context.payer.row))
}
