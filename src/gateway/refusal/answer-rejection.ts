import type { Rejection, RejectionCode } from '../../change/message/rejection.ts'
import type { Executed } from '../../runtime/execute/execute-request.ts'
import { type AnswerOptions, answerRow, type HttpAnswer } from './http-answer.ts'
import { factsOfDenial } from './refusal.ts'
import { commandTable, type RefusalRow, refusalTable } from './refusal-table.ts'

const { invalid, forbidden, missing, impossible } = commandTable

/** How each rejection is answered. A code without a line does not compile. */
export const rejectionTable: Readonly<Record<RejectionCode, RefusalRow>> = /* @__PURE__ */ Object.freeze({
  command_invalid: invalid,
  actor_unknown: forbidden,
  actor_suspended: forbidden,
  organization_suspended: forbidden,
  management_not_granted: forbidden,
  power_exceeded: forbidden,
  suspension_exceeded: forbidden,
  access_request_foreign: forbidden,
  access_request_own: forbidden,
  access_request_ended: impossible,
  entitlement_exceeded: forbidden,
  consent_required: forbidden,
  organization_unknown: missing,
  user_unknown: missing,
  team_unknown: missing,
  virtual_account_unknown: missing,
  credential_unknown: missing,
  provider_account_unknown: missing,
  model_unknown: missing,
  model_alias_unknown: missing,
  access_group_unknown: missing,
  restriction_unknown: missing,
  plan_unknown: missing,
  wallet_unknown: missing,
  invitation_unknown: missing,
  access_request_unknown: missing,
  organization_exists: impossible,
  user_exists: impossible,
  team_exists: impossible,
  virtual_account_exists: impossible,
  credential_exists: impossible,
  provider_account_exists: impossible,
  model_alias_exists: impossible,
  access_group_exists: impossible,
  restriction_exists: impossible,
  plan_exists: impossible,
  access_request_exists: impossible,
  digest_exists: impossible,
  team_member_exists: impossible,
  team_not_member: impossible,
  credential_revoked: impossible,
  credential_expired: impossible,
  access_request_unmatched: impossible,
  access_not_grantable: impossible,
  window_invalid: impossible,
  window_exceeded: impossible,
  invitations_exceeded: impossible,
  limit_exceeded: impossible,
  successor_cycle: impossible,
  model_suspended: impossible,
  organization_referenced: impossible,
  provider_account_referenced: impossible,
  model_referenced: impossible,
  model_alias_referenced: impossible,
  plan_referenced: impossible,
  last_manager: impossible,
  last_administrator: impossible,
})

/** A result of `execute` that made no change, or of which it is not known. */
export type NotExecuted = Executed & { readonly ok: false }

/** Answers a rejected command over HTTP, in the shape of `answerRefusal`. Never throws. */
export function answerRejection(rejection: Rejection, options: AnswerOptions = {}): HttpAnswer {
  return total(() => {
    const { code, message, path } = rejection
    const row = Object.hasOwn(rejectionTable, code) ? rejectionTable[code] : undefined
    if (row === undefined) return answerInvalid(options)
    return answerRow(row, { code, message: String(message), param: paramOf(path) }, options)
  })
}

/**
 * Answers a result of `execute` with `ok: false` over HTTP, in the shape of `answerRefusal`. A version conflict is 412.
 * Never throws.
 */
export function answerNotExecuted(executed: NotExecuted, options: AnswerOptions = {}): HttpAnswer {
  return total(() => {
    switch (executed.reason) {
      case 'rejected':
        return answerRejection(executed.rejection, options)
      case 'denied': {
        const { reason, ...facts } = factsOfDenial(executed.denial)
        return answerRow(refusalTable[reason], { ...facts, code: reason }, options)
      }
      case 'options_invalid':
        return answerRow(invalid, { code: executed.reason, message: String(executed.message) }, options)
      case 'version_conflict': {
        const message = `the policy is at version ${String(executed.version)}; read it again`
        return answerRow(commandTable.versionConflict, { code: executed.reason, message }, options)
      }
      case 'command_id_reused':
        return answerRow(impossible, { code: executed.reason, message: idReused }, options)
      case 'contended':
        return answerTable(commandTable.contended, executed.reason, options)
      case 'policy_unavailable':
        return answerTable(refusalTable.policy_unavailable, executed.reason, { id: executed.id, ...options })
      default:
        return answerInvalid(options)
    }
  })
}

const answerTable = (row: RefusalRow, code: string, options: AnswerOptions): HttpAnswer =>
  answerRow(row, { code, message: row.message }, options)

const answerInvalid = (options: AnswerOptions): HttpAnswer =>
  answerTable(refusalTable.request_invalid, 'request_invalid', options)

function total(answer: () => HttpAnswer): HttpAnswer {
  try {
    return answer()
  } catch {
    return answerInvalid({})
  }
}

function paramOf(path: Rejection['path']): string | undefined {
  return path.length === 0 ? undefined : path.join('.')
}

const idReused = 'the idempotency key was used for another change; send a new key'
