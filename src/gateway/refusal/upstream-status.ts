import type { GatewayRefusal } from './refusal.ts'

/**
 * What an upstream's status means for the call.
 * - `answer`: the upstream made the call.
 * - `client`: the client's request is wrong, on every route.
 * - `refused`: the upstream refuses this gateway or the model; a retry cannot succeed.
 * - `failed`: the upstream failed or is busy; a retry can succeed.
 */
export type UpstreamOutcome = 'answer' | 'client' | 'refused' | 'failed'

/** The statuses of a request that no upstream accepts. */
const clientStatuses = [400, 413, 415, 422]

/** The statuses with which a retry of the same request can succeed. */
const passing = [408, 409, 425, 429]

export function outcomeOfStatus(status: number): UpstreamOutcome {
  if (status >= 200 && status < 300) return 'answer'
  if (clientStatuses.includes(status)) return 'client'
  return status >= 500 || passing.includes(status) ? 'failed' : 'refused'
}

/** Whether another route can answer where one answered with this status. */
export function isFallbackStatus(status: number): boolean {
  const outcome = outcomeOfStatus(status)
  return outcome === 'refused' || outcome === 'failed'
}

/** The statuses of an upstream that did not answer in time. */
const timeouts = [408, 504]

/** Returns what the client is told about an upstream that failed or refused, with the wait that the upstream asks for. */
export function refusalOfUpstream({ status, headers }: Pick<Response, 'status' | 'headers'>): GatewayRefusal {
  if (outcomeOfStatus(status) !== 'failed') return { reason: 'upstream_refused' }
  const retryAfter = waitIn(headers)
  const reason = timeouts.includes(status) ? 'upstream_timeout' : 'upstream_failed'
  return { reason, ...(retryAfter === undefined ? {} : { retryAfter }) }
}

/** Returns the milliseconds in `retry-after-ms` or `retry-after`. A date is not read: clocks differ. */
function waitIn(headers: Headers): number | undefined {
  const exact = Number(headers.get('retry-after-ms') ?? Number.NaN)
  const milliseconds = Number.isNaN(exact) ? Number(headers.get('retry-after') ?? Number.NaN) * 1_000 : exact
  return Number.isFinite(milliseconds) && milliseconds > 0 ? milliseconds : undefined
}
