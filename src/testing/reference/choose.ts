import type { Reach, Route } from '../../policy/decision/decision.ts'
import { type Denial, isDenial } from './caller.ts'
import { type Context, contextsOpen } from './context.ts'
import { type ContextAccess, evaluateContext } from './evaluate-context.ts'
import type { ResolvedRequest } from './resolved-request.ts'
import { rowOf, sorted } from './rows.ts'

/** Evaluates the only context (team and payer) of a request. Returns the access in this context, or a denial. */
export function chooseOnly(resolved: ResolvedRequest, context: Context): ContextAccess | Denial {
  return evaluateContext(resolved, context)
}

/**
 * Chooses among the contexts of a user that names no team. Returns the access in the first context with access, or a
 * denial.
 */
export function chooseForUser(resolved: ResolvedRequest): ContextAccess | Denial {
  const { state, caller } = resolved
  const { id } = caller.principal
  const user = rowOf(state, 'users', id)
  const [alone, ...teams] = contextsOpen(id, state) as [Context, ...Context[]]
  const byDefault = teams.filter(({ team }) => team === user?.defaultTeam)
  const unnamed = teams.map((context): Context => ({ ...context, grantees: alone.grantees, isUnnamed: true }))
  const free = [alone, ...unnamed].filter(({ payer }) => payer.type === 'none')
  const paying = unnamed.filter(({ payer }) => payer.type === 'wallet')

  const evaluateAll = (contexts: readonly Context[]) => contexts.map((context) => evaluateContext(resolved, context))
  const isAccess = (outcome: ContextAccess | Denial): outcome is ContextAccess => !isDenial(outcome)
  const denials: Denial[] = []
  const accessesOf = (contexts: readonly Context[]): ContextAccess[] => {
    const outcomes = evaluateAll(contexts)
    denials.push(...outcomes.filter(isDenial))
    return outcomes.filter(isAccess)
  }

  const [first] = accessesOf(byDefault)
  if (first !== undefined) return first
  const united = accessesOf(free)
  if (united.length > 0) return unite(united, alone, resolved)
  const paid = accessesOf(paying)
  if (paid.length > 1) return ambiguous(id, paid)
  const [own] = alone.payer.type === 'wallet' ? accessesOf([alone]) : []
  return paid[0] ?? own ?? furthest(denials)
}

/** Merges the accesses in several contexts without a payer into one access. */
function unite(accesses: readonly ContextAccess[], alone: Context, { targets }: ResolvedRequest): ContextAccess {
  const routes = targets.filter((target) =>
    accesses.some((one) => one.routes.some((route) => isSameRoute(route, target))),
  )
  const reach: Reach[] = []
  for (const path of accesses.flatMap((one) => one.reach)) {
    if (!reach.some((other) => JSON.stringify(other) === JSON.stringify(path))) reach.push(path)
  }
  return { context: { ...alone, payer: { type: 'none' } }, routes, reach }
}

function isSameRoute(a: Route, b: Route): boolean {
  return a.providerAccount === b.providerAccount && a.model === b.model
}

function ambiguous(user: string, accesses: readonly ContextAccess[]): Denial {
  const all = sorted(accesses.map(({ context }) => context.team ?? ''))
  const teams = all.slice(0, 10)
  const remedy = { type: 'name_team', teams, ...(all.length > 10 ? { total: all.length } : {}) } as const
  return { reason: 'payer_ambiguous', level: { type: 'user', id: user }, remedies: [remedy] }
}

const order = [
  'model_not_granted',
  'model_restricted',
  'operation_out_of_scope',
  'credential_out_of_scope',
  'model_unavailable',
]

/** Returns the denial that the latest check raised. Of several such denials: the first. */
function furthest(denials: readonly Denial[]): Denial {
  const ranks = denials.map(({ reason }) => order.indexOf(reason))
  return denials[ranks.indexOf(Math.max(...ranks))] as Denial
}
