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
import { CreditBridge } from './bridge/credit-bridge.ts'
import type { Admission, CallPort } from './call/admission.ts'
import type { AdmitRequest, NotAdmitted } from './call/admit-request.ts'
import { Admitter } from './call/admitter.ts'
import type { TracedRequest } from './call/call-trace.ts'
import { EventFeed } from './call/event-feed.ts'
import { HoldKeeper } from './call/hold-keeper.ts'
import { Outbox } from './call/outbox.ts'
import type { EngineListener, SubscribeOptions } from './call/subscriber.ts'
import type { At, Engine, EngineStatus } from './engine.ts'
import type { CheckedEngineOptions } from './engine-options.ts'
import type { CommandBody, Executed, ExecuteOptions } from './execute/execute-request.ts'
import { Executor } from './execute/executor.ts'
import { Follower } from './follow/follower.ts'
import { type PastMoment, stateOf } from './follow/past.ts'
import { SnapshotWriter } from './follow/snapshot-writer.ts'
import { noticer } from './notice/notice.ts'
import { type PolicyUnavailable, policyUnavailable } from './notice/unavailable.ts'
import { Deadline } from './time/deadline.ts'
import { systemClock } from './time/system-clock.ts'
import { TokenIssuer } from './token/token-issuer.ts'
import { TokenReader } from './token/token-reader.ts'
import type { TokenIssued, TokenRequest, TokenRotation } from './token/token-request.ts'

/** The engine: joins its parts, and passes each call to one of them. */
export class PolicyEngine implements Engine {
  readonly #options: CheckedEngineOptions
  readonly #follower: Follower
  readonly #executor: Executor
  readonly #issuer: TokenIssuer
  readonly #tokens: TokenReader
  readonly #feed: EventFeed
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
    this.#feed = new EventFeed(now, notify)
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
      feed: this.#feed,
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
      droppedEvents: this.#feed.dropped,
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
    const trace = this.#feed.begin('authorize')
    const decided = this.read((state, at) => {
      const decision = authorize(withAt(request, at) as UseRequest, state)
      trace?.decide(copyOf(request), state, decision)
      return decision
    })
    trace?.decided(decided)
    return decided
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

  subscribe(listener: EngineListener, options?: SubscribeOptions): () => void {
    return this.#feed.subscribe(listener, options)
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
    await this.#feed.close(this.#options.requestTimeout)
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

/** Returns a copy of a request, or an empty request if it cannot be read. */
function copyOf(request: object): TracedRequest {
  try {
    return { ...(request as TracedRequest) }
  } catch {
    return {} as TracedRequest
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
