import { checkAgreement } from './agreement.ts'
import { cedar } from './cedar.ts'
import type { Effort } from './decide-bench.ts'
import type { Engine } from './engine.ts'
import { makeGateway } from './gateway-build.ts'
import { handwritten } from './handwritten.ts'
import type { Size } from './maker.ts'
import { interleave } from './measure.ts'
import { makePopulation } from './population.ts'
import { makeRequests, type RequestList } from './request.ts'
import { checkAnswers } from './team-bench.ts'
import { withCredentials } from './team-engines.ts'
import { makeQuestions, makeTeamWorld, type TeamWorldSize } from './team-world.ts'

/** Cedar with the requests to time it on. Its decisions have been checked. */
export interface CedarSetup {
  readonly engine: Engine
  readonly requests: RequestList
}

/** The seed of the requests that Cedar decides, which the library decides in another process. */
export const cedarSeed = 8

/** Loads a population into Cedar, and checks that Cedar agrees with the handwritten gateway. */
export function prepareCedar(size: Size, effort: Effort): CedarSetup {
  const population = makePopulation(size)
  const gateway = makeGateway(population)
  const baseline = handwritten(gateway)
  const requests = makeRequests(population, baseline, effort.cedarRequests, cedarSeed)
  const engine = cedar(gateway)
  checkAgreement(baseline, engine, requests)
  return { engine, requests }
}

/** Loads a world of teams into Cedar, and checks Cedar's answers. */
export function prepareCedarOfTeams(size: TeamWorldSize, effort: Effort): CedarSetup {
  const population = makeTeamWorld(size)
  const engine = cedar(withCredentials(makeGateway(population)))
  const questions = makeQuestions(population, effort.cedarRequests, cedarSeed)
  checkAnswers(engine, questions)
  return { engine, requests: questions.list }
}

/** Nanoseconds per request, by round. */
export function timeCedar({ engine, requests }: CedarSetup, effort: Effort): readonly number[] {
  return interleave([engine], requests, Math.min(7, effort.rounds)).get(engine.name) ?? []
}
