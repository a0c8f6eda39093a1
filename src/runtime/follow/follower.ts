import type { State } from '../../model/state/state.ts'
import type { Recorded, Repository, Watch } from '../../port/repository.ts'
import type { EngineNotice } from '../notice/notice.ts'
import {
  type EngineProblem,
  type PolicyUnavailable,
  ProblemError,
  policyUnavailable,
  problemOf,
} from '../notice/unavailable.ts'
import { Backoff, longestTimer, pause, waitAtMost, withDeadline, yieldToOthers } from '../time/wait.ts'
import { applyRecorded, restore, type Step } from './load-state.ts'

/** The options of a follower. All times are in milliseconds. */
export interface FollowerOptions {
  readonly maxStaleness: number
  readonly requestTimeout: number
  readonly loadTimeout: number
  readonly repository: Repository
  readonly notify: (notice: EngineNotice) => void
  /** Called once: the id of the log, the version of the snapshot, and the steps after it. */
  readonly onLoad: (log: string, base: number, steps: readonly Step[]) => void
  /** Called for each later event when it becomes part of the state, in order. `isOwn`: this engine committed it. */
  readonly onStep: (step: Step, isOwn: boolean) => void
  /** Called after the last `onStep` of one or more whole commits. `isOwn`: this engine committed the last of them. */
  readonly onAdvance: (state: State, isOwn: boolean) => void
}

/**
 * A moment by two clocks in milliseconds. The steady clock never jumps, but it may stop while the machine sleeps; the wall
 * clock then shows the time that passed.
 */
export interface Moment {
  readonly steady: number
  readonly wall: number
}

export function momentNow(): Moment {
  return { steady: performance.now(), wall: Date.now() }
}

/** The longest time between two checks that the state is up to date, in milliseconds. */
const longestBeat = 2_000

/**
 * Follows the log of a repository. Holds the current state, which is replaced whole: after each commit or not at all. The
 * state is fresh as of an instant when it contains every commit that was acknowledged before that instant, which the
 * follower checks by asking the repository for its version. Such a check also finds a watch that misses events.
 */
export class Follower {
  readonly #options: FollowerOptions
  readonly #closing = new AbortController()
  /** The ids of the commands that this engine is committing. The watch may yield them before the commit returns. */
  readonly #own = new Set<string>()
  readonly #waiting = new Set<{ readonly version: number; readonly resolve: () => void }>()
  #state: State | undefined
  #watch: Watch | undefined
  #problem: EngineProblem | undefined
  #freshAt: Moment = { steady: Number.NEGATIVE_INFINITY, wall: Number.NEGATIVE_INFINITY }
  /** A version that the log had at a time, and that the state has not reached. */
  #target: { readonly version: number; readonly askedAt: Moment } | undefined
  #running: Promise<unknown> | undefined
  #isRefusing = false

  constructor(options: FollowerOptions) {
    this.#options = options
  }

  /** The current state, however old, or `undefined` before the first load. */
  get state(): State | undefined {
    return this.#state
  }

  get problem(): EngineProblem | undefined {
    return this.#problem
  }

  /** The age of the state in milliseconds: it contains every commit that is older. Infinity before the first load. */
  get staleness(): number {
    const { steady, wall } = momentNow()
    return Math.max(steady - this.#freshAt.steady, wall - this.#freshAt.wall)
  }

  /** Starts to load and to follow. Never throws: failures are problems, and are retried. */
  start(): void {
    this.#running = Promise.all([this.#run(), this.#beat()])
  }

  /** Begins to refuse decisions. The state is followed until `close`. */
  refuse(): void {
    this.#isRefusing = true
    for (const { resolve } of this.#waiting) resolve()
  }

  /** Stops to follow. Waits for the repository for a bounded time. */
  async close(): Promise<void> {
    this.refuse()
    this.#closing.abort()
    void this.#watch?.return().catch(() => undefined)
    await waitAtMost(this.#running, Math.min(1_000, this.#options.requestTimeout))
  }

  /** Returns the state if it is fresh enough for decisions, otherwise the reason why not. */
  usable(): State | PolicyUnavailable {
    const { maxStaleness } = this.#options
    if (this.#isRefusing) return policyUnavailable('the engine was closed')
    if (this.#state === undefined) return policyUnavailable('the policy is not loaded yet', this.#problem)
    if (this.staleness <= maxStaleness) return this.#state
    return policyUnavailable(`the policy may be older than ${maxStaleness} ms`, this.#problem)
  }

  /** Resolves with whether the state reaches a version within a number of milliseconds. */
  async reach(version: number, milliseconds: number): Promise<boolean> {
    const hasReached = (): boolean => (this.#state?.version ?? -1) >= version
    if (hasReached() || this.#isRefusing || !(milliseconds > 0)) return hasReached()
    await new Promise<void>((resolve) => {
      const waiter = { version, resolve: () => end() }
      const timer = setTimeout(() => end(), Math.min(milliseconds, longestTimer))
      const end = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(waiter)
        resolve()
      }
      this.#waiting.add(waiter)
    })
    return hasReached()
  }

  /** Reads the log once, up to at least a version that it has, without waiting for the watch. */
  async pull(version: number): Promise<void> {
    while (this.#state !== undefined && this.#state.version < version && !this.#closing.signal.aborted) {
      const watch = this.#options.repository.watch(this.#state.version)
      try {
        const { value } = await withDeadline(watch.next(), this.#options.requestTimeout, 'reading the log')
        if (value === undefined || value.length === 0) return
        this.#take(value)
      } finally {
        void watch.return().catch(() => undefined)
      }
    }
  }

  /**
   * Asks the repository whether the state is up to date, and reads the log if it is not.
   * @throws {Error} when the repository fails or does not answer in time
   */
  async refresh(): Promise<void> {
    const askedAt = momentNow()
    const before = this.#state?.version ?? 0
    const { repository, requestTimeout } = this.#options
    const version = await withDeadline(repository.version(), requestTimeout, 'reading the version of the log')
    await this.pull(version)
    this.#learn(version, askedAt, before)
  }

  /** Notes that this engine begins to commit a command. */
  begin(command: string): void {
    this.#own.add(command)
  }

  /** Notes that the commit of a command has ended, in any way. */
  end(command: string): void {
    this.#own.delete(command)
  }

  /** Adopts the steps of a commit that this engine made at the version of the first step. */
  adopt(steps: readonly Step[], startedAt: Moment): void {
    const [first] = steps
    if (first !== undefined && first.before.version === this.#state?.version) this.#advance(steps, () => true)
    // The log was at the expected version when the commit took effect.
    const last = steps.at(-1)?.after.version
    if (last === undefined || last === this.#state?.version) this.#freshen(startedAt)
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    const backoff = new Backoff(50, 5_000)
    while (!signal.aborted) {
      try {
        if (this.#state === undefined) await this.#load()
        if (signal.aborted) return
        await this.#follow(backoff)
      } catch (error) {
        if (signal.aborted) return
        this.#fail(error)
      }
      await pause(backoff.next(), signal, false)
    }
  }

  async #load(): Promise<void> {
    const { repository, loadTimeout, onLoad } = this.#options
    const askedAt = momentNow()
    const loaded = await withDeadline(repository.load(), loadTimeout, 'loading the policy')
    const steps: Step[] = []
    const state = await restore(loaded, (step) => steps.push(step))
    if (this.#closing.signal.aborted) return
    this.#state = state
    onLoad(loaded.log, loaded.snapshot?.version ?? 0, steps)
    this.#freshen(askedAt)
    this.#recover()
    // A long load leaves the state too old for decisions, although the log may not have changed meanwhile.
    if (this.staleness > this.#options.maxStaleness / 2) await this.refresh().catch((error) => this.#fail(error))
    this.#wake()
  }

  /** Takes the batches of a watch until the watch ends. */
  async #follow(backoff: Backoff): Promise<void> {
    const watch = this.#options.repository.watch(this.#state?.version ?? 0)
    this.#watch = watch
    try {
      for (;;) {
        const { value } = await watch.next()
        if (value === undefined) return
        const before = this.#state?.version
        this.#take(value)
        if (before !== this.#state?.version) backoff.reset()
        else await yieldToOthers()
      }
    } finally {
      void watch.return().catch(() => undefined)
    }
  }

  /** Asks the repository at intervals whether the state is up to date. Ends a watch that has missed events. */
  async #beat(): Promise<void> {
    const { maxStaleness, repository, requestTimeout } = this.#options
    const { signal } = this.#closing
    const interval = Math.min(longestBeat, maxStaleness / 4)
    while (!signal.aborted) {
      await pause(interval, signal, false)
      if (this.#state === undefined || signal.aborted) continue
      const askedAt = momentNow()
      const before = this.#state.version
      try {
        const version = await withDeadline(repository.version(), requestTimeout, 'reading the version of the log')
        const target = this.#target
        this.#learn(version, askedAt, before)
        // Two checks in a row found events that the watch has not yielded: another watch reads them from the store.
        if (target !== undefined && this.#target === target) void this.#watch?.return().catch(() => undefined)
      } catch (error) {
        if (!signal.aborted) this.#fail(error)
      }
    }
  }

  /**
   * Notes that the log was at a version at a time or later. `before` is the version of the state at that time: the state may
   * have moved on while the repository answered.
   */
  #learn(version: number, askedAt: Moment, before: number): void {
    if (version < before) {
      const message = `the log ends at version ${version}, before the state of version ${before}`
      this.#fail(new ProblemError('log_shortened', message))
    } else if (version <= (this.#state?.version ?? 0)) {
      this.#freshen(askedAt)
      this.#recover()
    } else this.#target ??= { version, askedAt }
  }

  #freshen(at: Moment): void {
    if (at.steady > this.#freshAt.steady) this.#freshAt = at
  }

  /**
   * Applies a batch of whole commits. If an event cannot be applied, the commits before it count, and the error is
   * thrown. Events of one commit have one command id.
   */
  #take(batch: readonly Recorded[]): void {
    let state = this.#state as State
    const steps: Step[] = []
    const own = new Set<Step>()
    let whole = 0
    let command: string | undefined
    try {
      for (const recorded of batch) {
        if (recorded.version <= state.version) continue
        if (recorded.command === undefined || recorded.command !== command) whole = steps.length
        command = recorded.command
        const step = applyRecorded(recorded, state)
        steps.push(step)
        if (command !== undefined && this.#own.has(command)) own.add(step)
        state = step.after
      }
      whole = steps.length
    } finally {
      if (whole > 0) this.#advance(steps.slice(0, whole), (step) => own.has(step))
    }
  }

  #advance(steps: readonly Step[], isOwn: (step: Step) => boolean): void {
    this.#state = steps.at(-1)?.after as State
    const { version } = this.#state
    if (this.#target !== undefined && this.#target.version <= version) {
      this.#freshen(this.#target.askedAt)
      this.#target = undefined
      this.#recover()
    }
    const { onStep, onAdvance } = this.#options
    for (const step of steps) onStep(step, isOwn(step))
    onAdvance(this.#state, isOwn(steps.at(-1) as Step))
    this.#wake()
  }

  #wake(): void {
    const version = this.#state?.version ?? 0
    for (const waiter of this.#waiting) if (waiter.version <= version) waiter.resolve()
  }

  #fail(error: unknown): void {
    const problem = problemOf(error)
    const isNew = problem.code !== this.#problem?.code || problem.message !== this.#problem.message
    this.#problem = problem
    if (isNew) this.#options.notify({ type: 'repository', problem })
  }

  #recover(): void {
    if (this.#problem === undefined) return
    this.#problem = undefined
    this.#options.notify({ type: 'repository' })
  }
}
