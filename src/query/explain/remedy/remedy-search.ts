import type { Command } from '../../../change/message/command.ts'
import type { State } from '../../../model/state/state.ts'
import { authorize } from '../../../policy/authorize.ts'
import type { Decision, Denied } from '../../../policy/decision/decision.ts'
import { denialReasons } from '../../../policy/decision/denial.ts'
import type { Request } from '../../../policy/request/request.ts'
import { changeRequest, commandOf, type RequestChange, stateAfter, unitsOf } from '../trace/trial.ts'
import type { Candidate } from './candidate.ts'
import { candidatesFor } from './remedy-candidate.ts'

/** The most commands of a remedy, and the most tries of a search. */
const commandLimit = 4
const tryLimit = 200
/** The most remedies that a search goes on with. */
const foundLimit = 16

/** Commands and a change that were tried. */
export interface Trial {
  readonly commands: readonly Command[]
  readonly change: RequestChange
  readonly state: State
}

interface Node extends Trial {
  readonly denial: Denied
}

/**
 * What turns a denial into an allow: of the remedies that leave the request as it is, and of those that change it, the
 * ones with the fewest commands. Searched breadth-first, from the reason of one denial to that of the next, since several
 * things can be wrong one behind another; bounded in commands and in tries.
 */
export function searchRemedies(request: Request, denial: Denied, state: State): readonly Trial[] {
  return new Search(request, state).run(denial)
}

class Search {
  readonly #request: Request
  readonly #state: State
  #found: Trial[] = []
  readonly #waiting: Node[][]
  readonly #seen = new Set<string>()
  #tries = 0
  readonly #fewest = { asAsked: commandLimit, changed: commandLimit }

  constructor(request: Request, state: State) {
    this.#request = request
    this.#state = state
    this.#waiting = Array.from({ length: commandLimit + 1 }, () => [])
  }

  run(denial: Denied): readonly Trial[] {
    this.#waiting[0]?.push({ commands: [], change: {}, state: this.#state, denial })
    for (const [count, nodes] of this.#waiting.entries()) {
      if (count >= this.#fewest.asAsked) break
      // A change of the request costs no command, so that the list grows while it is read.
      for (const node of nodes) this.#expand(node)
    }
    return this.#found
  }

  #expand(node: Node): void {
    const request = asked(this.#request, node.change, node.commands)
    for (const move of candidatesFor(request, node.denial, node.state)) {
      if (this.#tries >= tryLimit || this.#found.length >= foundLimit) return
      this.#try(node, move)
    }
  }

  #try(node: Node, { steps, change = {} }: Candidate): void {
    const isRepeated = Object.keys(change).some((key) => key in node.change)
    const commands = steps.map((step) => commandOf(step, this.#request.at))
    const trial = { commands: [...node.commands, ...commands], change: { ...node.change, ...change } }
    const count = trial.commands.length
    if (isRepeated || count > this.#fewest[kindOf(trial)]) return
    if (this.#isSeen(trial)) return
    this.#tries += 1
    const state = stateAfter(commands, node.state)
    if (state === undefined) return
    const decision = decide(this.#request, { ...trial, state })
    if (decision.effect === 'allow') this.#keep({ ...trial, state })
    else if (isFurther(decision, node.denial, steps.length === 0))
      this.#waiting[count]?.push({ ...trial, state, denial: decision })
  }

  /** The same commands come about in more than one order. */
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

/** Whether a trial has the request asked as it was. */
function kindOf({ change }: Pick<Trial, 'change'>): 'asAsked' | 'changed' {
  return Object.keys(change).length === 0 ? 'asAsked' : 'changed'
}

/** Whether a denial came further than the one before it. A change that asks for something else may meet the same reason. */
function isFurther(denial: Denied, before: Denied, isChange: boolean): boolean {
  const [now, then] = [denialReasons.indexOf(denial.reason), denialReasons.indexOf(before.reason)]
  return now > then || (isChange && now === then)
}

/** The request that a remedy has asked, with the credits that its commands allocate. */
export function asked(request: Request, change: RequestChange, commands: readonly Command[]): Request {
  const changed = changeRequest(request, change)
  const allocated = commands.reduce(
    (sum, command) => (command.type === 'AllocateCredits' ? sum + unitsOf(command.amount) : sum),
    0n,
  )
  if (changed.type === 'manage' || changed.credits === undefined || allocated === 0n) return changed
  const { credits } = changed
  return { ...changed, credits: { ...credits, available: unitsOf(credits.available) + allocated } }
}

function decide(request: Request, { commands, change, state }: Trial): Decision {
  return authorize(asked(request, change, commands), state)
}

/** Whether neither a command nor a part of the change can be left out. */
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
  const next = stateAfter(commands, state)
  return next !== undefined && decide(request, { commands, change, state: next }).effect === 'allow'
}

function subListsOf(commands: readonly Command[]): readonly (readonly Command[])[] {
  return Array.from({ length: 2 ** commands.length }, (_, mask) => commands.filter((_one, i) => (mask >> i) & 1))
}

function partsOf({ model, team }: RequestChange): readonly RequestChange[] {
  const models: readonly RequestChange[] = model === undefined ? [{}] : [{}, { model }]
  const teams: readonly RequestChange[] = team === undefined ? [{}] : [{}, { team }]
  return models.flatMap((one) => teams.map((other) => ({ ...one, ...other })))
}

const isSameSize = (a: RequestChange, b: RequestChange): boolean => Object.keys(a).length === Object.keys(b).length
