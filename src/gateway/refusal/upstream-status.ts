import type { GatewayReason } from './refusal-table.ts'

/** The statuses with which a provider refuses the gateway's key, account or choice of model. */
const refused: ReadonlySet<number> = new Set([401, 402, 403, 404, 407])
const late: ReadonlySet<number> = new Set([408, 504, 524])

/**
 * Returns the reason to refuse a call whose upstream answered with this status, so that another route may be tried. Returns
 * `undefined` if the answer is for the client: a success, or a fault of its request.
 */
export function upstreamReasonOf(status: number): GatewayReason | undefined {
  if (refused.has(status)) return 'upstream_refused'
  if (late.has(status)) return 'upstream_timeout'
  return status === 409 || status === 429 || status >= 500 ? 'upstream_failed' : undefined
}
