import type {
  AuthZenAction,
  AuthZenEvaluation,
  AuthZenEvaluator,
  AuthZenOptions,
  AuthZenResource,
  AuthZenSubject,
} from '../../../src/authzen/index.ts'
import { createAuthZenHandler } from '../../../src/authzen/index.ts'

const users: readonly AuthZenSubject[] = [
  { type: 'user', id: 'alice' },
  { type: 'user', id: 'bob', properties: { role: 'admin' } },
]
const records: readonly AuthZenResource[] = [
  { type: 'record', id: 'record-1', properties: { status: 'active' } },
  { type: 'record', id: 'record-2', properties: { status: 'archived' } },
]
const actions: readonly AuthZenAction[] = [{ name: 'read' }, { name: 'write' }, { name: 'delete' }]

/**
 * The policy of the certification scenario: both users read; alice writes what is not archived, and an admin what is;
 * alice deletes softly. The properties are those of the request, or of the fixture for the entities that a search finds.
 */
function isAllowed({ subject, action, resource }: AuthZenEvaluation): boolean {
  const isKnown = (list: readonly { type: string; id: string }[], { type, id }: { type: string; id: string }) =>
    list.some((one) => one.type === type && one.id === id)
  if (!isKnown(users, subject) || !isKnown(records, resource)) return false
  const isArchived = resource.properties?.['status'] === 'archived'
  switch (action.name) {
    case 'read':
      return true
    case 'write':
      return isArchived ? subject.properties?.['role'] === 'admin' : subject.id === 'alice'
    case 'delete':
      return subject.id === 'alice' && action.properties?.['soft'] === true
    default:
      return false
  }
}

interface Named {
  readonly id: string
}

/** Makes a page of results that are found after a position. */
function pageOf<Result>(found: readonly Result[], idOf: (result: Result) => string, limit: number, after = '') {
  const rest = found.filter((one) => idOf(one) > after)
  const results = rest.slice(0, limit)
  const last = results.at(-1)
  return rest.length > limit && last !== undefined ? { results, next: idOf(last) } : { results }
}

const idOf = ({ id }: Named) => id
const ofType = <T extends { readonly type: string }>(list: readonly T[], type: string) =>
  list.filter((one) => one.type === type)
const bare = ({ type, id }: AuthZenSubject) => ({ type, id })

/** The policy of the certification scenario of AuthZEN, with all searches. */
export const certified: Required<AuthZenEvaluator> = {
  evaluate: async (evaluation) => ({ decision: isAllowed(evaluation) }),
  searchSubjects: ({ subject, ...rest }, { limit, after }) => {
    const found = ofType(users, subject.type).filter((one) => isAllowed({ ...rest, subject: one }))
    return pageOf(found.map(bare), idOf, limit, after)
  },
  searchResources: ({ resource, ...rest }, { limit, after }) => {
    const found = ofType(records, resource.type).filter((one) => isAllowed({ ...rest, resource: one }))
    return pageOf(found.map(bare), idOf, limit, after)
  },
  searchActions: (search, { limit, after }) => {
    const found = actions.filter((action) => isAllowed({ ...search, action }))
    return pageOf(
      found.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      ({ name }) => name,
      limit,
      after,
    )
  },
}

/** The identifier of the decision point in the tests. */
export const pdp = 'https://pdp.example.com'

/** The path of each endpoint that takes a body. */
export const paths = [
  '/access/v1/evaluation',
  '/access/v1/evaluations',
  '/access/v1/search/subject',
  '/access/v1/search/resource',
  '/access/v1/search/action',
] as const

/** A body that is valid on every endpoint. */
export const goodBody = {
  subject: { type: 'user', id: 'alice' },
  action: { name: 'read' },
  resource: { type: 'record', id: 'record-1' },
}

/** Returns a request with a body. A string is sent as it is. */
export function requestOf(path: string, body: unknown, headers: Record<string, string> = {}): Request {
  return new Request(`${pdp}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
  })
}

/** The status, the parsed body or the text of an error, and the headers of an answer. */
export interface Answered {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly text: string
  readonly headers: Headers
}

/** Reads an answer, and checks that a success is a JSON object and an error is plain text. */
export async function read(response: Response): Promise<Answered> {
  const { status, headers } = response
  const text = await response.text()
  const isGood = status === 200
  const type = headers.get('content-type')
  if (type !== (isGood ? 'application/json' : 'text/plain; charset=utf-8')) throw new Error(`${status} with ${type}`)
  return { status, headers, text, body: isGood ? (JSON.parse(text) as Record<string, unknown>) : {} }
}

/** Returns a function that sends bodies to a handler. Without options, its policy is that of the scenario. */
export function client(options: Partial<AuthZenOptions> = {}) {
  const handler = createAuthZenHandler({
    evaluator: certified,
    authenticate: 'none',
    policyDecisionPoint: pdp,
    ...options,
  })
  const post = async (path: string, body: unknown, headers?: Record<string, string>) =>
    read(await handler(requestOf(path, body, headers)))
  return { handler, post }
}
