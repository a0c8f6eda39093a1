import type { State } from '../../src/model/state/state.ts'
import { checkAgreement } from './agreement.ts'
import type { Engine } from './answer.ts'
import { type CommandList, makeCommands } from './apply-bench.ts'
import { casl, forms, type Grain } from './casl.ts'
import { cedar } from './cedar.ts'
import { makeGateway } from './gateway-build.ts'
import { handwritten } from './handwritten.ts'
import type { Size } from './maker.ts'
import { interleave, interleaveOnce, type Times } from './measure.ts'
import { makePopulation } from './population.ts'
import { portcullis, portcullisUnguarded } from './portcullis.ts'
import { makeQuestions, type QuestionList } from './question.ts'
import { readState, writeSnapshot } from './snapshot-text.ts'

/** How much to ask. */
export interface Effort {
  readonly questions: number
  readonly cedarQuestions: number
  /** How many questions of each round are asked once only. */
  readonly unseen: number
  readonly rounds: number
  readonly commands: number
}

/** One size, ready to be asked: engines that were found to agree, and a stream of commands. */
export interface Stage {
  readonly size: Size
  readonly state: State
  readonly library: Engine
  readonly judge: Engine
  /** The library and all competitors but Cedar. */
  readonly engines: readonly Engine[]
  readonly cedar: Engine
  readonly questions: QuestionList
  readonly cedarQuestions: QuestionList
  /** Lists that no engine has seen. */
  readonly unseen: readonly QuestionList[]
  readonly commands: CommandList
}

/** The forms of CASL that run: all of them where they are cheap to hold, else the two that can be the fastest. */
const everyForm = Object.values(forms)
const grains: readonly Grain[] = ['context', 'principal']

/** Makes a population, gives it to every engine, and compares their answers. */
export function prepare(size: Size, effort: Effort, isThorough: boolean): Stage {
  const population = makePopulation(size)
  const gateway = makeGateway(population)
  const judge = handwritten(gateway)
  const questions = makeQuestions(population, judge, effort.questions)
  const cedarQuestions = makeQuestions(population, judge, effort.cedarQuestions, 8)
  const state = readState(writeSnapshot(population))
  const library = portcullis(state)
  const unguarded = portcullisUnguarded(state)
  const casls = (isThorough ? everyForm : [forms.names]).flatMap((form) =>
    grains.map((grain) => casl(gateway, form, grain)),
  )
  for (const engine of [judge, ...casls]) checkAgreement(unguarded, engine, questions)
  const other = cedar(gateway)
  checkAgreement(unguarded, other, cedarQuestions)
  const unseen = Array.from({ length: effort.rounds }, (_, i) =>
    makeQuestions(population, judge, effort.unseen, 100 + i),
  )
  const commands = makeCommands(population, state, effort.commands)
  return {
    size,
    state,
    library,
    judge,
    engines: [library, judge, ...casls],
    cedar: other,
    questions,
    cedarQuestions,
    unseen,
    commands,
  }
}

/**
 * What one size took: all engines but Cedar on all questions, Cedar beside the library on its fewer ones, and the library
 * beside the lookup by hand on questions asked for the first time, when nothing about them can have been remembered.
 */
export interface DecisionTimes {
  readonly many: Times
  readonly few: Times
  readonly once: Times
}

/** Times every engine. */
export function timeDecisions(stage: Stage, effort: Effort): DecisionTimes {
  const many = interleave(stage.engines, stage.questions, effort.rounds)
  const few = interleave([stage.library, stage.cedar], stage.cedarQuestions, Math.min(7, effort.rounds))
  const once = interleaveOnce([stage.library, stage.judge], stage.unseen)
  return { many, few, once }
}
