import type { Rejection } from '../change/message/rejection.ts'
import type { PreviewStep } from '../query/diff/preview.ts'
import type { CommandBody } from '../runtime/execute/execute-request.ts'
import { type AdminCall, answered } from './admin-call.ts'
import { type FieldOf, fieldOfRejection, notExecuted } from './not-executed.ts'
import { toWire, wireMessage, wirePath } from './wire.ts'

/**
 * Returns what commands would do if the caller gave them now. Effects on others are for administrators: they name
 * principals of every organization. `If-Match` holds as for the change. `fieldOf` names the field of the body for a path
 * of a rejected command.
 * @throws {AdminFault} when the policy has another version than the request expects
 */
export function previewFor(call: AdminCall, commands: readonly CommandBody[], fieldOf: FieldOf): unknown {
  const { expectVersion, state } = call
  if (expectVersion !== undefined && expectVersion !== state.version)
    throw notExecuted({ ok: false, reason: 'version_conflict', version: state.version })
  const foreseen = answered(call.engine.preview(commands, call.agent))
  const { accepted, rejectedCount } = foreseen
  const steps = foreseen.steps.map((step) => stepBody(step, fieldOf))
  return toWire(call.isAdministrator ? { ...foreseen, steps } : { accepted, steps, rejectedCount })
}

/** A rejection names the field of the body at fault, as an error does. */
function stepBody(step: PreviewStep, fieldOf: FieldOf) {
  if (step.ok) return step
  const { path: _, message, details, ...rest } = step.rejection
  const param = fieldOfRejection(step.rejection, fieldOf) ?? null
  return { ...step, rejection: { ...rest, message: wireMessage(message), param, details: detailsBody(details) } }
}

/** The issues of a command that does not match its schema, in the names of the body. */
function detailsBody({ issues, ...details }: Rejection['details']) {
  if (issues === undefined) return details
  return {
    ...details,
    issues: issues.map(({ path, message }) => ({ param: wirePath(path) ?? null, message: wireMessage(message) })),
  }
}
