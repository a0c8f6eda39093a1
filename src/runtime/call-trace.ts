import type { State } from '../model/state/state.ts'
import { findRow } from '../model/table/table.ts'
import type { Instant } from '../model/value/instant.ts'
import type { Operation } from '../model/value/operation.ts'
import type { Principal } from '../model/value/principal.ts'
import type { Decision, Route, UseAllowed } from '../policy/decision/decision.ts'
import type { Thing } from '../policy/decision/thing.ts'
import type { Who } from '../policy/request/request.ts'
import type { Admission, Ended, Ending } from './admission.ts'
import type { NotAdmitted } from './admit-request.ts'
import type { CallReport, DecidedEvent, EndedEvent } from './engine-event.ts'
import type { PolicyUnavailable } from './unavailable.ts'

/** What a request names. Never a token. */
export interface TracedRequest {
  readonly who: Who
  readonly model?: string | undefined
  readonly team?: string | undefined
  readonly operation?: Operation | undefined
  readonly thing?: Thing | undefined
}

type Result = Admission | NotAdmitted | Decision | PolicyUnavailable

/** The facts of one call or question, of which the events about it are made later, outside the path of the call. */
export class CallTrace {
  readonly id: string
  readonly by: DecidedEvent['by']
  /** What each subscriber captured when the call began. */
  readonly contexts: ReadonlyMap<object, unknown> | undefined
  readonly #startedAt = performance.now()
  #request: TracedRequest | undefined
  #state: State | undefined
  #decision: Decision | undefined
  #isTokenMalformed = false
  #estimate: bigint | undefined
  #event: DecidedEvent | undefined
  #decidedAt = 0

  constructor(id: string, by: DecidedEvent['by'], contexts: ReadonlyMap<object, unknown> | undefined) {
    this.id = id
    this.by = by
    this.contexts = contexts
  }

  /** Notes the decision of the policy. */
  decide(request: TracedRequest, state: State, decision: Decision, isTokenMalformed = false): void {
    this.#request = request
    this.#state = state
    this.#decision = decision
    this.#isTokenMalformed = isTokenMalformed
  }

  estimate(estimate: bigint): void {
    this.#estimate = estimate
  }

  /** Notes the result, and returns a function that makes the event. */
  decided(result: Result, at: Instant): () => DecidedEvent {
    this.#decidedAt = performance.now()
    const milliseconds = this.#decidedAt - this.#startedAt
    return () => {
      const head = { type: 'decided', id: this.id, by: this.by, at, ...outcomeOf(result), milliseconds } as const
      this.#event = Object.freeze({ ...head, ...this.#details(result) })
      // The state is large, and an open call keeps its trace.
      this.#state = undefined
      this.#request = undefined
      return this.#event
    }
  }

  /** Notes the ending of the call, and returns a function that makes the event from the ledger's answer. */
  ended(ending: Ending, cost: bigint, at: Instant, report: CallReport | undefined): (ended: Ended) => EndedEvent {
    const milliseconds = performance.now() - this.#decidedAt
    const routes = (this.#decision as UseAllowed).routes
    const { route, units } = readReport(report, routes)
    return (ended) =>
      Object.freeze({
        ...{ type: 'ended', id: this.id, at, call: this.#event as DecidedEvent, ending, isBooked: ended.ok, cost },
        ...(ended.ok ? {} : { reason: ended.reason === 'refused' ? ended.refusal.reason : ended.reason }),
        ...(route === undefined ? {} : { route }),
        ...(units === undefined ? {} : { units }),
        milliseconds,
      })
  }

  /** Returns the details of the event; none if the request cannot be read. */
  #details(result: Result): Partial<DecidedEvent> {
    const decision = this.#decision
    const request = this.#request
    if (decision === undefined || request === undefined) return {}
    try {
      const isValid = decision.effect === 'allow' || decision.reason !== 'request_invalid'
      return {
        ...(this.#isTokenMalformed ? { isTokenMalformed: true } : {}),
        ...(isValid ? subjectsOf(request, decision, this.#state as State) : {}),
        ...modelOf(request.model),
        ...(isValid && request.operation !== undefined ? { operation: request.operation } : {}),
        ...(isValid && request.thing !== undefined ? { thing: Object.freeze({ ...request.thing }) } : {}),
        ...('routes' in decision ? moneyOf(decision) : {}),
        ...(this.#estimate === undefined ? {} : { estimate: this.#estimate }),
        ...('amount' in result ? { reserved: result.amount } : {}),
        version: decision.version,
      }
    } catch {
      return {}
    }
  }
}

/** Returns the outcome of a result and its reason. */
function outcomeOf(result: Result): Pick<DecidedEvent, 'outcome' | 'reason'> {
  if ('admitted' in result) {
    if (result.admitted) return { outcome: 'allowed' }
    if (result.reason === 'denied') return { outcome: 'denied', reason: result.denial.reason }
    return result.reason === 'refused'
      ? { outcome: 'refused', reason: result.refusal.reason }
      : { outcome: result.reason }
  }
  if (result.effect === 'allow') return { outcome: 'allowed' }
  return result.reason === 'policy_unavailable'
    ? { outcome: 'policy_unavailable' }
    : { outcome: 'denied', reason: result.reason }
}

type Subjects = Pick<DecidedEvent, 'principal' | 'credential' | 'team' | 'organization'>

/** Returns who calls, by which credential, for which team, and in which organization. */
function subjectsOf({ who, team: named }: TracedRequest, decision: Decision, state: State): Subjects {
  const credential = decision.credential === undefined ? undefined : findRow(state.credentials, decision.credential)
  const principal = decision.effect === 'allow' ? decision.principal : (credential?.owner ?? principalOf(who))
  const team = 'team' in decision ? decision.team : (named ?? credential?.team)
  const organization =
    principal?.type === 'virtualAccount'
      ? findRow(state.virtualAccounts, principal.id)?.organization
      : findRow(state.teams, principal?.type === 'team' ? principal.id : (team ?? ''))?.organization
  return {
    ...(principal === undefined ? {} : { principal }),
    ...(decision.credential === undefined ? {} : { credential: decision.credential }),
    ...(team === undefined ? {} : { team }),
    ...(organization === undefined ? {} : { organization }),
  }
}

function principalOf(who: Who): Principal | undefined {
  if (who.type === 'credential' || who.type === 'credentialDigest') return undefined
  return Object.freeze({ type: who.type, id: who.id })
}

function modelOf(model: unknown): Pick<DecidedEvent, 'model'> {
  return typeof model === 'string' && model.length > 0 && model.length <= 513 ? { model } : {}
}

function moneyOf({ routes, payer }: UseAllowed): Pick<DecidedEvent, 'routes' | 'wallet'> {
  return { routes, ...(payer.type === 'wallet' ? { wallet: payer.wallet } : {}) }
}

/** Returns the parts of a report that are well-formed. Accepts any value. */
function readReport(report: unknown, routes: readonly Route[]): Pick<EndedEvent, 'route' | 'units'> {
  const only = routes.length === 1 ? routes[0] : undefined
  try {
    const { route, units } = (report ?? {}) as { readonly route?: Route; readonly units?: Record<string, number> }
    const known = routes.find((one) => one.providerAccount === route?.providerAccount && one.model === route?.model)
    const answered = known ?? only
    return { ...(answered === undefined ? {} : { route: answered }), ...(units === undefined ? {} : readUnits(units)) }
  } catch {
    return only === undefined ? {} : { route: only }
  }
}

function readUnits(units: Readonly<Record<string, unknown>>): Pick<EndedEvent, 'units'> {
  const entries = Object.entries(units)
  const isGood = entries.length <= 16 && entries.every(([name, number]) => name.length <= 64 && isAmount(number))
  return isGood ? { units: Object.freeze(Object.fromEntries(entries) as Record<string, number>) } : {}
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
