import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Operation } from '../../model/value/operation.ts'
import type { Principal } from '../../model/value/principal.ts'
import type { Decision, Route, UseAllowed } from '../../policy/decision/decision.ts'
import type { Thing } from '../../policy/decision/thing.ts'
import type { Who } from '../../policy/request/request.ts'
import type { PolicyUnavailable } from '../notice/unavailable.ts'
import type { Admission } from './admission.ts'
import type { NotAdmitted } from './admit-request.ts'
import type { Ended, Ending } from './ending.ts'
import type { CallReport, DecidedEvent, EndedEvent } from './engine-event.ts'

/** What a request names. Never a token. */
export interface TracedRequest {
  readonly who: Who
  readonly model?: string | undefined
  readonly team?: string | undefined
  readonly operation?: Operation | undefined
  readonly thing?: Thing | undefined
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

type Result = Admission | NotAdmitted | Decision | PolicyUnavailable

/** What a trace needs from the feed of its engine. */
export interface TraceFeed {
  /** Adds an event, which is made later. */
  readonly add: (trace: CallTrace, make: () => DecidedEvent | EndedEvent) => void
  /** Returns the engine's time. Never throws. */
  readonly instant: () => Instant
}

/** The facts of one call or question, of which the events about it are made later, outside the path of the call. */
export class CallTrace {
  readonly id: string
  readonly by: DecidedEvent['by']
  /** What each subscriber captured when the call began. */
  readonly contexts: ReadonlyMap<object, unknown> | undefined
  readonly #feed: TraceFeed
  readonly #startedAt = performance.now()
  #request: TracedRequest | undefined
  #state: State | undefined
  #decision: Decision | undefined
  #isTokenMalformed = false
  #estimate: bigint | undefined
  #event: DecidedEvent | undefined
  #decidedAt = 0

  constructor(feed: TraceFeed, id: string, by: DecidedEvent['by'], contexts: ReadonlyMap<object, unknown> | undefined) {
    this.#feed = feed
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

  /** Notes the result, and gives the feed a function that makes the event. */
  decided(result: Result): void {
    this.#decidedAt = performance.now()
    const at = this.#feed.instant()
    const milliseconds = this.#decidedAt - this.#startedAt
    this.#feed.add(this, () => {
      const event: Writable<DecidedEvent> = {
        type: 'decided',
        id: this.id,
        by: this.by,
        at,
        outcome: outcomeOf(result),
        milliseconds,
      }
      try {
        this.#addDetails(event, result)
      } catch {
        // The request cannot be read. The event has what was noted before.
      }
      this.#event = Object.freeze(event)
      // The state is large, and an open call keeps its trace.
      this.#state = undefined
      this.#request = undefined
      return event
    })
  }

  /** Notes the ending of the call, and returns a function that takes the ledger's answer. Neither throws. */
  ended(ending: Ending, cost: bigint, report: CallReport | undefined): (ended: Ended) => void {
    const at = this.#feed.instant()
    const milliseconds = performance.now() - this.#decidedAt
    const { routes } = this.#decision as UseAllowed
    const route = report === undefined ? onlyOf(routes) : readRoute(report, routes)
    const units = report === undefined ? undefined : readUnits(report)
    return (ended) => {
      this.#feed.add(this, () => {
        const call = this.#event as DecidedEvent
        const { id } = this
        const isBooked = ended.ok
        const event: Writable<EndedEvent> = { type: 'ended', id, at, call, ending, isBooked, cost, milliseconds }
        if (!ended.ok) event.reason = ended.reason === 'refused' ? ended.refusal.reason : ended.reason
        if (route !== undefined) event.route = route
        if (units !== undefined) event.units = units
        return Object.freeze(event)
      })
    }
  }

  #addDetails(event: Writable<DecidedEvent>, result: Result): void {
    const reason = reasonOf(result)
    if (reason !== undefined) event.reason = reason
    const decision = this.#decision
    const request = this.#request
    if (decision === undefined || request === undefined) return
    event.version = decision.version
    if (this.#isTokenMalformed) event.isTokenMalformed = true
    if (this.#estimate !== undefined) event.estimate = this.#estimate
    if ('amount' in result) event.reserved = result.amount
    if ('routes' in decision) {
      event.routes = decision.routes
      if (decision.payer.type === 'wallet') event.wallet = decision.payer.wallet
    }
    const { model } = request
    if (isModel(model)) event.model = model
    if (decision.effect === 'deny' && decision.reason === 'request_invalid') return
    if (request.operation !== undefined) event.operation = request.operation
    if (request.thing !== undefined) event.thing = Object.freeze({ ...request.thing })
    addSubjects(event, request, decision, this.#state as State)
  }
}

/** Returns the outcome of a result. */
function outcomeOf(result: Result): DecidedEvent['outcome'] {
  if ('admitted' in result) return result.admitted ? 'allowed' : result.reason
  if (result.effect === 'allow') return 'allowed'
  return result.reason === 'policy_unavailable' ? 'policy_unavailable' : 'denied'
}

/** Returns the reason of a denial or a refusal. */
function reasonOf(result: Result): DecidedEvent['reason'] {
  if ('admitted' in result) {
    if (result.admitted) return undefined
    if (result.reason === 'denied') return result.denial.reason
    return result.reason === 'refused' ? result.refusal.reason : undefined
  }
  return result.effect === 'allow' || result.reason === 'policy_unavailable' ? undefined : result.reason
}

/** Adds who calls, by which credential, for which team, and in which organization. */
function addSubjects(
  event: Writable<DecidedEvent>,
  { who, team: named }: TracedRequest,
  decision: Decision,
  state: State,
): void {
  const { credential } = decision
  if (credential !== undefined) event.credential = credential
  if ('routes' in decision) {
    event.principal = decision.principal
    if (decision.team !== undefined) event.team = decision.team
    if (decision.cacheScope.type === 'organization') event.organization = decision.cacheScope.id
    return
  }
  const row = credential === undefined ? undefined : findRow(state.credentials, credential)
  const principal = row?.owner ?? principalOf(who)
  const team = named ?? row?.team
  if (principal !== undefined) event.principal = principal
  if (team !== undefined) event.team = team
  const organization =
    principal?.type === 'virtualAccount'
      ? findRow(state.virtualAccounts, principal.id)?.organization
      : findRow(state.teams, principal?.type === 'team' ? principal.id : (team ?? ''))?.organization
  if (organization !== undefined) event.organization = organization
}

function principalOf(who: Who): Principal | undefined {
  if (who.type === 'credential' || who.type === 'credentialDigest') return undefined
  return Object.freeze({ type: who.type, id: who.id })
}

function isModel(model: unknown): model is string {
  return typeof model === 'string' && model.length > 0 && model.length <= 513
}

/** Returns the route of a report if it is permitted, or else the only permitted route. Accepts any report. */
function readRoute(report: CallReport, routes: readonly Route[]): Route | undefined {
  try {
    const { providerAccount, model } = report.route ?? {}
    return routes.find((one) => one.providerAccount === providerAccount && one.model === model) ?? onlyOf(routes)
  } catch {
    return onlyOf(routes)
  }
}

function onlyOf(routes: readonly Route[]): Route | undefined {
  return routes.length === 1 ? routes[0] : undefined
}

/** Returns the units of a report, if they are well-formed. Accepts any report. */
function readUnits(report: CallReport): EndedEvent['units'] {
  try {
    if (typeof report.units !== 'object' || report.units === null) return undefined
    const units = { ...report.units }
    const names = Object.keys(units)
    const isGood = names.length <= 16 && names.every((name) => name.length <= 64 && isAmount(units[name]))
    return isGood ? Object.freeze(units) : undefined
  } catch {
    return undefined
  }
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
