import type { Command } from '../../../change/message/command.ts'
import type { State } from '../../../model/state/state.ts'
import { authorize } from '../../../policy/authorize.ts'
import type { Decision, Denied } from '../../../policy/decision/decision.ts'
import { denialReasons } from '../../../policy/decision/denial.ts'
import type { Request } from '../../../policy/request/request.ts'
import { changeRequest, type RequestChange, stateAfterCommands, systemCommand, unitsOf } from '../trace/what-if.ts'
import type { Candidate } from './candidate.ts'
import { findCandidates } from './find-candidates.ts'

/** The maximum number of commands in a remedy. `tryLimit` is the maximum number of candidates that a search tries. */
const commandLimit = 4
const tryLimit = 200
/** The number of remedies after which a search stops. */
const foundLimit = 16

/** A remedy under test: its commands and its request change, with the state after the commands. */
export interface Trial {
  readonly commands: readonly Command[]
  readonly change: RequestChange
  readonly state: State
}

interface SearchNode extends Trial {
  readonly denial: Denied
}

/**
 * Searches for commands and request changes that turn a denial into an allow. Returns the trials with the fewest
 * commands, separately for trials with and without a request change. Breadth-first: a candidate that fixes one denial
 * reason leads to the candidates for the next reason. Bounded by 4 commands, 200 tries and 16 remedies.
 */
export function searchRemedies(request: Request, denial: Denied, state: State): readonly Trial[] {
  return new RemedySearch(request, state).run(denial)
}

class RemedySearch {
  readonly #request: Request
  readonly #state: State
  #found: Trial[] = []
  readonly #waiting: SearchNode[][]
  readonly #seen = new Set<string>()
  #tries = 0
  readonly #fewest = { unchanged: commandLimit, changed: commandLimit }

  constructor(request: Request, state: State) {
    this.#request = request
    this.#state = state
    this.#waiting = Array.from({ length: commandLimit + 1 }, () => [])
  }

  run(denial: Denied): readonly Trial[] {
    this.#waiting[0]?.push({ commands: [], change: {}, state: this.#state, denial })
    for (const [count, nodes] of this.#waiting.entries()) {
      if (count >= this.#fewest.unchanged) break
      // A change of the request costs no command, so the list grows during this iteration.
      for (const node of nodes) this.#expand(node)
    }
    return this.#found
  }

  #expand(node: SearchNode): void {
    const request = requestOfTrial(this.#request, node.change, node.commands)
    for (const candidate of findCandidates(request, node.denial, node.state)) {
      if (this.#tries >= tryLimit || this.#found.length >= foundLimit) return
      this.#try(node, candidate)
    }
  }

  #try(node: SearchNode, { commands: bodies, change = {} }: Candidate): void {
    const isRepeated = Object.keys(change).some((key) => key in node.change)
    const commands = bodies.map((body) => systemCommand(body, this.#request.at))
    const trial = { commands: [...node.commands, ...commands], change: { ...node.change, ...change } }
    const count = trial.commands.length
    if (isRepeated || count > this.#fewest[kindOf(trial)]) return
    if (this.#isSeen(trial)) return
    this.#tries += 1
    const state = stateAfterCommands(commands, node.state)
    if (state === undefined) return
    const decision = decideTrial(this.#request, { ...trial, state })
    if (decision.effect === 'allow') this.#keep({ ...trial, state })
    else if (isFurther(decision, node.denial, bodies.length === 0))
      this.#waiting[count]?.push({ ...trial, state, denial: decision })
  }

  /**
   * Whether the search has already tried the same commands, in any order, with the same request change. If not, records
   * both as tried.
   */
  #isSeen({ commands, change }: Omit<Trial, 'state'>): boolean {
    const key = JSON.stringify([commands.map((command) => JSON.stringify(command)).sort(), change.model, change.team])
    if (this.#seen.has(key)) return true
    this.#seen.add(key)
    return false
  }

  #keep(trial: Trial): void {
    if (!isMinimal(trial, this.#request, this.#state)) return
    const kind = kindOf(trial)
    const count = trial.commands.length
    if (count < this.#fewest[kind]) this.#found = this.#found.filter((one) => kindOf(one) !== kind)
    this.#fewest[kind] = count
    this.#found.push(trial)
  }
}

/** Whether a trial changes the request. */
function kindOf({ change }: Pick<Trial, 'change'>): 'unchanged' | 'changed' {
  return Object.keys(change).length === 0 ? 'unchanged' : 'changed'
}

/**
 * Whether a denial is progress: its reason comes later in the order of precedence than the reason of the previous
 * denial. If `isChange` (a candidate without commands), the same reason also counts.
 */
function isFurther(denial: Denied, before: Denied, isChange: boolean): boolean {
  const [now, then] = [denialReasons.indexOf(denial.reason), denialReasons.indexOf(before.reason)]
  return now > then || (isChange && now === then)
}

/**
 * Returns the request as changed by a trial. Credits that the trial's commands allocate are added to the available
 * credits.
 */
export function requestOfTrial(request: Request, change: RequestChange, commands: readonly Command[]): Request {
  const changed = changeRequest(request, change)
  const allocated = commands.reduce(
    (sum, command) => (command.type === 'AllocateCredits' ? sum + unitsOf(command.amount) : sum),
    0n,
  )
  if (changed.type === 'manage' || changed.credits === undefined || allocated === 0n) return changed
  const { credits } = changed
  return { ...changed, credits: { ...credits, available: unitsOf(credits.available) + allocated } }
}

function decideTrial(request: Request, { commands, change, state }: Trial): Decision {
  return authorize(requestOfTrial(request, change, commands), state)
}

/**
 * Whether a trial is minimal: the request stays denied if any command or any part of the request change is left out.
 */
function isMinimal({ commands, change }: Trial, request: Request, state: State): boolean {
  for (const someCommands of subListsOf(commands)) {
    for (const someChange of partsOf(change)) {
      const isWhole = someCommands.length === commands.length && isSameSize(someChange, change)
      if (!isWhole && suffices(someCommands, someChange, request, state)) return false
    }
  }
  return true
}

function suffices(commands: readonly Command[], change: RequestChange, request: Request, state: State): boolean {
  const next = stateAfterCommands(commands, state)
  return next !== undefined && decideTrial(request, { commands, change, state: next }).effect === 'allow'
}

function subListsOf(commands: readonly Command[]): readonly (readonly Command[])[] {
  return Array.from({ length: 2 ** commands.length }, (_, mask) => commands.filter((_one, i) => (mask >> i) & 1))
}

function partsOf({ model, team, operation }: RequestChange): readonly RequestChange[] {
  const models: readonly RequestChange[] = model === undefined ? [{}] : [{}, { model }]
  const teams: readonly RequestChange[] = team === undefined ? [{}] : [{}, { team }]
  const operations: readonly RequestChange[] = operation === undefined ? [{}] : [{}, { operation }]
  return models.flatMap((one) => teams.flatMap((other) => operations.map((third) => ({ ...one, ...other, ...third }))))
}

const isSameSize = (a: RequestChange, b: RequestChange): boolean => Object.keys(a).length === Object.keys(b).length
