import fc from 'fast-check'
import { expect } from 'vitest'
import { apply } from '../../../src/change/apply.ts'
import { emptyState, type State } from '../../../src/model/state.ts'
import { rowsOf } from '../../../src/model/table.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import type { Finding } from '../../../src/query/lint/finding.ts'
import { type Lint, lint } from '../../../src/query/lint.ts'
import { rowsIn } from '../../../src/testing/arbitrary/state.ts'
import { arbitraryCommands, arbitraryMoment, arbitraryState } from '../../../src/testing/index.ts'

type Options = Parameters<typeof lint>[1]

/** What lint finds. A query without an answer fails the test. */
export function linted(state: State, options: Options): readonly Finding[] {
  const found: Lint | { readonly ok: false } = lint(state, options)
  if (!found.ok) throw new Error(`no answer: ${JSON.stringify(found)}`)
  return found.findings
}

/** The code and the subject of a finding as one text. */
export const keyOf = ({ code, subject }: Finding): string => JSON.stringify([code, subject])

/** The state after a fix, every command of which is accepted. */
export function mended(state: State, finding: Finding): State {
  return (finding.fix ?? []).reduce((soFar, command) => {
    const applied = apply(command, soFar)
    if (!applied.ok) throw new Error(`${keyOf(finding)}: ${JSON.stringify([command, applied.rejection])}`)
    return applied.state
  }, state)
}

/** A state that commands have led to. */
export const arbitraryHistory: fc.Arbitrary<State> = arbitraryCommands.map((commands) =>
  commands.reduce<State>((state, command) => {
    const applied = apply(command, state)
    return applied.ok ? applied.state : state
  }, emptyState),
)

/** A state of either make, at an instant at which something happens in it. */
export const arbitraryScene: fc.Arbitrary<{ readonly state: State; readonly at: number }> = fc
  .oneof(arbitraryState, arbitraryHistory)
  .chain((state) => arbitraryMoment(state).map((at) => ({ state, at })))

/** One question that a principal can ask: who, for which name, in the name of which team. */
export interface Question {
  readonly who: { readonly type: 'user' | 'team' | 'virtualAccount'; readonly id: string }
  readonly model: string
  readonly team?: string
}

/** Every question that principals can ask of names that there are. */
export function* everyQuestion(state: State): IterableIterator<Question> {
  const names = new Set(rowsIn(state, 'modelAliases').map(({ id }) => id))
  for (const { id, models, anyModel } of rowsIn(state, 'providerAccounts')) {
    for (const model of rowsOf(models)) names.add(`${id}/${model.id}`)
    if (anyModel) names.add(`${id}/whatever`)
  }
  for (const model of names) {
    for (const { id, teams } of rowsIn(state, 'users')) {
      yield { who: { type: 'user', id }, model }
      for (const { team } of teams) yield { who: { type: 'user', id }, model, team }
    }
    for (const { id } of rowsIn(state, 'teams')) yield { who: { type: 'team', id }, model }
    for (const { id } of rowsIn(state, 'virtualAccounts')) yield { who: { type: 'virtualAccount', id }, model }
  }
}

/** Whether a question is answered by yes, or would be if it were not for money. */
export function isAllowed(question: Question, at: number, state: State): boolean {
  const decision = authorize({ type: 'use', ...question, at }, state)
  return decision.effect === 'allow' || decision.reason === 'payer_ambiguous'
}

/** The powers that agents have over things, as texts. */
export function powersIn(state: State, at: number): ReadonlySet<string> {
  const agents = [
    ...rowsIn(state, 'users').map(({ id }) => ({ type: 'user', id }) as const),
    ...rowsIn(state, 'virtualAccounts').map(({ id }) => ({ type: 'virtualAccount', id }) as const),
  ]
  const things = [
    ...rowsIn(state, 'providerAccounts').map(({ id }) => ({ type: 'providerAccount', id }) as const),
    ...rowsIn(state, 'teams').map(({ id }) => ({ type: 'teamMembers', id }) as const),
    ...rowsIn(state, 'organizations').map(({ id }) => ({ type: 'organization', id }) as const),
  ]
  const found = new Set<string>()
  for (const who of agents) {
    for (const thing of things) {
      const { effect } = authorize({ type: 'manage', who, thing, at }, state)
      if (effect === 'allow') found.add(JSON.stringify([who, thing]))
    }
  }
  return found
}

/** Checks that a fix removes its finding and adds none. */
export function expectMended(state: State, after: State, finding: Finding, options: Options): void {
  const before = new Set(linted(state, options).map(keyOf))
  const now = linted(after, options).map(keyOf)
  expect(now).not.toContain(keyOf(finding))
  expect(now.filter((key) => !before.has(key))).toEqual([])
}
