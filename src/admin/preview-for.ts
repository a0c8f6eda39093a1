import type { PreviewStep } from '../query/diff/preview.ts'
import type { CommandBody } from '../runtime/execute/execute-request.ts'
import { type AdminCall, answered } from './admin-call.ts'
import { toWire, wireMessage } from './wire.ts'

/**
 * Returns what commands would do if the caller gave them now. Effects on others are for administrators: they name
 * principals of every organization. `fieldOf` names the field of the body for a path of a rejected command.
 */
export function previewFor(
  call: AdminCall,
  commands: readonly CommandBody[],
  fieldOf: (path: readonly (string | number)[]) => string | undefined,
): unknown {
  const foreseen = answered(call.engine.preview(commands, call.agent))
  const { accepted, rejectedCount } = foreseen
  const steps = foreseen.steps.map((step) => stepBody(step, fieldOf))
  return toWire(call.isAdministrator ? { ...foreseen, steps } : { accepted, steps, rejectedCount })
}

/** A rejection names the field of the body at fault, as an error does. No body names the actor. */
function stepBody(step: PreviewStep, fieldOf: (path: readonly (string | number)[]) => string | undefined) {
  if (step.ok) return step
  const { path, message, ...rest } = step.rejection
  return {
    ...step,
    rejection: { ...rest, message: wireMessage(message), param: path[0] === 'actor' ? null : (fieldOf(path) ?? null) },
  }
}
