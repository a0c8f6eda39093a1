import type { Credential } from '../../../model/noun/credential.ts'
import type { State } from '../../../model/state/state.ts'
import { findRow, hasRow, rowsOf } from '../../../model/table/table.ts'
import { formatCredit } from '../../../model/value/credit.ts'
import { lastInstant } from '../../../model/value/instant.ts'
import type { Operations } from '../../../model/value/operation.ts'
import type { Decision, Denied } from '../../../policy/decision/decision.ts'
import type { DenialReason } from '../../../policy/decision/denial.ts'
import { evaluationTimeOf } from '../../../policy/evaluation-time.ts'
import type { ManageRequest, UseRequest } from '../../../policy/request/request.ts'
import { denyName, denyRoute, restrictionsOn } from '../../../policy/route/restrict.ts'
import { similarNames, successorOf } from '../near-miss/name-miss.ts'
import { activationsOf } from '../near-miss/team-miss.ts'
import { selectorsFor } from '../near-miss/use-miss.ts'
import { credentialOf, type DecisionTrace, principalOf, traceDecision } from '../trace/decision-trace.ts'
import { overlapOf } from '../trace/fact-caller.ts'
import { type CommandBody, unitsOf } from '../trace/what-if.ts'
import { type Candidate, candidateLimit, commandCandidate, requestCandidate } from './candidate.ts'
import { grantCandidates } from './grant-candidate.ts'
import { manageCandidates } from './manage-candidate.ts'

/**
 * Returns candidates (remedies not checked yet) for the reason of a denial, the narrowest first. The search tries each
 * candidate.
 */
export function findCandidates(
  request: UseRequest | ManageRequest,
  denial: Denied,
  state: State,
): readonly Candidate[] {
  const candidates = callerCandidates[denial.reason]?.(request, denial, state)
  if (candidates !== undefined) return candidates
  return request.type === 'manage'
    ? manageCandidates(request, denial.reason, state)
    : (useCandidates[denial.reason]?.(traceDecision(request, state, denial)) ?? [])
}

/**
 * Returns a new expiry for a credential: the credential's original lifetime, counted from `at`. `null` if the new
 * expiry exceeds the last instant.
 */
function renewedUntil({ createdAt, expiresAt = createdAt }: Credential, at: number): number | null {
  const end = at + Math.max(1, expiresAt - createdAt)
  return end <= lastInstant ? end : null
}

type CallerCandidates = (request: UseRequest | ManageRequest, denial: Denied, state: State) => readonly Candidate[]

/**
 * For each denial reason about the caller, a function that returns candidates. Serves both use and manage requests.
 */
const callerCandidates: { readonly [R in DenialReason]?: CallerCandidates } = {
  credential_suspended: ({ who }, _denial, state) => {
    const credential = credentialOf(who, state)
    return credential === undefined ? [] : [commandCandidate({ type: 'ActivateCredential', credential: credential.id })]
  },
  credential_expired: (request, _denial, state) => {
    const credential = credentialOf(request.who, state)
    if (credential === undefined || overlapOf(request.who, state) !== undefined) return []
    return [
      commandCandidate({
        type: 'UpdateCredential',
        credential: credential.id,
        expiresAt: renewedUntil(credential, request.at),
      }),
    ]
  },
  principal_unknown: (request, _denial, state) => {
    const principal = principalOf(request.who, state)
    if (principal?.type === 'user') return [commandCandidate({ type: 'CreateUser', user: principal.id })]
    const [organization, another] = rowsOf(state.organizations)
    // Among several organizations, the intended one cannot be known.
    if (principal === undefined || organization === undefined || another !== undefined) return []
    const home = { organization: organization.id }
    return principal.type === 'team'
      ? [commandCandidate({ type: 'CreateTeam', team: principal.id, ...home })]
      : [commandCandidate({ type: 'CreateVirtualAccount', virtualAccount: principal.id, ...home })]
  },
  principal_suspended: ({ who }, _denial, state) => {
    const principal = principalOf(who, state)
    if (principal?.type === 'user') return [commandCandidate({ type: 'ActivateUser', user: principal.id })]
    if (principal?.type === 'team') return [commandCandidate({ type: 'ActivateTeam', team: principal.id })]
    return principal === undefined
      ? []
      : [commandCandidate({ type: 'ActivateVirtualAccount', virtualAccount: principal.id })]
  },
  team_unknown: teamChanges,
  team_not_member: (request, denial, state) => {
    const principal = principalOf(request.who, state)
    const changes = teamChanges(request, denial, state)
    if (principal?.type !== 'user' || denial.level.type !== 'team') return changes
    return [...changes, commandCandidate({ type: 'AddTeamMember', team: denial.level.id, user: principal.id })]
  },
  team_suspended: (request, denial, state) => {
    const { level } = denial
    const changes = teamChanges(request, denial, state)
    return level.type === 'team' ? [...changes, { commands: activationsOf(level.id, state) }] : changes
  },
  organization_suspended: (request, denial, state) => {
    const { level } = denial
    const changes = teamChanges(request, denial, state)
    if (level.type !== 'organization') return changes
    return [...changes, commandCandidate({ type: 'ActivateOrganization', organization: level.id })]
  },
}

/**
 * Returns candidates that change the request to another team of the caller, or to no team. If a suspended default team
 * causes the denial, another candidate removes the default team.
 */
function teamChanges(request: UseRequest | ManageRequest, denial: Decision, state: State): readonly Candidate[] {
  if (request.type === 'manage') return []
  const principal = principalOf(request.who, state)
  const named = request.team ?? credentialOf(request.who, state)?.team
  const isKept =
    named === undefined &&
    denial.effect === 'deny' &&
    (denial.reason === 'team_suspended' || denial.reason === 'organization_suspended')
  if (named === undefined && !isKept) return []
  const user = principal?.type === 'user' ? findRow(state.users, principal.id) : undefined
  const acting = named ?? user?.defaultTeam
  const others = user?.teams.map(({ team }) => team).filter((team) => team !== acting) ?? []
  const without = request.team === undefined ? [] : [requestCandidate({ team: null })]
  const cleared = isKept && user !== undefined ? [commandCandidate(clearDefaultTeam(user.id))] : []
  return [...without, ...others.slice(0, candidateLimit).map((team) => requestCandidate({ team })), ...cleared]
}

const clearDefaultTeam = (user: string): CommandBody => ({ type: 'SetDefaultTeam', user, team: null })

/**
 * For each denial reason about the model, the routes or the credits, a function that returns candidates for a use
 * request.
 */
const useCandidates: { readonly [R in DenialReason]?: (trace: DecisionTrace) => readonly Candidate[] } = {
  model_unknown: unknownNameCandidates,
  model_retired: ({ resolved, request, state }) => {
    const alias = resolved?.alias
    if (alias === undefined || alias.lifecycle.type === 'active') return []
    const successor = successorOf(alias, state, request.at)
    const activate = commandCandidate({ type: 'ActivateModelAlias', alias: alias.id })
    return successor === undefined ? [activate] : [requestCandidate({ model: successor }), activate]
  },
  model_not_granted: (trace) => [...teamChanges(trace.request, trace.decision, trace.state), ...grantCandidates(trace)],
  model_restricted: (trace) => [
    ...teamChanges(trace.request, trace.decision, trace.state),
    ...restrictionCandidates(trace),
  ],
  operation_out_of_scope: operationCandidates,
  credential_out_of_scope: scopeCandidates,
  model_unavailable: (trace) => [
    ...teamChanges(trace.request, trace.decision, trace.state),
    ...successorCandidates(trace),
    ...routeCandidates(trace),
    ...targetCandidates(trace),
  ],
  payer_ambiguous: ({ decision, principal }) => {
    const teams =
      decision.effect === 'deny' ? decision.remedies.flatMap((one) => ('teams' in one ? one.teams : [])) : []
    const user = principal?.id ?? ''
    return teams
      .slice(0, candidateLimit)
      .flatMap((team) => [requestCandidate({ team }), commandCandidate({ type: 'SetDefaultTeam', user, team })])
  },
  credits_exhausted: (trace) => {
    const { decision, request } = trace
    const { credits } = request
    if (decision.effect === 'allow' || decision.level.type !== 'wallet' || credits === undefined) return []
    const { type, id } = decision.level.wallet
    const needed = credits.estimate === undefined ? 1n : unitsOf(credits.estimate)
    const amount = formatCredit(needed - unitsOf(credits.available))
    return [...unmeteredChanges(trace), commandCandidate({ type: 'AllocateCredits', principal: { type, id }, amount })]
  },
}

/**
 * Returns candidates that make the request on behalf of an unmetered team of the user. Other metered teams are not
 * tried, because the request does not say how many credits a team has.
 */
function unmeteredChanges({ principal, request, state }: DecisionTrace): readonly Candidate[] {
  const user = principal?.type === 'user' ? findRow(state.users, principal.id) : undefined
  const teams = user?.teams.map(({ team }) => team) ?? []
  return teams
    .filter((team) => team !== request.team && findRow(state.teams, team)?.metered === false)
    .slice(0, candidateLimit)
    .map((team) => requestCandidate({ team }))
}

function unknownNameCandidates({ request: { model }, state }: DecisionTrace): readonly Candidate[] {
  const corrections = similarNames(model, state).map(({ name }) => requestCandidate({ model: name }))
  const creations = accountsListing(model, state).map((providerAccount) =>
    commandCandidate({ type: 'CreateModelAlias', alias: model, targets: [{ providerAccount, model }] }),
  )
  const slash = model.indexOf('/')
  const account = slash < 1 ? undefined : findRow(state.providerAccounts, model.slice(0, slash))
  const additions =
    account === undefined
      ? []
      : [commandCandidate({ type: 'AddModels', providerAccount: account.id, models: [model.slice(slash + 1)] })]
  return [...corrections, ...creations, ...additions]
}

/**
 * Returns one candidate for each route that a context reaches. The candidate deletes all restrictions that deny the
 * route or the requested name.
 */
function restrictionCandidates({
  contexts,
  resolved,
  credential,
  request,
  state,
}: DecisionTrace): readonly Candidate[] {
  if (resolved === undefined) return []
  const input = { resolved, credential, state, moment: evaluationTimeOf(request.at) }
  const candidates: Candidate[] = []
  for (const { context, outcome, targets } of contexts) {
    const sets = restrictionsOn(context, input)
    if (sets === undefined || outcome?.ok !== false || outcome.reason !== 'model_restricted') continue
    const named = denyName(sets, input)
    for (const target of targets.slice(0, candidateLimit)) {
      const ids = [...new Set([...named, ...denyRoute(sets, target, input)])].sort()
      candidates.push(
        commandCandidate(...ids.map((restriction) => ({ type: 'DeleteRestriction', restriction }) as const)),
      )
    }
  }
  return candidates
}

/**
 * Returns candidates about operations. The request names an operation that the credential permits, or the credential
 * gets more operations.
 */
function operationCandidates({ credential, request }: DecisionTrace): readonly Candidate[] {
  if (credential?.operations.type !== 'list') return []
  const { id } = credential
  const permitted = credential.operations.operations
  const { operation } = request
  const operations: Operations =
    operation === undefined ? { type: 'all' } : { type: 'list', operations: [...permitted, operation] }
  const named = operation === undefined ? permitted.map((one) => requestCandidate({ operation: one })) : []
  return [...named, commandCandidate({ type: 'UpdateCredential', credential: id, operations })]
}

function scopeCandidates(trace: DecisionTrace): readonly Candidate[] {
  const { credential, input } = trace
  if (credential === undefined) return []
  const { id, scope, team } = credential
  if (input?.isOtherTeam === true)
    return team === undefined ? [] : [requestCandidate({ team }), requestCandidate({ team: null })]
  const selectors = scope.type === 'list' ? scope.selectors : []
  return selectorsFor(trace)
    .slice(0, candidateLimit)
    .map((selector) =>
      commandCandidate({
        type: 'UpdateCredential',
        credential: id,
        scope: { type: 'list', selectors: [...selectors, selector] },
      }),
    )
}

/** Returns a candidate that requests the successor of a deprecated alias. */
function successorCandidates({ resolved, request, state }: DecisionTrace): readonly Candidate[] {
  const successor = resolved?.alias && successorOf(resolved.alias, state, request.at)
  return successor === undefined ? [] : [requestCandidate({ model: successor })]
}

/**
 * Returns candidates for an alias without targets. Each candidate adds one target: a model with the alias's name, on a
 * provider account that lists the model.
 */
function targetCandidates({ resolved, state }: DecisionTrace): readonly Candidate[] {
  const alias = resolved?.alias
  if (alias === undefined || alias.targets.length > 0) return []
  return accountsListing(alias.id, state).map((providerAccount) =>
    commandCandidate({
      type: 'SetModelAliasTargets',
      alias: alias.id,
      targets: [{ providerAccount, model: alias.id }],
    }),
  )
}

/** Returns the provider accounts that list a model: at most 10, sorted by id. */
function accountsListing(model: string, state: State): readonly string[] {
  const accounts = [...rowsOf(state.providerAccounts)].filter(({ models }) => hasRow(models, model))
  return accounts
    .map(({ id }) => id)
    .sort()
    .slice(0, candidateLimit)
}

/** Returns one candidate for each route. The candidate contains the commands that make the route available. */
function routeCandidates({ resolved, state }: DecisionTrace): readonly Candidate[] {
  return (resolved?.targets ?? []).slice(0, candidateLimit).flatMap(({ providerAccount, model }) => {
    const account = findRow(state.providerAccounts, providerAccount)
    if (account === undefined) return []
    const commands: CommandBody[] = []
    if (account.status !== 'active') commands.push({ type: 'ActivateProviderAccount', providerAccount })
    const listed = findRow(account.models, model)
    if (listed === undefined && !account.anyModel)
      commands.push({ type: 'AddModels', providerAccount, models: [model] })
    if (listed?.status === 'suspended') commands.push({ type: 'ActivateModel', providerAccount, model })
    return [{ commands }]
  })
}
