import type { Contact } from '../../model/value/contact.ts'
import { quote } from '../../model/value/quote.ts'
import type { Decision, Denied } from './decision.ts'
import type { DenialReason, Remedy } from './denial.ts'
import { listTeams } from './format-decision.ts'

/**
 * The reason for a denial, as shown to the caller. Coarser than `DenialReason`, to leak nothing. `model_not_found`
 * covers an unknown model and a model that is not granted; `team_not_found` covers an unknown team and a team without
 * the caller.
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
  | 'operation_not_permitted'
  | 'team_required'
  | 'credits_exhausted'
  | 'management_not_granted'

/** The part of a decision that the caller may see. Omits groups, other teams, restrictions and digests. */
export type CallerAnswer =
  | { readonly effect: 'allow' }
  | {
      readonly effect: 'deny'
      readonly reason: CallerReason
      /** One line for the caller: what is wrong and what to do next. */
      readonly message: string
      /**
       * Who can resolve the denial: the caller with another request or credential, the payer, or the gateway's
       * operator.
       */
      readonly ask: Contact
    }

/**
 * Reduces a decision to what the caller may see. Never throws: a value that is not a decision is treated as a denial.
 */
export function answerCaller(decision: Decision): CallerAnswer {
  try {
    return answerDecision(decision) ?? undecided
  } catch {
    return undecided
  }
}

const undecided: CallerAnswer = Object.freeze({
  effect: 'deny',
  reason: 'request_invalid',
  message: 'this request could not be decided; ask the operator of this gateway',
  ask: 'operator',
})

/**
 * Does the work of `answerCaller`, but does not catch errors. Returns `undefined` for an unknown effect, type or
 * reason.
 */
function answerDecision(decision: Decision): CallerAnswer | undefined {
  if (decision.effect === 'allow') {
    return decision.type === 'use' || decision.type === 'manage' ? { effect: 'allow' } : undefined
  }
  if (decision.effect !== 'deny' || !Object.hasOwn(answers, decision.reason)) return undefined
  const { reason, ask, format } = answerTo(decision)
  return { effect: 'deny', reason, message: format(decision.remedies), ask }
}

interface Answer {
  readonly reason: CallerReason
  readonly ask: Contact
  readonly format: (remedies: readonly Remedy[]) => string
}

const suspended: Answer = {
  reason: 'access_suspended',
  ask: 'operator',
  format: () => 'access is suspended; ask the operator of this gateway',
}
const noTeam: Answer = {
  reason: 'team_not_found',
  ask: 'caller',
  format: () => 'team not found; name one of your own teams',
}
const noModel: Answer = {
  reason: 'model_not_found',
  ask: 'operator',
  format: () => 'model not found; list the models you may use, or ask the operator of this gateway',
}
const badCredential: Answer = {
  reason: 'credential_invalid',
  ask: 'caller',
  format: () => 'the credential is not valid; use another one',
}

const answers: Readonly<Record<DenialReason, Answer>> = {
  request_invalid: { reason: 'request_invalid', ask: 'caller', format: formatInvalid },
  credential_unknown: badCredential,
  credential_revoked: badCredential,
  credential_suspended: suspended,
  credential_expired: {
    reason: 'credential_expired',
    ask: 'caller',
    format: () => 'the credential has expired; sign in again or use a new one',
  },
  principal_unknown: badCredential,
  principal_suspended: suspended,
  team_unknown: noTeam,
  team_not_member: noTeam,
  team_suspended: suspended,
  organization_suspended: suspended,
  model_unknown: noModel,
  model_retired: { reason: 'model_retired', ask: 'caller', format: formatRetired },
  model_not_granted: noModel,
  model_restricted: noModel,
  operation_out_of_scope: {
    reason: 'operation_not_permitted',
    ask: 'caller',
    format: () => 'the credential may not be used for this operation; use another credential',
  },
  credential_out_of_scope: noModel,
  model_unavailable: {
    reason: 'model_unavailable',
    ask: 'operator',
    format: () => 'the model is not available now; use another one, or ask the operator of this gateway',
  },
  payer_ambiguous: {
    reason: 'team_required',
    ask: 'caller',
    format: (remedies) => `several of your teams could pay for this call; name one of ${formatTeams(remedies)}`,
  },
  credits_exhausted: {
    reason: 'credits_exhausted',
    ask: 'payer',
    format: () => 'not enough credits for this call; ask the payer to add some',
  },
  management_not_granted: {
    reason: 'management_not_granted',
    ask: 'operator',
    format: () => 'not permitted to manage this; ask an administrator',
  },
}

function answerTo(denial: Denied): Answer {
  if (isForeign(denial)) return noModel
  // Only manage requests are denied for a scope that lacks `all`, so the answer names no model.
  return requiresFullScope(denial) ? answers.management_not_granted : answers[denial.reason]
}

const requiresFullScope = ({ remedies }: Denied): boolean =>
  remedies.some((remedy) => remedy.type === 'widen_scope' && remedy.to === 'all')

/**
 * Whether a denial is for a retired alias, and the caller has access neither to the alias nor to its successor. If so,
 * the caller gets the answer for an unknown model.
 */
function isForeign({ reason, remedies }: Denied): boolean {
  const isReached = has(remedies, 'choose_model') || (remedies.length === 1 && has(remedies, 'use_successor'))
  return reason === 'model_retired' && !isReached
}

const has = (remedies: readonly Remedy[], type: Remedy['type']): boolean =>
  remedies.some((remedy) => remedy.type === type)

/** The message for an invalid request: the first issue, with its path. */
function formatInvalid(remedies: readonly Remedy[]): string {
  const issues = remedies.flatMap((remedy) => (remedy.type === 'correct_request' ? remedy.issues : []))
  const first = issues[0]
  if (first === undefined) return 'the request is not valid'
  return first.path.length === 0 ? first.message : `at ${quote(first.path.join('.'))}: ${first.message}`
}

function formatRetired(remedies: readonly Remedy[]): string {
  const [first] = remedies
  const next = first?.type === 'use_successor' ? quote(first.successor) : 'another one'
  return `the model is retired; use ${next}`
}

function formatTeams(remedies: readonly Remedy[]): string {
  return remedies.flatMap((remedy) => (remedy.type === 'name_team' ? [listTeams(remedy)] : [])).join(', ')
}
