import { quote } from '../model/value/quote.ts'
import type { Decision, Denied } from './decision.ts'
import type { DenialReason, Remedy } from './denial.ts'

/**
 * What a refused caller is told. Coarser than the denial, so that it leaks nothing: a model that does not exist and one
 * that is not the caller's are the same answer, and so are a team that does not exist and one that it is not in.
 */
export type CallerReason =
  | 'request_invalid'
  | 'credential_invalid'
  | 'credential_expired'
  | 'access_suspended'
  | 'team_not_found'
  | 'model_not_found'
  | 'model_retired'
  | 'model_unavailable'
  | 'team_required'
  | 'credits_exhausted'
  | 'management_not_granted'

/** The caller's rendering of a decision: data and a sentence, free of groups, other teams, restrictions and digests. */
export type CallerAnswer =
  | { readonly effect: 'allow' }
  | {
      readonly effect: 'deny'
      readonly reason: CallerReason
      readonly message: string
      /** Who can turn it around: the caller with a better request or a new credential, whoever pays, or whoever runs the gateway. */
      readonly ask: 'caller' | 'payer' | 'operator'
    }

interface Answer {
  readonly reason: CallerReason
  readonly ask: 'caller' | 'payer' | 'operator'
  readonly say: (remedies: readonly Remedy[]) => string
}

const suspended: Answer = {
  reason: 'access_suspended',
  ask: 'operator',
  say: () => 'access is suspended; ask whoever runs this gateway',
}
const noTeam: Answer = {
  reason: 'team_not_found',
  ask: 'caller',
  say: () => 'no such team for this caller; name one of your own teams',
}
const noModel: Answer = {
  reason: 'model_not_found',
  ask: 'operator',
  say: () => 'no such model for this caller; list the models you may use, or ask whoever runs this gateway',
}
const badCredential: Answer = {
  reason: 'credential_invalid',
  ask: 'caller',
  say: () => 'the credential is not valid; use another one',
}

const answers: Readonly<Record<DenialReason, Answer>> = {
  request_invalid: { reason: 'request_invalid', ask: 'caller', say: sayInvalid },
  credential_unknown: badCredential,
  credential_revoked: badCredential,
  credential_expired: {
    reason: 'credential_expired',
    ask: 'caller',
    say: () => 'the credential has expired; sign in again or use a new one',
  },
  principal_unknown: badCredential,
  principal_suspended: suspended,
  team_unknown: noTeam,
  team_not_member: noTeam,
  team_suspended: suspended,
  organization_suspended: suspended,
  model_unknown: noModel,
  model_retired: { reason: 'model_retired', ask: 'caller', say: sayRetired },
  model_not_granted: noModel,
  model_restricted: noModel,
  credential_out_of_scope: noModel,
  model_unavailable: {
    reason: 'model_unavailable',
    ask: 'operator',
    say: () => 'the model is not available now; use another one, or ask whoever runs this gateway',
  },
  payer_ambiguous: {
    reason: 'team_required',
    ask: 'caller',
    say: (remedies) => `several of your teams could pay for this call; name one of ${teamsOf(remedies)}`,
  },
  credits_exhausted: {
    reason: 'credits_exhausted',
    ask: 'payer',
    say: () => 'there are not enough credits for this call; ask whoever pays to add some',
  },
  management_not_granted: {
    reason: 'management_not_granted',
    ask: 'operator',
    say: () => 'this caller may not manage that; ask an administrator',
  },
}

/** What to tell the caller of a decision. */
export function answerCaller(decision: Decision): CallerAnswer {
  if (decision.effect === 'allow') return { effect: 'allow' }
  const { remedies } = decision
  const { reason, ask, say } = answerTo(decision)
  return { effect: 'deny', reason, message: say(remedies), ask }
}

function answerTo(decision: Denied): Answer {
  if (isForeign(decision)) return noModel
  // A scope that manages nothing is told as a power that is not there: neither is about a model.
  return isScopeToManage(decision) ? answers.management_not_granted : answers[decision.reason]
}

const isScopeToManage = ({ remedies }: Denied): boolean =>
  remedies.some((remedy) => remedy.type === 'widen_scope' && remedy.to === 'all')

/** Whether a retired alias is none of the caller's: then it is told what it would be told of a model that never was. */
function isForeign({ reason, remedies }: Denied): boolean {
  const isTold = has(remedies, 'choose_model') || (remedies.length === 1 && has(remedies, 'use_successor'))
  return reason === 'model_retired' && !isTold
}

const has = (remedies: readonly Remedy[], type: Remedy['type']): boolean =>
  remedies.some((remedy) => remedy.type === type)

function sayInvalid(remedies: readonly Remedy[]): string {
  const issues = remedies.flatMap((remedy) => (remedy.type === 'correct_request' ? remedy.issues : []))
  const first = issues[0]
  if (first === undefined) return 'the request is not valid'
  return first.path.length === 0 ? first.message : `at ${quote(first.path.join('.'))}: ${first.message}`
}

function sayRetired(remedies: readonly Remedy[]): string {
  const [first] = remedies
  const next = first?.type === 'use_successor' ? quote(first.successor) : 'another one'
  return `the model is retired; use ${next}`
}

function teamsOf(remedies: readonly Remedy[]): string {
  const teams = remedies.flatMap((remedy) => (remedy.type === 'name_team' ? remedy.teams : []))
  return teams.map(quote).join(', ')
}
