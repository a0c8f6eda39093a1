import type { ModelAlias } from '../../model/noun/model-alias.ts'
import type { Remedy } from '../../policy/decision/denial.ts'
import type { Context } from './context.ts'
import { pathsOf } from './path.ts'
import type { ResolvedRequest } from './resolved-request.ts'
import { rowOf } from './rows.ts'

/** Whether one of the contexts has access to another alias than the requested one. */
export function hasAccess(
  resolved: ResolvedRequest,
  alias: ModelAlias | undefined,
  contexts: readonly Context[],
): boolean {
  if (alias === undefined) return false
  const request = { ...resolved.request, model: alias.id }
  const renamed = { ...resolved, alias, targets: alias.targets, request }
  return contexts.some(({ holders }) => holders.some((holder) => pathsOf(holder, renamed).length > 0))
}

/**
 * Returns the remedies for using a successor. The remedy `grant_access` is included when no context has access to the
 * successor.
 */
export function remediesOfSuccessor(
  resolved: ResolvedRequest,
  successor: string,
  contexts: readonly Context[],
): readonly Remedy[] {
  const use = { type: 'use_successor' as const, successor }
  if (hasAccess(resolved, rowOf(resolved.state, 'modelAliases', successor), contexts)) return [use]
  return [use, { type: 'grant_access', principals: contexts[0]?.holders ?? [], model: successor }]
}
