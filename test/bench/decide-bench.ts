import type { State } from '../../src/model/state/state.ts'
import { checkAgreement } from './agreement.ts'
import { type CommandList, makeCommands } from './apply-bench.ts'
import { casl, forms, type Grain } from './casl.ts'
import { cedarSeed } from './cedar-bench.ts'
import type { Engine } from './engine.ts'
import { makeGateway } from './gateway-build.ts'
import { handwritten } from './handwritten.ts'
import type { Size } from './maker.ts'
import { interleave, interleaveOnce, type Times } from './measure.ts'
import { makePopulation } from './population.ts'
import { portcullis, portcullisUnguarded } from './portcullis.ts'
import { makeRequests, type RequestList } from './request.ts'
import { readState, writeSnapshot } from './snapshot-text.ts'

/** The size of a run: how many requests, rounds and commands. */
export interface Effort {
  readonly requests: number
  readonly cedarRequests: number
  /** The requests of each round of the measurement without repeated requests. */
  readonly unseen: number
  readonly rounds: number
  readonly commands: number
}

/** Everything to measure one size: engines that were checked to agree, requests and commands. */
export interface BenchSetup {
  readonly size: Size
  readonly state: State
  readonly library: Engine
  readonly baseline: Engine
  /** The library and all competitors but Cedar, which runs in a process of its own: Node 20 crashes with all in one. */
  readonly engines: readonly Engine[]
  readonly requests: RequestList
  readonly cedarRequests: RequestList
  /** Lists of requests that no engine has decided before, one for each round. */
  readonly unseen: readonly RequestList[]
  readonly commands: CommandList
}

/** The forms of CASL that run: all at the small size, and only `names`, the fastest, at the large one. */
const everyForm = Object.values(forms)
const grains: readonly Grain[] = ['context', 'principal']

/** Creates a population, loads it into every engine, and checks that their decisions agree. */
export function prepare(size: Size, effort: Effort, isThorough: boolean): BenchSetup {
  const population = makePopulation(size)
  const gateway = makeGateway(population)
  const baseline = handwritten(gateway)
  const requests = makeRequests(population, baseline, effort.requests)
  const cedarRequests = makeRequests(population, baseline, effort.cedarRequests, cedarSeed)
  const state = readState(writeSnapshot(population))
  const library = portcullis(state)
  const unguarded = portcullisUnguarded(state)
  const casls = (isThorough ? everyForm : [forms.names]).flatMap((form) =>
    grains.map((grain) => casl(gateway, form, grain)),
  )
  for (const engine of [baseline, ...casls]) checkAgreement(unguarded, engine, requests)
  checkAgreement(unguarded, baseline, cedarRequests)
  const unseen = Array.from({ length: effort.rounds }, (_, i) =>
    makeRequests(population, baseline, effort.unseen, 100 + i),
  )
  const commands = makeCommands(population, state, effort.commands)
  return {
    size,
    state,
    library,
    baseline,
    engines: [library, baseline, ...casls],
    requests,
    cedarRequests,
    unseen,
    commands,
  }
}

/**
 * The times of one size. `many`: all engines except Cedar, on all requests. `few`: Cedar, timed in another process, and
 * the library, on fewer requests.
 * `once`: the library and the handwritten gateway, on requests never made before, so that no cache can help.
 */
export interface DecisionTimes {
  readonly many: Times
  readonly few: Times
  readonly once: Times
}

/** Times every engine but Cedar, whose times are given. */
export function timeDecisions(stage: BenchSetup, effort: Effort, cedar: readonly number[]): DecisionTimes {
  const many = interleave(stage.engines, stage.requests, effort.rounds)
  const few = new Map([
    ...interleave([stage.library], stage.cedarRequests, Math.min(7, effort.rounds)),
    ['cedar', cedar],
  ])
  const once = interleaveOnce([stage.library, stage.baseline], stage.unseen)
  return { many, few, once }
}
