import type { Credential } from '../../model/credential.ts'
import { formatCredit } from '../../model/credit.ts'
import { instantLimit } from '../../model/instant.ts'
import type { State } from '../../model/state.ts'
import { find, has, rowsOf } from '../../model/table.ts'
import type { Decision, Denied } from '../../policy/decision.ts'
import type { DenialReason } from '../../policy/denial.ts'
import { momentOf } from '../../policy/moment.ts'
import { reachedTargets } from '../../policy/reach.ts'
import type { ManageRequest, UseRequest } from '../../policy/request.ts'
import { denyName, denyRoute, restrictionsOn } from '../../policy/restrict.ts'
import { overlapOf } from './explain-fact-caller.ts'
import { credentialOf, type Inquiry, inquire, principalOf } from './explain-inquiry.ts'
import { type Step, unitsOf } from './explain-trial.ts'
import { namesAlike, successorOf } from './near-miss-name.ts'
import { activationsOf } from './near-miss-team.ts'
import { selectorsFor } from './near-miss-use.ts'
import { grantMoves } from './remedy-candidate-grant.ts'
import { manageMoves } from './remedy-candidate-manage.ts'
import { changing, type Move, move, moveLimit } from './remedy-move.ts'

/** What could turn a denial around, by its reason; the narrowest comes first. Candidates only: each is still to be tried. */
export function movesFor(request: UseRequest | ManageRequest, denial: Denied, state: State): readonly Move[] {
  const moves = callerMoves[denial.reason]?.(request, denial, state)
  if (moves !== undefined) return moves
  return request.type === 'manage'
    ? manageMoves(request, denial.reason, state)
    : (useMoves[denial.reason]?.(inquire(request, state, denial)) ?? [])
}

/** As long a life from now on as the credential had; none that ends where instants do. */
function renewedUntil({ createdAt, expiresAt = createdAt }: Credential, at: number): number | null {
  const end = at + Math.max(1, expiresAt - createdAt)
  return end <= instantLimit ? end : null
}

type CallerMoves = (request: UseRequest | ManageRequest, denial: Denied, state: State) => readonly Move[]

/** What is wrong with the caller, whatever it asks. */
const callerMoves: { readonly [R in DenialReason]?: CallerMoves } = {
  credential_expired: (request, _denial, state) => {
    const credential = credentialOf(request.who, state)
    if (credential === undefined || overlapOf(request.who, state) !== undefined) return []
    return [
      move({ type: 'UpdateCredential', credential: credential.id, expiresAt: renewedUntil(credential, request.at) }),
    ]
  },
  principal_unknown: (request, _denial, state) => {
    const principal = principalOf(request.who, state)
    if (principal?.type === 'user') return [move({ type: 'CreateUser', user: principal.id })]
    const [organization, another] = rowsOf(state.organizations)
    // Where there are several organizations, nobody can say whose it would be.
    if (principal === undefined || organization === undefined || another !== undefined) return []
    const heading = { organization: organization.id }
    return principal.type === 'team'
      ? [move({ type: 'CreateTeam', team: principal.id, ...heading })]
      : [move({ type: 'CreateVirtualAccount', virtualAccount: principal.id, ...heading })]
  },
  principal_suspended: ({ who }, _denial, state) => {
    const principal = principalOf(who, state)
    if (principal?.type === 'user') return [move({ type: 'ActivateUser', user: principal.id })]
    if (principal?.type === 'team') return [move({ type: 'ActivateTeam', team: principal.id })]
    return principal === undefined ? [] : [move({ type: 'ActivateVirtualAccount', virtualAccount: principal.id })]
  },
  team_unknown: teamChanges,
  team_not_member: (request, denial, state) => {
    const principal = principalOf(request.who, state)
    const changes = teamChanges(request, denial, state)
    if (principal?.type !== 'user' || denial.level.type !== 'team') return changes
    return [...changes, move({ type: 'AddTeamMember', team: denial.level.id, user: principal.id })]
  },
  team_suspended: (request, denial, state) => {
    const { level } = denial
    const changes = teamChanges(request, denial, state)
    return level.type === 'team' ? [...changes, { steps: activationsOf(level.id, state) }] : changes
  },
  organization_suspended: (request, denial, state) => {
    const { level } = denial
    const changes = teamChanges(request, denial, state)
    if (level.type !== 'organization') return changes
    return [...changes, move({ type: 'ActivateOrganization', organization: level.id })]
  },
}

/** The same asked in the name of another team of the caller's, or of none. */
function teamChanges(request: UseRequest | ManageRequest, _denial: Decision, state: State): readonly Move[] {
  if (request.type === 'manage') return []
  const principal = principalOf(request.who, state)
  const named = request.team ?? credentialOf(request.who, state)?.team
  if (named === undefined) return []
  const user = principal?.type === 'user' ? find(state.users, principal.id) : undefined
  const others = user?.teams.map(({ team }) => team).filter((team) => team !== named) ?? []
  const without = request.team === undefined ? [] : [changing({ team: null })]
  return [...without, ...others.slice(0, moveLimit).map((team) => changing({ team }))]
}

/** What is wrong with a use once the caller is in order. */
const useMoves: { readonly [R in DenialReason]?: (inquiry: Inquiry) => readonly Move[] } = {
  model_unknown: unknownMoves,
  model_retired: ({ resolved, request, state }) => {
    const alias = resolved?.alias
    if (alias === undefined || alias.lifecycle.type === 'active') return []
    const successor = successorOf(alias, state, request.at)
    const activate = move({ type: 'ActivateModelAlias', alias: alias.id })
    return successor === undefined ? [activate] : [changing({ model: successor }), activate]
  },
  model_not_granted: (inquiry) => [
    ...teamChanges(inquiry.request, inquiry.decision, inquiry.state),
    ...grantMoves(inquiry),
  ],
  model_restricted: (inquiry) => [
    ...teamChanges(inquiry.request, inquiry.decision, inquiry.state),
    ...restrictionMoves(inquiry),
  ],
  credential_out_of_scope: scopeMoves,
  model_unavailable: (inquiry) => [
    ...teamChanges(inquiry.request, inquiry.decision, inquiry.state),
    ...routeMoves(inquiry),
  ],
  payer_ambiguous: ({ decision, principal }) => {
    const teams =
      decision.effect === 'deny' ? decision.remedies.flatMap((one) => ('teams' in one ? one.teams : [])) : []
    const user = principal?.id ?? ''
    return teams
      .slice(0, moveLimit)
      .flatMap((team) => [changing({ team }), move({ type: 'SetDefaultTeam', user, team })])
  },
  credits_exhausted: (inquiry) => {
    const { decision, request } = inquiry
    const { credits } = request
    if (decision.effect === 'allow' || decision.level.type !== 'wallet' || credits === undefined) return []
    const { type, id } = decision.level.wallet
    const needed = credits.estimate === undefined ? 1n : unitsOf(credits.estimate)
    const amount = formatCredit(needed - unitsOf(credits.available))
    return [...unmeteredChanges(inquiry), move({ type: 'AllocateCredits', principal: { type, id }, amount })]
  },
}

/** The same asked in the name of a team that pays nothing: what is available to the others, the request does not say. */
function unmeteredChanges({ principal, request, state }: Inquiry): readonly Move[] {
  const user = principal?.type === 'user' ? find(state.users, principal.id) : undefined
  const teams = user?.teams.map(({ team }) => team) ?? []
  return teams
    .filter((team) => team !== request.team && find(state.teams, team)?.metered === false)
    .slice(0, moveLimit)
    .map((team) => changing({ team }))
}

function unknownMoves({ request: { model }, state }: Inquiry): readonly Move[] {
  const corrections = namesAlike(model, state).map(({ name }) => changing({ model: name }))
  const accounts = [...rowsOf(state.providerAccounts)].filter(({ models }) => has(models, model))
  const creations = accounts
    .map(({ id }) => id)
    .sort()
    .slice(0, moveLimit)
    .map((providerAccount) => move({ type: 'CreateModelAlias', alias: model, targets: [{ providerAccount, model }] }))
  const slash = model.indexOf('/')
  const account = slash < 1 ? undefined : find(state.providerAccounts, model.slice(0, slash))
  const additions =
    account === undefined
      ? []
      : [move({ type: 'AddModels', providerAccount: account.id, models: [model.slice(slash + 1)] })]
  return [...corrections, ...creations, ...additions]
}

/** For each route that is reached, what denies it and the name: to lift these frees it. */
function restrictionMoves({ tried, resolved, request, state }: Inquiry): readonly Move[] {
  if (resolved === undefined) return []
  const moment = momentOf(request.at)
  const moves: Move[] = []
  for (const { context, outcome, reach } of tried) {
    const sets = restrictionsOn(context, resolved, state)
    if (sets === undefined || outcome?.ok !== false || outcome.step !== 'model_restricted') continue
    const named = denyName(sets, resolved, moment)
    for (const target of reachedTargets(reach, resolved.targets).slice(0, moveLimit)) {
      const ids = [...new Set([...named, ...denyRoute(sets, target, moment)])].sort()
      moves.push(move(...ids.map((restriction) => ({ type: 'DeleteRestriction', restriction }) as const)))
    }
  }
  return moves
}

function scopeMoves(inquiry: Inquiry): readonly Move[] {
  const { credential, question } = inquiry
  if (credential === undefined) return []
  const { id, scope, team } = credential
  if (question?.isOtherTeam === true) return team === undefined ? [] : [changing({ team }), changing({ team: null })]
  const selectors = scope.type === 'list' ? scope.selectors : []
  return selectorsFor(inquiry)
    .slice(0, moveLimit)
    .map((selector) =>
      move({ type: 'UpdateCredential', credential: id, scope: { type: 'list', selectors: [...selectors, selector] } }),
    )
}

/** For each route, what makes it serve again. */
function routeMoves({ resolved, state }: Inquiry): readonly Move[] {
  return (resolved?.targets ?? []).slice(0, moveLimit).flatMap(({ providerAccount, model }) => {
    const account = find(state.providerAccounts, providerAccount)
    if (account === undefined) return []
    const steps: Step[] = []
    if (account.status !== 'active') steps.push({ type: 'ActivateProviderAccount', providerAccount })
    const listed = find(account.models, model)
    if (listed === undefined && !account.anyModel) steps.push({ type: 'AddModels', providerAccount, models: [model] })
    if (listed?.status === 'suspended') steps.push({ type: 'ActivateModel', providerAccount, model })
    return [{ steps }]
  })
}
