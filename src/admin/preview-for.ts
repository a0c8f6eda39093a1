import type { CommandBody } from '../runtime/execute-request.ts'
import { type AdminCall, answered } from './admin-call.ts'
import { toWire } from './wire.ts'

/**
 * Returns what commands would do if the caller gave them now. Effects on others are for administrators: they name
 * principals of every organization.
 */
export function previewFor(call: AdminCall, commands: readonly CommandBody[]): unknown {
  const foreseen = answered(call.engine.preview(commands, call.agent))
  const { accepted, steps, rejectedCount } = foreseen
  return toWire(call.isAdministrator ? foreseen : { accepted, steps, rejectedCount })
}
