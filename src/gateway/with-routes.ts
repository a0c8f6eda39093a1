import type { Route } from '../policy/decision/decision.ts'
import { isFallbackStatus } from './refusal/upstream-status.ts'

/** A route that gave no usable answer. */
export interface RouteFailure {
  readonly route: Route
  /** The answer of the upstream, if there is one. Its body has not been read. */
  readonly response?: Response
  readonly error?: unknown
}

/** The answer of the first route that gave a usable one, and the failures before it. */
export interface RoutedResponse {
  readonly route?: Route
  readonly response?: Response
  readonly failures: readonly RouteFailure[]
}

/** The routes of a call, as an admission has them. */
export interface RoutedCall {
  readonly routes: readonly Route[]
  readonly signal?: AbortSignal | undefined
}

/**
 * Tries the routes of an admission in order, until one answers with something that is not a failure of the upstream. Falls
 * back only over these routes, and only before the first byte of an answer. Never rejects.
 */
export async function withRoutes(
  call: RoutedCall,
  attempt: (route: Route) => Promise<Response> | Response,
): Promise<RoutedResponse> {
  const failures: RouteFailure[] = []
  for (const route of call.routes) {
    if (call.signal?.aborted) break
    try {
      const response = await attempt(route)
      if (!isFallbackStatus(response.status)) return { route, response, failures }
      failures
        .at(-1)
        ?.response?.body?.cancel()
        .catch(() => undefined)
      failures.push({ route, response })
    } catch (error) {
      failures.push({ route, error })
    }
  }
  return { failures }
}
