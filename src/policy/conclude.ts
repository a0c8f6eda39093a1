import type { ModelAlias, Target } from '../model/noun/model-alias.ts'
import type { Principal } from '../model/value/principal.ts'
import type { Context } from './context/context.ts'
import type { CacheScope, Notice, Payer, Reach, UseAllowed, UseDecision } from './decision/decision.ts'
import { deny } from './decision/deny.ts'
import { findExhausted, nobody, payerOf } from './pay.ts'
import type { UseRequest } from './request/request.ts'
import type { Choice } from './route/choose.ts'
import type { Outcome, Question } from './route/evaluate.ts'

/** The allow of a context that yields routes, unless its payer cannot pay. */
export function allow(
  principal: Principal,
  outcome: Outcome & { readonly ok: true },
  credits: UseRequest['credits'],
  question: Question,
): UseDecision {
  const { context, routes, reach } = outcome
  const payer = payerOf(context.payer)
  const wallet = findExhausted(payer, credits)
  if (wallet !== undefined) {
    return deny('credits_exhausted', { type: 'wallet', wallet }, [{ type: 'add_credits', wallet }], question.state)
  }
  const team = context.payer.type === 'team' ? context.payer.row.id : undefined
  return allowed(principal, team, routes, payer, reach, cacheScopeOf(context), question)
}

/** The allow of several contexts in which nobody pays. */
export function allowUnited(
  principal: Principal,
  { user, routes, reach }: Choice & { readonly type: 'united' },
  question: Question,
): UseAllowed {
  const { id, incarnation } = user
  const cacheScope = { type: 'user', id, incarnation } as const
  return allowed(principal, undefined, routes, nobody, reach, cacheScope, question)
}

function allowed(
  principal: Principal,
  team: string | undefined,
  routes: readonly Target[],
  payer: Payer,
  reach: readonly Reach[],
  cacheScope: CacheScope,
  { resolved, state, moment }: Question,
): UseAllowed {
  const { version } = state
  const notices = noticesOf(resolved.alias)
  const decision: Mutable<UseAllowed> = {
    effect: 'allow',
    type: 'use',
    principal,
    routes,
    payer,
    reach,
    notices,
    cacheScope,
    version,
  }
  if (team !== undefined) decision.team = team
  if (moment.until !== Number.POSITIVE_INFINITY) decision.until = moment.until
  return decision
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Answers may be shared within the organization that the context acts in; a user on its own shares with nobody. */
function cacheScopeOf({ organization, payer }: Context): CacheScope {
  if (organization !== undefined)
    return { type: 'organization', id: organization.id, incarnation: organization.incarnation }
  return { type: 'user', id: payer.row.id, incarnation: payer.row.incarnation }
}

const noNotices: readonly Notice[] = Object.freeze([])

/** What the caller should know of an alias although the answer is yes. */
export function noticesOf(alias: ModelAlias | undefined): readonly Notice[] {
  if (alias?.lifecycle.type !== 'deprecated') return noNotices
  const { sunsetAt, successor } = alias.lifecycle
  return [{ type: 'model_deprecated', sunsetAt, ...(successor === undefined ? undefined : { successor }) }]
}
