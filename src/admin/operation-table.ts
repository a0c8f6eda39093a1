import { invalidField } from './admin-fault.ts'
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

/** The operations on one kind of things. */
interface Chapter {
  readonly name: string
  readonly operations: readonly Operation[]
}

/** The operations by chapter. */
export const chapters: readonly Chapter[] = [
  { name: 'Access groups', operations: accessGroupOperations },
  { name: 'Organizations', operations: organizationOperations },
  { name: 'Teams', operations: teamOperations },
  { name: 'Principals', operations: principalOperations },
  { name: 'Models', operations: modelOperations },
  { name: 'Tokens', operations: tokenOperations },
  { name: 'Credits', operations: creditOperations },
  { name: 'Access requests', operations: accessRequestOperations },
  { name: 'Questions', operations: questionOperations },
]

/** Every operation of the API. */
export const operationTable: readonly Operation[] = chapters.flatMap(({ operations }) => operations)

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

/**
 * The field of the body with the id of the thing that an operation creates: the parameter after the common path, as
 * `team_id` of `/teams/{team_id}` for `/teams/create`.
 */
function newIdField({ path }: Operation): string | undefined {
  const [, prefix] = /^(.*\/)create$/.exec(path) ?? []
  const sibling = prefix === undefined ? undefined : operationTable.find((one) => one.path.startsWith(`${prefix}{`))
  return sibling?.path.slice(prefix?.length).match(/^\{(\w+)\}/)?.[1]
}

/**
 * Refuses to create a thing that no path could name, because clients resolve its id in a URL.
 * @throws {AdminFault} when the new id is `.` or `..`
 */
export function requirePathId(operation: Operation, body: unknown): void {
  const param = newIdField(operation)
  if (param === undefined || typeof body !== 'object' || body === null || !Object.hasOwn(body, param)) return
  const id: unknown = (body as Readonly<Record<string, unknown>>)[param]
  if (id === '.' || id === '..')
    throw invalidField({ param, message: 'no URL can have `.` or `..` as an id, choose another id' })
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
