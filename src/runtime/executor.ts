import { type Applied, applyParsed } from '../change/apply.ts'
import { type AppliedAs, applyAs } from '../change/apply-as.ts'
import { evolveDecided } from '../change/evolve.ts'
import { guardState } from '../change/guard.ts'
import { type Event, eventSchema } from '../change/message/event.ts'
import { parseBody } from '../change/parse-body.ts'
import type { State } from '../model/state/state.ts'
import { isId } from '../model/value/id.ts'
import type { Instant } from '../model/value/instant.ts'
import type { CommandKey, Committed, Repository } from '../port/repository.ts'
import { RepositoryError } from '../port/repository-error.ts'
import type { CommandBody, Executed, ExecuteOptions } from './execute-request.ts'
import { type Follower, momentNow } from './follower.ts'
import { readRecorded, type Step } from './load-state.ts'
import { messageOf } from './message.ts'
import { sha256 } from './sha256.ts'
import { policyUnavailable, problemOf } from './unavailable.ts'
import { Backoff, pause, waitAtMost, withDeadline } from './wait.ts'

export interface ExecutorOptions {
  readonly repository: Repository
  readonly follower: Follower
  readonly now: () => Instant
  readonly requestTimeout: number
}

/** The number of tries of a command against concurrent writers. */
const tries = 16
/** The maximum number of commands in one call. */
const commandLimit = 10_000

/** Makes the commands of a call for the instant at which they are decided. */
type MakeCommands = (at: Instant) => readonly CommandBody[]

type Refused = Exclude<Executed, { readonly ok: true }>

/**
 * Executes commands: decides them on the current state and commits their events at its version, and decides them again
 * when another writer was first. Runs one call at a time, so that the calls of one process do not conflict.
 */
export class Executor {
  readonly #options: ExecutorOptions
  readonly #closing = new AbortController()
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: ExecutorOptions) {
    this.#options = options
  }

  /** Executes one command, or several as one change: all of them take effect, in order, or none does. */
  async execute(input: CommandBody | readonly CommandBody[], options: ExecuteOptions): Promise<Executed> {
    const copy = readOptions(input, options)
    if (typeof copy === 'string') return { ok: false, reason: 'options_invalid', message: copy }
    const read = copyOf(input)
    const bodies = Array.isArray(read) ? (read as readonly CommandBody[]) : [read as CommandBody]
    return await this.#queue(() => bodies, bodies, copy)
  }

  /**
   * Executes commands that are made for the instant at which they are decided, as one change. `content` stands for them
   * where a retry is compared with the first call.
   */
  async executeMade(make: MakeCommands, content: unknown, options: ExecuteOptions): Promise<Executed> {
    const copy = readOptions(undefined, options)
    if (typeof copy === 'string') return { ok: false, reason: 'options_invalid', message: copy }
    return await this.#queue(make, content, copy)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await waitAtMost(this.#last, 2 * this.#options.requestTimeout)
  }

  async #queue(make: MakeCommands, content: unknown, options: ExecuteOptions): Promise<Executed> {
    const command = { id: options.id ?? crypto.randomUUID(), digest: digestOf(content, options) }
    const run = this.#last.then(() => this.#run(make, options, command))
    this.#last = run.catch(() => undefined)
    return await run
  }

  async #run(make: MakeCommands, options: ExecuteOptions, command: CommandKey): Promise<Executed> {
    try {
      return await this.#retry(make, options, command)
    } catch (error) {
      // With an id, an earlier call may have taken effect.
      const isUnknown = error instanceof UnknownOutcomeError || options.id !== undefined
      const outcome = isUnknown ? 'unknown' : 'not_applied'
      return { ...policyUnavailable('the policy could not be changed', problemOf(error)), outcome, id: command.id }
    }
  }

  async #retry(make: MakeCommands, options: ExecuteOptions, command: CommandKey): Promise<Executed> {
    const { follower } = this.#options
    const backoff = new Backoff(1, 100)
    const known = options.id === undefined ? undefined : await this.#findReplay(command)
    if (known !== undefined) return known
    // The state may be behind a change that the caller has seen elsewhere, so a refusal counts only on a fresh state.
    let isFresh = false
    for (let tried = 0; tried < tries; ) {
      const state = follower.usable()
      if ('reason' in state) {
        return { ...state, outcome: options.id === undefined ? 'not_applied' : 'unknown', id: command.id }
      }
      const { expectVersion } = options
      const isExpected = expectVersion === undefined || expectVersion === state.version
      const decided = isExpected ? this.#decide(make, options, state) : conflictAt(state.version)
      const storesNothing = !('steps' in decided) || (decided.steps.length === 0 && options.id === undefined)
      if (storesNothing && !isFresh) {
        await follower.refresh()
        isFresh = true
        continue
      }
      if (!('steps' in decided)) return decided
      if (storesNothing) return { ok: true, version: state.version, events: [], replay: false }
      tried += 1
      const startedAt = momentNow()
      follower.begin(command.id)
      const result = await this.#commit(decided.steps, state.version, command).finally(() => follower.end(command.id))
      if (result.type === 'committed' && !result.replay) {
        follower.adopt(decided.steps, startedAt)
        return { ok: true, version: result.version, events: decided.steps.map(({ event }) => event), replay: false }
      }
      if (result.type === 'committed') return await this.#replayOf(result.after, result.version)
      if (result.type === 'command_id_reused') return { ok: false, reason: 'command_id_reused' }
      if (tried > 1) await pause(backoff.next(), this.#closing.signal)
      await follower.pull(result.version)
      isFresh = false
    }
    return { ok: false, reason: 'contended', message: `other writers were first ${tries} times; retry later` }
  }

  /** Decides the commands one after another. Returns the steps that they cause, or the first refusal. */
  #decide(make: MakeCommands, options: ExecuteOptions, start: State): { readonly steps: readonly Step[] } | Refused {
    const at = this.#options.now()
    const steps: Step[] = []
    let state = start
    for (const [index, body] of make(at).entries()) {
      const applied = applyOne(body, options, at, state)
      if (!applied.ok) {
        return 'denial' in applied && applied.denial !== undefined
          ? { ok: false, reason: 'denied', denial: applied.denial, index }
          : { ok: false, reason: 'rejected', rejection: applied.rejection, index }
      }
      for (const event of applied.events) {
        const after = evolveDecided(state, event)
        steps.push({ version: after.version, event, before: state, after })
        state = after
      }
    }
    return { steps }
  }

  /**
   * Commits the events of steps. Repeats a commit whose result was lost, which the command id makes harmless.
   * @throws {UnknownOutcomeError} when the repository does not tell in time whether the commit took effect
   */
  async #commit(steps: readonly Step[], expectedVersion: number, command: CommandKey): Promise<Committed> {
    const { repository, requestTimeout } = this.#options
    const commit = { events: steps.map(({ event }) => event), schema: eventSchema, expectedVersion, command }
    const backoff = new Backoff(20, 1_000)
    const giveUpAt = performance.now() + requestTimeout
    let isUncertain = false
    for (;;) {
      try {
        const result = await withDeadline(repository.commit(commit), requestTimeout, 'the commit')
        if (result.type !== 'conflict' || !isUncertain) return result
        // The lost try may have been the one that was first.
        return (await this.#findCommit(command)) ?? result
      } catch (error) {
        const isKnown = error instanceof RepositoryError && error.outcome === 'not_applied'
        if (!isKnown) isUncertain = true
        if (error instanceof TypeError || performance.now() >= giveUpAt || this.#closing.signal.aborted) {
          throw isUncertain ? new UnknownOutcomeError(messageOf(error), { cause: error }) : error
        }
        await pause(backoff.next(), this.#closing.signal)
      }
    }
  }

  async #findCommit({ id, digest }: CommandKey): Promise<Committed | undefined> {
    const { repository, requestTimeout } = this.#options
    const found = await withDeadline(repository.findCommand(id), requestTimeout, 'looking up the command')
    if (found === undefined) return undefined
    if (found.digest !== digest) return { type: 'command_id_reused' }
    return { type: 'committed', after: found.after, version: found.version, replay: true }
  }

  async #findReplay(command: CommandKey): Promise<Executed | undefined> {
    const found = await this.#findCommit(command)
    if (found?.type === 'command_id_reused') return { ok: false, reason: 'command_id_reused' }
    return found?.type === 'committed' ? await this.#replayOf(found.after, found.version) : undefined
  }

  /** Returns the result of a commit that an earlier call made, after this node has seen it. */
  async #replayOf(after: number, version: number): Promise<Executed> {
    const { repository, follower, requestTimeout } = this.#options
    const events: Event[] = []
    try {
      await follower.pull(version)
      for (let from = after; from < version; ) {
        const reading = repository.readLog({ after: from, upTo: version, limit: 1_000 })
        const page = await withDeadline(reading, requestTimeout, 'reading the log')
        for (const recorded of page.events) events.push(readRecorded(recorded))
        from = page.next ?? version
      }
    } catch (cause) {
      throw new UnknownOutcomeError(messageOf(cause), { cause })
    }
    return { ok: true, version, events, replay: true }
  }
}

/** The result of the last commit is not known. */
class UnknownOutcomeError extends Error {
  override readonly name = 'UnknownOutcomeError'
}

function conflictAt(version: number): Refused {
  return { ok: false, reason: 'version_conflict', version }
}

function applyOne(body: CommandBody, { actor, who }: ExecuteOptions, at: Instant, state: State): Applied | AppliedAs {
  if (who !== undefined) return applyAs(who, at, body, state)
  const parsed = parseBody(body, actor, at)
  return parsed.ok ? guardState(() => applyParsed(parsed.command, state)) : parsed
}

/** Returns a copy of the options of `execute`, or what is wrong with the arguments. Accepts any values. */
function readOptions(input: unknown, options: ExecuteOptions | undefined): ExecuteOptions | string {
  try {
    const fault = faultOf(input, options)
    return fault ?? (copyOf({ ...options }) as ExecuteOptions)
  } catch {
    return 'expected commands and options that can be read'
  }
}

/** Returns a deep copy as plain data, or the value itself if it cannot be copied: it is then rejected as a command. */
function copyOf(value: unknown): unknown {
  try {
    return structuredClone(value)
  } catch {
    return value
  }
}

/** Returns what is wrong with the arguments of `execute`, or `undefined`. */
function faultOf(input: unknown, options: ExecuteOptions | undefined): string | undefined {
  if (Array.isArray(input) && (input.length === 0 || input.length > commandLimit)) {
    return `expected 1 to ${commandLimit} commands`
  }
  if (typeof options !== 'object' || options === null) return 'expected options with `actor` or `who`'
  const unknown = Object.keys(options).find((name) => !['actor', 'who', 'caller', 'id', 'expectVersion'].includes(name))
  if (unknown !== undefined) return `there is no option \`${unknown}\``
  const { actor, who, caller, id, expectVersion } = options
  if ((actor === undefined) === (who === undefined)) return 'expected either `actor` or `who`'
  if (caller !== undefined && (who === undefined || typeof caller !== 'string')) {
    return 'expected `caller` as a string, with `who`'
  }
  if (id !== undefined && !(typeof id === 'string' && isId(id))) return 'expected `id` as 1 to 256 printable characters'
  const isVersion = expectVersion === undefined || (Number.isSafeInteger(expectVersion) && expectVersion >= 0)
  return isVersion ? undefined : 'expected `expectVersion` as a version'
}

/** Returns a SHA-256 of the content of a call and its actor or caller. Commands that are not JSON are rejected later. */
function digestOf(content: unknown, { actor, who, caller }: ExecuteOptions): string {
  let text: string
  try {
    text = JSON.stringify([actor ?? null, caller ?? who ?? null, content], sortKeys)
  } catch {
    text = ''
  }
  return sha256(text)
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
