import type { Reach, Route } from '../../policy/decision/decision.ts'
import { isNo, type No } from './caller.ts'
import { type Context, contextsOpen } from './context.ts'
import type { Question } from './question.ts'
import { rowOf, sorted } from './rows.ts'
import { walk, type Yield } from './walk.ts'

/** What the only context there is gives. */
export function chooseOnly(question: Question, context: Context): Yield | No {
  return walk(question, context)
}

/** What the first context that yields gives a user that names no team. */
export function chooseForUser(question: Question): Yield | No {
  const { state, caller } = question
  const { id } = caller.principal
  const user = rowOf(state, 'users', id)
  const [alone, ...teams] = contextsOpen(id, state) as [Context, ...Context[]]
  const byDefault = teams.filter(({ team }) => team === user?.defaultTeam)
  const unnamed = teams.map((context): Context => ({ ...context, grantees: alone.grantees }))
  const free = [alone, ...unnamed].filter(({ payer }) => payer.type === 'nobody')
  const paying = unnamed.filter(({ payer }) => payer.type === 'wallet')

  const walkAll = (contexts: readonly Context[]) => contexts.map((context) => walk(question, context))
  const isYield = (outcome: Yield | No): outcome is Yield => !isNo(outcome)
  const denials: No[] = []
  const yieldsOf = (contexts: readonly Context[]): Yield[] => {
    const outcomes = walkAll(contexts)
    denials.push(...outcomes.filter(isNo))
    return outcomes.filter(isYield)
  }

  const [first] = yieldsOf(byDefault)
  if (first !== undefined) return first
  const united = yieldsOf(free)
  if (united.length > 0) return unite(united, alone, question)
  const [own] = alone.payer.type === 'wallet' ? yieldsOf([alone]) : []
  if (own !== undefined) return own
  const paid = yieldsOf(paying)
  if (paid.length > 1) return ambiguous(id, paid)
  return paid[0] ?? furthest(denials)
}

/** Contexts in which nobody pays, as one. */
function unite(yields: readonly Yield[], alone: Context, { targets }: Question): Yield {
  const routes = targets.filter((target) =>
    yields.some((one) => one.routes.some((route) => isSameRoute(route, target))),
  )
  const reach: Reach[] = []
  for (const path of yields.flatMap((one) => one.reach)) {
    if (!reach.some((other) => JSON.stringify(other) === JSON.stringify(path))) reach.push(path)
  }
  return { context: { ...alone, payer: { type: 'nobody' } }, routes, reach }
}

function isSameRoute(a: Route, b: Route): boolean {
  return a.providerAccount === b.providerAccount && a.model === b.model
}

function ambiguous(user: string, yields: readonly Yield[]): No {
  const teams = sorted(yields.map(({ context }) => context.team ?? ''))
  return { reason: 'payer_ambiguous', level: { type: 'user', id: user }, remedies: [{ type: 'name_team', teams }] }
}

const order = ['model_not_granted', 'model_restricted', 'credential_out_of_scope', 'model_unavailable']

/** The denial that came after the most steps; of several, the one met first. */
function furthest(denials: readonly No[]): No {
  const ranks = denials.map(({ reason }) => order.indexOf(reason))
  return denials[ranks.indexOf(Math.max(...ranks))] as No
}
