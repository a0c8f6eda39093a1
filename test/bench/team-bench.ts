import type { Effort } from './decide-bench.ts'
import type { Engine } from './engine.ts'
import { interleave, interleaveOnce, type Times } from './measure.ts'
import { portcullis } from './portcullis.ts'
import { readRequests } from './request.ts'
import { readState, writeSnapshot } from './snapshot-text.ts'
import { caslByUser, nestedMaps } from './team-engines.ts'
import { makeQuestions, makeTeamWorld, type Questions, type TeamWorldSize } from './team-world.ts'

/** Everything to measure a world of teams: engines whose answers were checked, and questions. */
export interface TeamSetup {
  readonly engines: readonly Engine[]
  readonly questions: Questions
  /** Lists of questions that no engine has answered before, one for each round. */
  readonly unseen: readonly Questions[]
}

/**
 * Checks the answers of an engine, yes or no, against those computed from the rows.
 * @throws {Error} with the first question that the engine answers wrongly
 */
export function checkAnswers(engine: Engine, { list, answers }: Questions): void {
  for (const [i, request] of readRequests(list).entries()) {
    const isYes = engine.decide(request).effect === 'allow'
    if (isYes !== answers[i]) throw new Error(`${engine.name} answers ${isYes} to ${JSON.stringify(request)}`)
  }
}

/** Creates a world of teams, loads it into every engine but Cedar, and checks the answers. */
export function prepareTeams(size: TeamWorldSize, effort: Effort): TeamSetup {
  const population = makeTeamWorld(size)
  const library = portcullis(readState(writeSnapshot(population)))
  const engines = [library, nestedMaps(population), caslByUser(population)]
  const questions = makeQuestions(population, effort.requests, 7)
  for (const engine of engines) checkAnswers(engine, questions)
  const unseen = Array.from({ length: effort.rounds }, (_, i) => makeQuestions(population, effort.unseen, 100 + i))
  return { engines, questions, unseen }
}

/**
 * The times of a world of teams. `repeated`: every engine on the same questions in each round. `once`: the library and the
 * Maps on questions never asked before; CASL then builds abilities, at a thousand times the cost of a question.
 */
export interface TeamTimes {
  readonly repeated: Times
  readonly once: Times
}

/** Times every engine. */
export function timeTeams({ engines, questions, unseen }: TeamSetup, effort: Effort): TeamTimes {
  const repeated = interleave(engines, questions.list, effort.rounds)
  const once = interleaveOnce(
    engines.slice(0, 2),
    unseen.map(({ list }) => list),
  )
  return { repeated, once }
}
