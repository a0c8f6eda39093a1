import type { ModelAlias } from '../../model/noun/model-alias.ts'
import type { State } from '../../model/state/state.ts'
import { idsOf } from '../../model/table/table.ts'
import type { Notice, UseAllowed, UseDecision } from '../../policy/decision/decision.ts'
import type { UseRequest } from '../../policy/request/request.ts'
import { callerOf, isNo, type No, no } from './caller.ts'
import { chooseForUser, chooseOnly } from './choose.ts'
import { type Context, contextNamed, contextsOpen } from './context.ts'
import { pathsOf } from './path.ts'
import type { Question } from './question.ts'
import { rowOf } from './rows.ts'
import { unitsOf } from './valid-request.ts'

/** What the reference model says about using a model, `until` left out. */
export function referenceUse(request: UseRequest, state: State): UseDecision {
  const answer = answerOf(request, state)
  if (isNo(answer)) return { effect: 'deny', ...answer, version: state.version }
  return { effect: 'allow', type: 'use', ...answer, version: state.version }
}

type Yes = Omit<UseAllowed, 'effect' | 'type' | 'version' | 'until'>

function answerOf(request: UseRequest, state: State): Yes | No {
  const caller = callerOf(request.who, request.at, state)
  if (isNo(caller)) return caller
  const named = contextNamed(request, caller, state)
  if (named !== undefined && isNo(named)) return named
  const name = resolve(request, state)
  if (isNo(name)) return name

  const question = { request, caller, state, ...name }
  if (isRetired(name.alias, request.at)) {
    return retirement(question, named === undefined ? contextsOpen(caller.principal.id, state) : [named])
  }
  const chosen = named === undefined ? chooseForUser(question) : chooseOnly(question, named)
  if (isNo(chosen)) return chosen
  const { payer, team, cacheScope } = chosen.context
  if (payer.type === 'wallet' && isExhausted(request)) {
    const { wallet } = payer
    return no('credits_exhausted', { type: 'wallet', wallet }, { type: 'add_credits', wallet })
  }
  return {
    principal: caller.principal,
    ...(team === undefined ? {} : { team }),
    routes: chosen.routes,
    payer,
    reach: chosen.reach,
    notices: noticesOf(question.alias),
    cacheScope,
  }
}

/** What the name stands for: an alias before a concrete model. */
function resolve({ model: name }: UseRequest, state: State): Pick<Question, 'alias' | 'targets'> | No {
  const level = { type: 'model' as const, id: name }
  const alias = rowOf(state, 'modelAliases', name)
  if (alias !== undefined) {
    return { alias, targets: alias.targets }
  }
  const [providerAccount = '', ...rest] = name.split('/')
  const model = rest.join('/')
  const account = rest.length > 0 ? rowOf(state, 'providerAccounts', providerAccount) : undefined
  const serves = account !== undefined && (account.anyModel || [...idsOf(account.models)].includes(model))
  if (!serves) return no('model_unknown', level, { type: 'correct_model_name' })
  return { targets: [{ providerAccount, model }] }
}

function isRetired(alias: ModelAlias | undefined, at: number): boolean {
  const lifecycle = alias?.lifecycle
  return lifecycle?.type === 'retired' || (lifecycle?.type === 'deprecated' && lifecycle.sunsetAt <= at)
}

/** What is said of a retired alias, by whether the caller could use its successor, or could have used it. */
function retirement(question: Question, contexts: readonly Context[]): No {
  const { alias, state, request } = question
  const level = { type: 'model' as const, id: request.model }
  const isOwn = (other: ModelAlias | undefined): boolean => {
    if (other === undefined) return false
    const asked = { ...question, alias: other, targets: other.targets, request: { ...request, model: other.id } }
    return contexts.some(({ principals }) => principals.some((principal) => pathsOf(principal, asked).length > 0))
  }
  const choose = isOwn(alias) ? [{ type: 'choose_model' as const }] : []
  const successor = alias?.lifecycle.type === 'active' ? undefined : alias?.lifecycle.successor
  if (successor === undefined) {
    const [remedy = { type: 'correct_model_name' as const }] = choose
    return no('model_retired', level, remedy)
  }
  const use = { type: 'use_successor' as const, successor }
  if (isOwn(rowOf(state, 'modelAliases', successor))) return no('model_retired', level, use)
  const grant = { type: 'grant_access' as const, principals: contexts[0]?.principals ?? [], model: successor }
  return { reason: 'model_retired', level, remedies: [...choose, use, grant] }
}

function noticesOf(alias: ModelAlias | undefined): Notice[] {
  if (alias?.lifecycle.type !== 'deprecated') return []
  const { sunsetAt, successor } = alias.lifecycle
  return [{ type: 'model_deprecated', sunsetAt, ...(successor === undefined ? {} : { successor }) }]
}

function isExhausted({ credits }: UseRequest): boolean {
  if (credits === undefined) return false
  const available = unitsOf(credits.available)
  return credits.estimate === undefined ? available <= 0n : available < unitsOf(credits.estimate)
}
