import type { State } from '../model/state/state.ts'
import type { Instant } from '../model/value/instant.ts'
import type { Actor } from '../model/value/principal.ts'
import type { ManageDecision, UseDecision } from '../policy/decision/decision.ts'
import type { ManageRequest, UseRequest, Who } from '../policy/request/request.ts'
import type { LogPage, LogQuery } from '../port/repository.ts'
import type { Preview } from '../query/diff/preview.ts'
import type { Explanation } from '../query/explain/explain.ts'
import type { ModelList, ModelListOptions } from '../query/list-models.ts'
import type { QueryFailure } from '../query/query-fault.ts'
import type { Admission } from './call/admission.ts'
import type { AdmitRequest, NotAdmitted } from './call/admit-request.ts'
import type { EngineListener, SubscribeOptions } from './call/subscriber.ts'
import type { CommandBody, Executed, ExecuteOptions } from './execute/execute-request.ts'
import type { PastMoment } from './follow/past.ts'
import type { EngineProblem, PolicyUnavailable } from './notice/unavailable.ts'
import type { TokenIssued, TokenRequest, TokenRotation } from './token/token-request.ts'

/** What an engine knows about itself. */
export interface EngineStatus {
  /** Whether the engine decides now. If not, everything is refused as `policy_unavailable`. */
  readonly isReady: boolean
  /** The version of the policy. 0 before the first load. */
  readonly version: number
  /** The age of the policy in milliseconds: it contains every change that is older. Infinity before the first load. */
  readonly staleness: number
  /** Why the policy may be getting old. Absent while all is well. */
  readonly problem?: EngineProblem
  /** The number of credit bookings that the engine does not know to be made. */
  readonly pendingBookings: number
  /** The number of admitted calls whose reservation is kept alive. */
  readonly liveCalls: number
  /** The number of settles and releases that the ledger has not answered. */
  readonly unansweredWrites: number
  /** The number of calls since the start that were denied because their token is malformed. */
  readonly malformedTokens: number
  /** The number of events since the start that subscribers did not get because they are too slow. */
  readonly droppedEvents: number
}

/** A request without its instant, which the engine sets. */
export type At<R> = Omit<R, 'at'>

/**
 * One policy, held in memory and followed from a repository, with the calls around each model call. Every method refuses
 * with `policy_unavailable` while the policy is missing or too old, and never allows what policy and ledger do not give.
 * Methods that return a promise never reject for what a caller sends.
 */
export interface Engine {
  /** Resolves with whether the engine decides within a number of milliseconds. Default: 30,000. */
  ready(milliseconds?: number): Promise<boolean>
  status(): EngineStatus
  /**
   * Waits until the ledger has the credits of every event that this engine has seen, for a number of milliseconds. Default:
   * 5,000. Resolves with whether it has them; `true` without a ledger.
   */
  booked(milliseconds?: number): Promise<boolean>

  /**
   * Executes one command, or several as one change: all of them, in order, or none.
   *
   * @example
   * const options = { actor: { type: 'system' }, id: 'request 4711' } as const
   * const executed = await engine.execute({ type: 'CreateUser', user: 'ann' }, options)
   * if (executed.ok) console.log(executed.events[0]?.type, executed.replay) // UserCreated false
   * else console.log(executed.reason === 'rejected' ? executed.rejection.message : executed.reason)
   */
  execute(commands: CommandBody | readonly CommandBody[], options: ExecuteOptions): Promise<Executed>
  /**
   * Issues a token: makes its secret, executes `IssueCredential` with the digest, and returns the secret once. A retry with
   * the same id after a success gets `already_issued`, and never another secret.
   *
   * @example
   * const owner = { type: 'team', id: 'dev' } as const
   * const issued = await engine.issueToken({ credential: 'ci', owner }, { actor: { type: 'system' } })
   * if (issued.ok) console.log(isToken(issued.token), issued.token.length) // true 52
   */
  issueToken(request: TokenRequest, options: ExecuteOptions): Promise<TokenIssued>
  /**
   * Replaces the secret of a token: executes `RotateCredential` with the digest of a new secret, which it returns once. The
   * replaced secrets stay good for `overlap` milliseconds.
   *
   * @example
   * const rotation = { credential: 'key', overlap: 3_600_000 }
   * const rotated = await engine.rotateToken(rotation, { actor: { type: 'system' }, id: 'rotation 7' })
   * const again = await engine.rotateToken(rotation, { actor: { type: 'system' }, id: 'rotation 7' })
   * console.log(rotated.ok, again.ok || again.reason) // true already_issued
   */
  rotateToken(rotation: TokenRotation, options: ExecuteOptions): Promise<TokenIssued>
  /**
   * Decides whether a model call may be made now, and reserves its estimate.
   *
   * @example
   * const call = await engine.admit({ token: 'secret', model: 'fast', operation: 'chat', estimate: credit('0.05') })
   * if (call.admitted) {
   *   const ended = await call.settle(credit('0.02'))
   *   console.log(call.routes[0]?.model, ended.ok) // gpt-5 true
   * } else if (call.reason === 'denied') console.log(answerCaller(call.denial))
   * else console.log(call.reason === 'refused' ? answerLedgerCaller(call.refusal) : call.reason)
   */
  admit(request: AdmitRequest): Promise<Admission | NotAdmitted>

  /** Decides a request on the current policy, at the engine's time. */
  authorize(request: At<UseRequest>): UseDecision | PolicyUnavailable
  authorize(request: At<ManageRequest>): ManageDecision | PolicyUnavailable
  listModels(who: Who, options?: At<ModelListOptions>): ModelList | QueryFailure | PolicyUnavailable
  explain(request: At<UseRequest> | At<ManageRequest>): Explanation | PolicyUnavailable
  /** Shows what commands would change, if `actor` gave them now. Changes nothing. */
  preview(commands: readonly CommandBody[], actor: Actor): Preview | QueryFailure | PolicyUnavailable
  /** Asks any question about the current policy: `read((state, at) => lint(state, { at }))`. */
  read<T>(question: (state: State, at: Instant) => T): T | PolicyUnavailable

  /**
   * Passes every decision and every end of a call to a listener from now on. Calls do not wait for it, and its errors only
   * cause a notice. Returns a function that delivers the events that wait, and ends the subscription. Events that wait for a
   * pending promise of the listener are lost then.
   * @throws {TypeError | RangeError} when the listener or an option is not as expected
   *
   * @example
   * const seen: string[] = []
   * const stop = engine.subscribe((events) => seen.push(...events.map(({ type }) => type)))
   * const call = await engine.admit({ credential: 'key', model: 'fast', operation: 'chat', estimate: 9n })
   * if (call.admitted) await call.settle(7n, { units: { input: 12, output: 450 } })
   * await new Promise((resolve) => setTimeout(resolve, 10))
   * stop()
   * console.log(seen.join(' ')) // decided ended
   */
  subscribe(listener: EngineListener, options?: SubscribeOptions): () => void

  /**
   * Waits for a version of the policy, for a number of milliseconds. Default: 5,000. Returns the reason if the version is
   * not reached in time.
   */
  waitFor(version: number, milliseconds?: number): Promise<PolicyUnavailable | undefined>
  /**
   * Returns the policy at an earlier version, or as of an instant: after the last event at or before it. Each event has the
   * time of the clock of the engine that committed it, so the result is as exact as these clocks agree.
   * @throws {RangeError} when the log has no such version, or the instant is not one
   * @throws {RepositoryError} when the repository fails
   *
   * @example
   * const yesterday = Date.now() - 86_400_000
   * const state = await engine.stateAt({ at: yesterday })
   * const team = { type: 'team', id: 'dev' } as const
   * console.log(authorize({ type: 'use', who: team, model: 'fast', at: yesterday }, state).effect) // deny
   */
  stateAt(moment: PastMoment): Promise<State>
  /**
   * Decides a request at its past instant `at`, on the policy of that instant. Throws as `stateAt` does.
   *
   * @example
   * const team = { type: 'team', id: 'dev' } as const
   * const request = { type: 'use', who: team, model: 'fast', at: Date.now() - 86_400_000 } as const
   * console.log(formatDecision(await engine.authorizeAt(request)).slice(0, 17)) // principal_unknown
   */
  authorizeAt(request: UseRequest): Promise<UseDecision>
  authorizeAt(request: ManageRequest): Promise<ManageDecision>
  /** Reads one page of the log. Throws as `readLog` of the repository does. */
  readLog(query?: LogQuery): Promise<LogPage>

  /**
   * Closes the engine: refuses new calls, waits a bounded time for the ledger's answers, and stops to follow. The repository
   * and the ledger stay open.
   */
  close(): Promise<void>
}
