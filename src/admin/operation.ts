import * as z from 'zod'
import type { Event } from '../change/message/event.ts'
import type { Thing } from '../policy/request/request.ts'
import type { CommandBody } from '../runtime/execute/execute-request.ts'
import type { AdminCall } from './admin-call.ts'
import { invalidField } from './admin-fault.ts'
import { type CommandSchema, commandType, readCommand, withoutField } from './command-body.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** A parameter in the query of an operation. */
export interface QueryParameter {
  readonly name: string
  readonly description: string
  readonly required?: boolean
  /** Default: a string. */
  readonly schema?: z.ZodType
}

/** What every operation of the API has. */
interface Described {
  readonly method: Method
  /** The path below the base path, with parameters in braces, such as `/teams/{team_id}`. */
  readonly path: string
  /** The operation's name in the OpenAPI document. */
  readonly id: string
  readonly summary: string
  /** The schema of the body: of the command whose fields the body has, or of the body itself. */
  readonly body?: { readonly command: CommandSchema } | { readonly schema: z.ZodType }
  readonly query?: readonly QueryParameter[]
  /** The schemas of parameters in the path that are not any string. */
  readonly pathSchemas?: Readonly<Record<string, z.ZodType>>
  /** The schema of the answer in JSON. Default for commands: the version and the events. */
  readonly response?: z.ZodType
  /** The media types of answers that are not JSON. */
  readonly rawTypes?: readonly string[]
}

/** A change that an operation made. */
export interface Change {
  readonly version: number
  readonly events: readonly Event[]
  readonly isReplay: boolean
}

/** Returns the field of a body that a path of a rejected command stands for. */
type FieldOf = (path: readonly (string | number)[], body: unknown) => string | undefined

/** An operation that executes commands as one change. */
export interface CommandOperation extends Described {
  readonly kind: 'command'
  /** @throws {AdminFault} when the body is not valid */
  readonly commands: (call: AdminCall) => readonly CommandBody[]
  /**
   * Returns the body of the answer, from the policy after the change; an `AnswerAt` if it made another change. Default:
   * the version and the events.
   */
  readonly answer?: (call: AdminCall, change: Change) => unknown
  /** What a caller must manage to get `answer` for a retry, since the policy may have changed. Default: the platform. */
  readonly shown?: (call: AdminCall) => Thing
  /** Default: the field of the same name. */
  readonly fieldOf?: FieldOf
}

/** An answer that is not JSON. */
export interface RawAnswer {
  readonly contentType: string
  readonly text: string
}

/** A JSON body of an answer, with the version of the policy that it shows. */
export class AnswerAt {
  readonly version: number
  readonly body: unknown

  constructor(version: number, body: unknown) {
    this.version = version
    this.body = body
  }
}

/** An operation that answers by itself: it reads, or it makes a token. */
export interface QueryOperation extends Described {
  readonly kind: 'query'
  readonly response: z.ZodType
  /** The commands that a dry run previews, for an operation that makes a change. */
  readonly preview?: (call: AdminCall) => readonly CommandBody[]
  /**
   * Returns the body of the answer; an `AnswerAt` if it made a change.
   * @throws {AdminFault} when the caller may not read it
   */
  readonly run: (call: AdminCall) => unknown
}

export type Operation = CommandOperation | QueryOperation

/** The schema of a parameter that `readFlag` reads. */
export const flag: z.ZodType = z.boolean().meta({ default: false })

/** An operation whose body has the fields of one command, without those in its path. */
export function commandOperation(
  route: `${Method} ${string}`,
  command: unknown,
  summary: string,
  shown: Pick<CommandOperation, 'answer' | 'response'> = {},
): CommandOperation {
  const schema = command as CommandSchema
  const [method, path] = route.split(' ') as [Method, string]
  const type = commandType(schema)
  return {
    kind: 'command',
    method,
    path,
    id: type.charAt(0).toLowerCase() + type.slice(1),
    summary,
    body: { command: schema },
    commands: ({ body, params, query, at }) => {
      if (method !== 'DELETE') return [readCommand(schema, body, params, at)]
      // A DELETE has no field in its body: its only option is in the query.
      const read = readCommand(withoutField(schema, 'cascade'), body, params, at)
      return [readFlag(query, 'cascade') ? ({ ...read, cascade: true } as CommandBody) : read]
    },
    ...(method === 'DELETE' && 'cascade' in schema.shape ? { query: [cascade] } : {}),
    ...shown,
  }
}

const cascade: QueryParameter = {
  name: 'cascade',
  schema: flag,
  description: 'With `true`, deletes what refers to it too. Default: `false`, which refuses then.',
}

/**
 * Reads a parameter that is `true` or `false`. Default: `false`.
 * @throws {AdminFault} when it has another value
 */
export function readFlag(query: URLSearchParams, param: string): boolean {
  const text = query.get(param)
  if (text !== null && text !== 'true' && text !== 'false')
    throw invalidField({ param, message: 'expected `true` or `false`' })
  return text === 'true'
}

export function queryOperation(
  route: `${Method} ${string}`,
  id: string,
  summary: string,
  run: (call: AdminCall) => unknown,
  response: z.ZodType,
  more: Pick<QueryOperation, 'body' | 'query' | 'pathSchemas' | 'rawTypes'> = {},
): QueryOperation {
  const [method, path] = route.split(' ') as [Method, string]
  return { kind: 'query', method, path, id, summary, run, response, ...more }
}

const holders = {
  organization: ['/organizations/{organization_id}', 'organization_id'],
  team: ['/teams/{team_id}', 'team_id'],
  user: ['/users/{user_id}', 'user_id'],
  virtualAccount: ['/virtual-accounts/{virtual_account_id}', 'virtual_account_id'],
} as const

/** The operation that replaces the access groups of a holder. */
export function holderOperation(type: keyof typeof holders, command: unknown): CommandOperation {
  const [path, param] = holders[type]
  const schema = withoutField(command as CommandSchema, 'principal')
  return {
    kind: 'command',
    method: 'PUT',
    path: `${path}/access-groups`,
    id: `set${type.charAt(0).toUpperCase()}${type.slice(1)}AccessGroups`,
    summary: 'Replaces the assigned access groups. Groups that stay keep their windows',
    body: { command: schema },
    commands: ({ body, params, at }) => {
      const read = readCommand(schema, body, {}, at)
      return [{ ...read, principal: { type, id: params[param] ?? '' } } as CommandBody]
    },
  }
}
