import { accessGroupOperations } from './operation/access-groups.ts'
import { accessRequestOperations } from './operation/access-requests.ts'
import { creditOperations } from './operation/credits.ts'
import { modelOperations } from './operation/models.ts'
import { organizationOperations } from './operation/organizations.ts'
import { principalOperations } from './operation/principals.ts'
import { questionOperations } from './operation/questions.ts'
import { teamOperations } from './operation/teams.ts'
import { tokenOperations } from './operation/tokens.ts'
import type { Method, Operation } from './operation.ts'

/** Every operation of the API. */
export const operationTable: readonly Operation[] = [
  ...accessGroupOperations,
  ...organizationOperations,
  ...teamOperations,
  ...principalOperations,
  ...modelOperations,
  ...tokenOperations,
  ...creditOperations,
  ...accessRequestOperations,
  ...questionOperations,
]

/** The operation that a request asks for, or the methods of its path. */
export type FoundOperation =
  | { readonly operation: Operation; readonly params: Readonly<Record<string, string>> }
  | { readonly methods: readonly Method[] }

/** Finds the operation of a method and a path below the base path. Parameters are decoded, and never empty. */
export function findOperation(method: string, path: string): FoundOperation {
  const segments = path.split('/')
  const methods: Method[] = []
  let found: FoundOperation | undefined
  for (const operation of operationTable) {
    const params = matchPath(operation.path, segments)
    if (params === undefined) continue
    if (operation.method !== method) methods.push(operation.method)
    // A path without parameters is the better match.
    else if (found === undefined || Object.keys(params).length === 0) found = { operation, params }
  }
  return found ?? { methods }
}

function matchPath(template: string, segments: readonly string[]): Record<string, string> | undefined {
  const parts = template.split('/')
  if (parts.length !== segments.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, part] of parts.entries()) {
    const segment = segments[index] ?? ''
    if (!part.startsWith('{')) {
      if (part !== segment) return undefined
      continue
    }
    const value = decode(segment)
    if (value === undefined || value === '') return undefined
    params[part.slice(1, -1)] = value
  }
  return params
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
