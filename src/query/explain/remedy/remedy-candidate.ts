import type { Credential } from '../../../model/noun/credential.ts'
import type { State } from '../../../model/state/state.ts'
import { findRow, hasRow, rowsOf } from '../../../model/table/table.ts'
import { formatCredit } from '../../../model/value/credit.ts'
import { instantLimit } from '../../../model/value/instant.ts'
import type { Decision, Denied } from '../../../policy/decision/decision.ts'
import type { DenialReason } from '../../../policy/decision/denial.ts'
import { evaluationTimeOf } from '../../../policy/evaluation-time.ts'
import type { ManageRequest, UseRequest } from '../../../policy/request/request.ts'
import { reachedTargets } from '../../../policy/route/reach.ts'
import { denyName, denyRoute, restrictionsOn } from '../../../policy/route/restrict.ts'
import { namesAlike, successorOf } from '../near-miss/near-miss-name.ts'
import { activationsOf } from '../near-miss/near-miss-team.ts'
import { selectorsFor } from '../near-miss/near-miss-use.ts'
import { credentialOf, type DecisionTrace, principalOf, traceDecision } from '../trace/decision-trace.ts'
import { overlapOf } from '../trace/fact-caller.ts'
import { type Step, unitsOf } from '../trace/trial.ts'
import { type Candidate, candidate, candidateLimit, changing } from './candidate.ts'
import { grantCandidates } from './remedy-candidate-grant.ts'
import { manageCandidates } from './remedy-candidate-manage.ts'

/** What could turn a denial around, by its reason; the narrowest comes first. Candidates only: each is still to be tried. */
export function candidatesFor(request: UseRequest | ManageRequest, denial: Denied, state: State): readonly Candidate[] {
  const moves = callerMoves[denial.reason]?.(request, denial, state)
  if (moves !== undefined) return moves
  return request.type === 'manage'
    ? manageCandidates(request, denial.reason, state)
    : (useMoves[denial.reason]?.(traceDecision(request, state, denial)) ?? [])
}

/** As long a life from now on as the credential had; none that ends where instants do. */
function renewedUntil({ createdAt, expiresAt = createdAt }: Credential, at: number): number | null {
  const end = at + Math.max(1, expiresAt - createdAt)
  return end <= instantLimit ? end : null
}

type CallerMoves = (request: UseRequest | ManageRequest, denial: Denied, state: State) => readonly Candidate[]

/** What is wrong with the caller, whatever it asks. */
const callerMoves: { readonly [R in DenialReason]?: CallerMoves } = {
  credential_expired: (request, _denial, state) => {
    const credential = credentialOf(request.who, state)
    if (credential === undefined || overlapOf(request.who, state) !== undefined) return []
    return [
      candidate({
        type: 'UpdateCredential',
        credential: credential.id,
        expiresAt: renewedUntil(credential, request.at),
      }),
    ]
  },
  principal_unknown: (request, _denial, state) => {
    const principal = principalOf(request.who, state)
    if (principal?.type === 'user') return [candidate({ type: 'CreateUser', user: principal.id })]
    const [organization, another] = rowsOf(state.organizations)
    // Where there are several organizations, nobody can say whose it would be.
    if (principal === undefined || organization === undefined || another !== undefined) return []
    const heading = { organization: organization.id }
    return principal.type === 'team'
      ? [candidate({ type: 'CreateTeam', team: principal.id, ...heading })]
      : [candidate({ type: 'CreateVirtualAccount', virtualAccount: principal.id, ...heading })]
  },
  principal_suspended: ({ who }, _denial, state) => {
    const principal = principalOf(who, state)
    if (principal?.type === 'user') return [candidate({ type: 'ActivateUser', user: principal.id })]
    if (principal?.type === 'team') return [candidate({ type: 'ActivateTeam', team: principal.id })]
    return principal === undefined ? [] : [candidate({ type: 'ActivateVirtualAccount', virtualAccount: principal.id })]
  },
  team_unknown: teamChanges,
  team_not_member: (request, denial, state) => {
    const principal = principalOf(request.who, state)
    const changes = teamChanges(request, denial, state)
    if (principal?.type !== 'user' || denial.level.type !== 'team') return changes
    return [...changes, candidate({ type: 'AddTeamMember', team: denial.level.id, user: principal.id })]
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
    return [...changes, candidate({ type: 'ActivateOrganization', organization: level.id })]
  },
}

/** The same asked in the name of another team of the caller's, or of none. */
function teamChanges(request: UseRequest | ManageRequest, _denial: Decision, state: State): readonly Candidate[] {
  if (request.type === 'manage') return []
  const principal = principalOf(request.who, state)
  const named = request.team ?? credentialOf(request.who, state)?.team
  if (named === undefined) return []
  const user = principal?.type === 'user' ? findRow(state.users, principal.id) : undefined
  const others = user?.teams.map(({ team }) => team).filter((team) => team !== named) ?? []
  const without = request.team === undefined ? [] : [changing({ team: null })]
  return [...without, ...others.slice(0, candidateLimit).map((team) => changing({ team }))]
}

/** What is wrong with a use once the caller is in order. */
const useMoves: { readonly [R in DenialReason]?: (inquiry: DecisionTrace) => readonly Candidate[] } = {
  model_unknown: unknownMoves,
  model_retired: ({ resolved, request, state }) => {
    const alias = resolved?.alias
    if (alias === undefined || alias.lifecycle.type === 'active') return []
    const successor = successorOf(alias, state, request.at)
    const activate = candidate({ type: 'ActivateModelAlias', alias: alias.id })
    return successor === undefined ? [activate] : [changing({ model: successor }), activate]
  },
  model_not_granted: (inquiry) => [
    ...teamChanges(inquiry.request, inquiry.decision, inquiry.state),
    ...grantCandidates(inquiry),
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
      .slice(0, candidateLimit)
      .flatMap((team) => [changing({ team }), candidate({ type: 'SetDefaultTeam', user, team })])
  },
  credits_exhausted: (inquiry) => {
    const { decision, request } = inquiry
    const { credits } = request
    if (decision.effect === 'allow' || decision.level.type !== 'wallet' || credits === undefined) return []
    const { type, id } = decision.level.wallet
    const needed = credits.estimate === undefined ? 1n : unitsOf(credits.estimate)
    const amount = formatCredit(needed - unitsOf(credits.available))
    return [...unmeteredChanges(inquiry), candidate({ type: 'AllocateCredits', principal: { type, id }, amount })]
  },
}

/** The same asked in the name of a team that pays nothing: what is available to the others, the request does not say. */
function unmeteredChanges({ principal, request, state }: DecisionTrace): readonly Candidate[] {
  const user = principal?.type === 'user' ? findRow(state.users, principal.id) : undefined
  const teams = user?.teams.map(({ team }) => team) ?? []
  return teams
    .filter((team) => team !== request.team && findRow(state.teams, team)?.metered === false)
    .slice(0, candidateLimit)
    .map((team) => changing({ team }))
}

function unknownMoves({ request: { model }, state }: DecisionTrace): readonly Candidate[] {
  const corrections = namesAlike(model, state).map(({ name }) => changing({ model: name }))
  const accounts = [...rowsOf(state.providerAccounts)].filter(({ models }) => hasRow(models, model))
  const creations = accounts
    .map(({ id }) => id)
    .sort()
    .slice(0, candidateLimit)
    .map((providerAccount) =>
      candidate({ type: 'CreateModelAlias', alias: model, targets: [{ providerAccount, model }] }),
    )
  const slash = model.indexOf('/')
  const account = slash < 1 ? undefined : findRow(state.providerAccounts, model.slice(0, slash))
  const additions =
    account === undefined
      ? []
      : [candidate({ type: 'AddModels', providerAccount: account.id, models: [model.slice(slash + 1)] })]
  return [...corrections, ...creations, ...additions]
}

/** For each route that is reached, what denies it and the name: to lift these frees it. */
function restrictionMoves({ tried, resolved, request, state }: DecisionTrace): readonly Candidate[] {
  if (resolved === undefined) return []
  const moment = evaluationTimeOf(request.at)
  const moves: Candidate[] = []
  for (const { context, outcome, reach } of tried) {
    const sets = restrictionsOn(context, resolved, state)
    if (sets === undefined || outcome?.ok !== false || outcome.step !== 'model_restricted') continue
    const named = denyName(sets, resolved, moment)
    for (const target of reachedTargets(reach, resolved.targets).slice(0, candidateLimit)) {
      const ids = [...new Set([...named, ...denyRoute(sets, target, moment)])].sort()
      moves.push(candidate(...ids.map((restriction) => ({ type: 'DeleteRestriction', restriction }) as const)))
    }
  }
  return moves
}

function scopeMoves(inquiry: DecisionTrace): readonly Candidate[] {
  const { credential, question } = inquiry
  if (credential === undefined) return []
  const { id, scope, team } = credential
  if (question?.isOtherTeam === true) return team === undefined ? [] : [changing({ team }), changing({ team: null })]
  const selectors = scope.type === 'list' ? scope.selectors : []
  return selectorsFor(inquiry)
    .slice(0, candidateLimit)
    .map((selector) =>
      candidate({
        type: 'UpdateCredential',
        credential: id,
        scope: { type: 'list', selectors: [...selectors, selector] },
      }),
    )
}

/** For each route, what makes it serve again. */
function routeMoves({ resolved, state }: DecisionTrace): readonly Candidate[] {
  return (resolved?.targets ?? []).slice(0, candidateLimit).flatMap(({ providerAccount, model }) => {
    const account = findRow(state.providerAccounts, providerAccount)
    if (account === undefined) return []
    const steps: Step[] = []
    if (account.status !== 'active') steps.push({ type: 'ActivateProviderAccount', providerAccount })
    const listed = findRow(account.models, model)
    if (listed === undefined && !account.anyModel) steps.push({ type: 'AddModels', providerAccount, models: [model] })
    if (listed?.status === 'suspended') steps.push({ type: 'ActivateModel', providerAccount, model })
    return [{ steps }]
  })
}
