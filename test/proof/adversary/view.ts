import type { Credential } from '../../../src/model/noun/credential.ts'
import { putRow } from '../../../src/model/state/put-row.ts'
import type { State } from '../../../src/model/state/state.ts'
import { findRow, idsOf } from '../../../src/model/table/table.ts'
import type { Operation } from '../../../src/model/value/operation.ts'
import type { Principal } from '../../../src/model/value/principal.ts'
import { authorizeParsed } from '../../../src/policy/authorize.ts'
import type { UseDecision } from '../../../src/policy/decision/decision.ts'
import type { UseRequest, Who } from '../../../src/policy/request/request.ts'
import { rowsIn } from '../../../src/testing/arbitrary/state.ts'
import { ids } from './command.ts'

/** The model names of every question. */
export const names: readonly string[] = [
  ...ids.aliases,
  ...ids.providerAccounts.flatMap((account) =>
    ['m-1', 'm-2', 'm-3', 'm-4', '../m-1'].map((model) => `${account}/${model}`),
  ),
  'prov-q/M-1',
  'prov-q/unlisted',
]

/**
 * The context of a question: a team that the user names, `own` for the user without any team, or `unnamed` for a request that
 * names no team.
 */
export type Context =
  | { readonly type: 'team'; readonly team: string }
  | { readonly type: 'own' }
  | { readonly type: 'unnamed' }

/** One question of a view, with its decision. */
export interface Cell {
  readonly principal: Principal
  readonly credential: string | undefined
  readonly context: Context
  readonly name: string
  readonly operation: Operation | undefined
  readonly request: UseRequest
  readonly decision: UseDecision
}

/** Whether a bearer, a user with its contexts, is asked about without a team, too. */
function contextsOf(principal: Principal, credential: Credential | undefined, state: State): readonly Context[] {
  if (principal.type !== 'user' || credential?.team !== undefined) return [{ type: 'unnamed' }]
  const teams = findRow(state.users, principal.id)?.teams ?? []
  return [{ type: 'unnamed' }, { type: 'own' }, ...teams.map(({ team }): Context => ({ type: 'team', team }))]
}

/** The state in which a user is in no team: its own context is then its only one. */
function withoutTeams(id: string, state: State): State {
  const user = findRow(state.users, id)
  if (user === undefined) return state
  const { defaultTeam: _, ...rest } = user
  return putRow(state, 'users', { ...rest, teams: [] })
}

const operationsOf = (credential: Credential | undefined): readonly (Operation | undefined)[] =>
  credential === undefined ? [undefined] : [undefined, 'chat', 'embeddings']

/** The key of a cell, equal in every state for the same question. */
export function keyOf({ principal, credential, context, name, operation }: Omit<Cell, 'decision' | 'request'>): string {
  const place = context.type === 'team' ? `team ${context.team}` : context.type
  return `${principal.type} ${principal.id}|${credential ?? ''}|${place}|${operation ?? ''}|${name}`
}

/** Every principal and credential of a state, with the owner of each credential. */
function* bearersOf(
  state: State,
): IterableIterator<readonly [who: Who, principal: Principal, credential: Credential | undefined]> {
  for (const id of idsOf(state.users)) yield [{ type: 'user', id }, { type: 'user', id }, undefined]
  for (const id of idsOf(state.teams)) yield [{ type: 'team', id }, { type: 'team', id }, undefined]
  for (const id of idsOf(state.virtualAccounts)) {
    yield [{ type: 'virtualAccount', id }, { type: 'virtualAccount', id }, undefined]
  }
  for (const row of rowsIn(state, 'credentials')) yield [{ type: 'credential', id: row.id }, row.owner, row]
}

/** The decisions about every bearer, context, operation and name, at an instant. */
export function viewOf(state: State, at: number): ReadonlyMap<string, Cell> {
  const view = new Map<string, Cell>()
  for (const [who, principal, credential] of bearersOf(state)) {
    for (const context of contextsOf(principal, credential, state)) {
      const asked = context.type === 'own' ? withoutTeams(principal.id, state) : state
      for (const operation of operationsOf(credential)) {
        for (const name of names) {
          const request: UseRequest = {
            type: 'use',
            who,
            model: name,
            at,
            ...(context.type === 'team' ? { team: context.team } : undefined),
            ...(operation === undefined ? undefined : { operation }),
          }
          const decision = authorizeParsed(request, asked) as UseDecision
          const cell: Cell = { principal, credential: credential?.id, context, name, operation, request, decision }
          view.set(keyOf(cell), cell)
        }
      }
    }
  }
  return view
}

/** The routes of a decision as `account/model`; none for a denial. */
export function routesOf(decision: UseDecision | undefined): readonly string[] {
  if (decision?.effect !== 'allow') return []
  return decision.routes.map(({ providerAccount, model }) => `${providerAccount}/${model}`)
}

/** The payer of a decision as a text; `undefined` for a denial. */
export function payerOf(decision: UseDecision | undefined): string | undefined {
  if (decision?.effect !== 'allow') return undefined
  const { payer } = decision
  return payer.type === 'none' ? 'none' : `${payer.wallet.type} ${payer.wallet.id} ${payer.wallet.incarnation}`
}

/** The team in whose context a cell is decided, if it is one team for certain. */
export function teamOf({ principal, credential, context }: Cell, state: State): string | undefined {
  if (principal.type === 'team') return principal.id
  if (context.type === 'team') return context.team
  return credential === undefined ? undefined : findRow(state.credentials, credential)?.team
}
