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
