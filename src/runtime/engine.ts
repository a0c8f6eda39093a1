import type { Command } from '../change/message/command.ts'
import type { State } from '../model/state/state.ts'
import { Defect } from '../model/value/defect.ts'
import type { Instant } from '../model/value/instant.ts'
import { faultOfInstant, isInstant } from '../model/value/instant.ts'
import type { Actor } from '../model/value/principal.ts'
import { authorize } from '../policy/authorize.ts'
import type { ManageDecision, UseDecision } from '../policy/decision/decision.ts'
import type { ManageRequest, UseRequest, Who } from '../policy/request/request.ts'
import type { LogPage, LogQuery } from '../port/repository.ts'
import { type Preview, preview } from '../query/diff/preview.ts'
import { type Explanation, explain } from '../query/explain/explain.ts'
import { listModels, type ModelList, type ModelListOptions } from '../query/list-models.ts'
import type { QueryFailure } from '../query/query-fault.ts'
import type { Admission, CallPort } from './admission.ts'
import type { AdmitRequest, NotAdmitted } from './admit-request.ts'
import { Admitter } from './admitter.ts'
import { CreditBridge } from './credit-bridge.ts'
import { Deadline } from './deadline.ts'
import { type CheckedEngineOptions, checkEngineOptions, type EngineOptions } from './engine-options.ts'
import type { CommandBody, Executed, ExecuteOptions } from './execute-request.ts'
import { Executor } from './executor.ts'
import { Follower } from './follower.ts'
import { HoldKeeper } from './hold-keeper.ts'
import { noticer } from './notice.ts'
import { Outbox } from './outbox.ts'
import { type PastMoment, stateOf } from './past.ts'
import { SnapshotWriter } from './snapshot-writer.ts'
import { systemClock } from './system-clock.ts'
import { TokenIssuer } from './token-issuer.ts'
import { TokenReader } from './token-reader.ts'
import type { TokenIssued, TokenRequest, TokenRotation } from './token-request.ts'
import { type EngineProblem, type PolicyUnavailable, policyUnavailable } from './unavailable.ts'

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
}

type At<R> = Omit<R, 'at'>

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

/**
 * Creates an engine and starts to load the policy in the background.
 * @throws {TypeError} when an option is missing, unknown or of another type
 * @throws {RangeError} when a number is out of range
 *
 * @example
 * const engine = createEngine({ repository: createMemoryRepository() })
 * await engine.ready()
 * const executed = await engine.execute({ type: 'CreateUser', user: 'ann' }, { actor: { type: 'system' } })
 * console.log(executed.ok, engine.status().version) // true 1
 * await engine.close()
 */
export function createEngine(options: EngineOptions): Engine {
  return new PolicyEngine(checkEngineOptions(options))
}

class PolicyEngine implements Engine {
  readonly #options: CheckedEngineOptions
  readonly #follower: Follower
  readonly #executor: Executor
  readonly #issuer: TokenIssuer
  readonly #tokens: TokenReader
  readonly #admitter: Admitter
  readonly #outbox: Outbox
  readonly #keeper: HoldKeeper | undefined
  readonly #bridge: CreditBridge | undefined
  readonly #snapshots: SnapshotWriter
  #closing: Promise<void> | undefined

  constructor(options: CheckedEngineOptions) {
    this.#options = options
    const { repository, ledger, requestTimeout } = options
    const notify = noticer(options.onNotice)
    this.#bridge = ledger && new CreditBridge({ repository, ledger, requestTimeout, notify })
    this.#snapshots = new SnapshotWriter({
      repository,
      every: options.snapshotEvery,
      notify,
      isBooked: async (version) => (await this.#bridge?.reach(version)) ?? true,
    })
    this.#follower = new Follower({
      ...options,
      notify,
      onLoad: (log, base, steps) => {
        this.#bridge?.open(log, base, steps)
        this.#snapshots.opened(base)
      },
      onStep: (step, isOwn) => this.#bridge?.note(step, isOwn),
      onAdvance: (state, isOwn) => this.#snapshots.note(state, isOwn),
    })
    const now = () => this.#now()
    this.#executor = new Executor({ repository, follower: this.#follower, now, requestTimeout })
    this.#issuer = new TokenIssuer(this.#executor, options.prefixes)
    this.#tokens = new TokenReader(options.prefixes)
    const deadline = new Deadline(requestTimeout)
    this.#outbox = new Outbox(deadline, notify)
    this.#keeper = ledger && new HoldKeeper(ledger, options.holdTtl, options.maxCallDuration)
    const port: CallPort = { ledger, outbox: this.#outbox, keeper: this.#keeper, notify }
    const stateFor = (atLeast: number | undefined) => this.#stateFor(atLeast)
    this.#admitter = new Admitter({
      port,
      now,
      ttl: options.holdTtl,
      deadline,
      tokens: this.#tokens,
      stateFor,
      isClosed: () => this.#closing !== undefined,
    })
    this.#follower.start()
    this.#bridge?.start()
  }

  async ready(milliseconds = 30_000): Promise<boolean> {
    await this.#follower.reach(0, milliseconds)
    return this.status().isReady
  }

  status(): EngineStatus {
    const { state, staleness, problem } = this.#follower
    return {
      isReady: !('reason' in this.#follower.usable()),
      version: state?.version ?? 0,
      staleness,
      ...(problem === undefined ? {} : { problem }),
      pendingBookings: this.#bridge?.pending ?? 0,
      liveCalls: this.#keeper?.size ?? 0,
      unansweredWrites: this.#outbox.unanswered,
      malformedTokens: this.#tokens.malformed,
    }
  }

  async booked(milliseconds = 5_000): Promise<boolean> {
    const end = performance.now() + milliseconds
    const isDone = () => this.#bridge?.isDone ?? true
    while (!isDone() && performance.now() < end && this.#closing === undefined) {
      await new Promise((resolve) => {
        setTimeout(resolve, 2)
      })
    }
    return isDone()
  }

  execute(commands: CommandBody | readonly CommandBody[], options: ExecuteOptions): Promise<Executed> {
    return this.#executor.execute(commands, options)
  }

  issueToken(request: TokenRequest, options: ExecuteOptions): Promise<TokenIssued> {
    return this.#issuer.issue(request, options)
  }

  rotateToken(rotation: TokenRotation, options: ExecuteOptions): Promise<TokenIssued> {
    return this.#issuer.rotate(rotation, options)
  }

  admit(request: AdmitRequest): Promise<Admission | NotAdmitted> {
    return this.#admitter.admit(request)
  }

  authorize(request: At<UseRequest>): UseDecision | PolicyUnavailable
  authorize(request: At<ManageRequest>): ManageDecision | PolicyUnavailable
  authorize(request: At<UseRequest> | At<ManageRequest>): UseDecision | ManageDecision | PolicyUnavailable {
    return this.read((state, at) => authorize(withAt(request, at) as UseRequest, state))
  }

  listModels(who: Who, options: At<ModelListOptions> = {}): ModelList | QueryFailure | PolicyUnavailable {
    return this.read((state, at) => listModels(who, state, withAt(options, at) as ModelListOptions))
  }

  explain(request: At<UseRequest> | At<ManageRequest>): Explanation | PolicyUnavailable {
    return this.read((state, at) => explain(withAt(request, at) as UseRequest, state))
  }

  preview(commands: readonly CommandBody[], actor: Actor): Preview | QueryFailure | PolicyUnavailable {
    return this.read((state, at) => {
      const given = Array.isArray(commands) ? commands.map((command) => ({ ...command, actor, at })) : commands
      return preview(given as readonly Command[], state, { at })
    })
  }

  read<T>(question: (state: State, at: Instant) => T): T | PolicyUnavailable {
    const state = this.#follower.usable()
    return 'reason' in state ? state : question(state, this.#now())
  }

  async waitFor(version: number, milliseconds = 5_000): Promise<PolicyUnavailable | undefined> {
    const isReached = await this.#reach(version, milliseconds)
    return isReached ? undefined : this.#notReached(version)
  }

  stateAt(moment: PastMoment): Promise<State> {
    return stateOf(this.#options.repository, moment)
  }

  authorizeAt(request: UseRequest): Promise<UseDecision>
  authorizeAt(request: ManageRequest): Promise<ManageDecision>
  async authorizeAt(request: UseRequest | ManageRequest): Promise<UseDecision | ManageDecision> {
    return authorize(request as UseRequest, await this.stateAt({ at: request?.at }))
  }

  readLog(query?: LogQuery): Promise<LogPage> {
    return this.#options.repository.readLog(query)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#follower.refuse()
    await this.#executor.close()
    await this.#outbox.close(this.#options.requestTimeout)
    this.#keeper?.close()
    await this.#follower.close()
    await this.#bridge?.close()
    await this.#snapshots.close()
  }

  /**
   * Returns the engine's time.
   * @throws {Defect} when the clock returns a value that is not an instant
   */
  #now(): Instant {
    const at = (this.#options.clock ?? systemClock).now()
    if (!isInstant(at)) throw new Defect(`the clock returned \`${at}\`: ${faultOfInstant(at)}`)
    return at
  }

  #stateFor(atLeast: number | undefined): State | PolicyUnavailable | Promise<State | PolicyUnavailable> {
    const state = this.#follower.usable()
    if (atLeast === undefined || 'reason' in state || state.version >= atLeast) return state
    return this.#waitForState(atLeast)
  }

  async #waitForState(atLeast: number): Promise<State | PolicyUnavailable> {
    const isReached = await this.#reach(atLeast, this.#options.requestTimeout)
    return isReached ? this.#follower.usable() : this.#notReached(atLeast)
  }

  /** Waits for a version. Reads the log itself, so that a slow watch does not matter. */
  async #reach(version: number, milliseconds: number): Promise<boolean> {
    if ((this.#follower.state?.version ?? -1) >= version) return true
    void this.#follower.refresh().catch(() => undefined)
    return await this.#follower.reach(version, milliseconds)
  }

  #notReached(version: number): PolicyUnavailable {
    return policyUnavailable(`the policy has not reached version ${version} in time`, this.#follower.problem)
  }
}

/** Adds the instant to a request. Returns a value that is not a readable object unchanged: the question refuses it. */
function withAt(request: object, at: Instant): unknown {
  if (typeof request !== 'object' || request === null) return request
  try {
    return { ...request, at }
  } catch {
    return undefined
  }
}
