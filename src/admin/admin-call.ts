import type { Command } from '../change/message/command.ts'
import type { State } from '../model/state/state.ts'
import { type Relation, related } from '../model/table/relation.ts'
import { findRow, type Table } from '../model/table/table.ts'
import type { Instant } from '../model/value/instant.ts'
import type { ActingAgent } from '../model/value/principal.ts'
import { authorizeManage, identifyAgent } from '../policy/authorize-manage.ts'
import { isDenied } from '../policy/decision/deny.ts'
import { isAdministrator, isKnownThing, teamOf } from '../policy/manage.ts'
import type { Thing, Who } from '../policy/request/request.ts'
import type { CreditLedger } from '../port/credit-ledger.ts'
import type { QueryFailure } from '../query/query-fault.ts'
import { positionAfter, sortedIds } from '../query/view/first-ids.ts'
import type { DecisionLog } from '../runtime/decision-log.ts'
import type { Engine } from '../runtime/engine.ts'
import type { ExecuteOptions } from '../runtime/execute/execute-request.ts'
import type { PolicyUnavailable } from '../runtime/notice/unavailable.ts'
import { denied, failed, invalidField, notFound, refused } from './admin-fault.ts'
import { instantExpected, readInstant } from './wire.ts'

/** The tables of the things whose ids can be used again after a deletion. */
const tables = {
  organization: 'organizations',
  team: 'teams',
  user: 'users',
  virtualAccount: 'virtualAccounts',
  providerAccount: 'providerAccounts',
} as const

/** A request to the API of a caller whose token is good. Reads the policy at one version. */
export class AdminCall {
  readonly engine: Engine
  readonly ledger: CreditLedger | undefined
  readonly decisions: DecisionLog | undefined
  readonly who: Who
  readonly agent: ActingAgent
  readonly state: State
  readonly at: Instant
  /** The parameters in the path, by their names in the path. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** The body as parsed JSON; an empty object if there is none. */
  readonly body: unknown
  readonly accept: string | null
  /** Returns a request of the API that gives exactly a command, or `undefined` if no operation gives it alone. */
  readonly requestOf: (command: Command) => CommandRequest | undefined
  /** The id of the command that the idempotency key of the request stands for. */
  readonly commandId: string | undefined
  /** The version of the policy that `If-Match` expects. */
  readonly expectVersion: number | undefined

  /** @throws {AdminFault} when the policy is unavailable, or the caller may manage nothing */
  constructor(fields: Omit<CallFields, 'state' | 'at'>) {
    const moment = fields.engine.read((state, at) => ({ state, at }))
    if ('reason' in moment) throw refused({ reason: 'policy_unavailable' })
    const { state, at } = moment
    const found = identifyAgent(fields.who, at, state)
    if (isDenied(found)) throw denied(found)
    this.engine = fields.engine
    this.ledger = fields.ledger
    this.decisions = fields.decisions
    this.who = fields.who
    this.agent = found.agent
    this.state = state
    this.at = at
    this.params = fields.params
    this.query = fields.query
    this.body = fields.body
    this.accept = fields.accept
    this.requestOf = fields.requestOf
    this.commandId = fields.commandId
    this.expectVersion = fields.expectVersion
  }

  /**
   * The caller as the owner of idempotency keys: the principal with its incarnation, and the team that its token is for.
   * Other tokens of the caller that manage something have the same powers: one that is narrowed otherwise manages nothing.
   */
  get caller(): string {
    const team = teamOf(this.agent)
    const place = team === undefined ? [] : [team, this.incarnationOf({ type: 'team', id: team })]
    return JSON.stringify([this.agent.type, this.agent.id, this.incarnationOf(this.agent), ...place])
  }

  /** How the changes of this request are executed. */
  get executeOptions(): ExecuteOptions {
    const { who, caller, commandId, expectVersion } = this
    return {
      ...{ who, caller },
      ...(commandId === undefined ? {} : { id: commandId }),
      ...(expectVersion === undefined ? {} : { expectVersion }),
    }
  }

  param(name: string): string {
    return this.params[name] ?? ''
  }

  /** Whether the caller may see everything. */
  get isAdministrator(): boolean {
    return this.mayManage({ type: 'platform' }) && isAdministrator(this.agent, this.state)
  }

  /** The user that calls. Absent for a virtual account, and for a token of a team, which has only what the team gives. */
  get user(): string | undefined {
    return this.agent.type === 'user' && teamOf(this.agent) === undefined ? this.agent.id : undefined
  }

  /** The incarnation of a thing that exists. */
  incarnationOf({ type, id }: { readonly type: keyof typeof tables; readonly id: string }): number | undefined {
    return findRow<{ readonly id: string; readonly incarnation: number }>(this.state[tables[type]], id)?.incarnation
  }

  mayManage(thing: Thing): boolean {
    return authorizeManage({ type: 'manage', who: this.who, thing, at: this.at }, this.state).effect === 'allow'
  }

  /** @throws {AdminFault} when the caller may not manage the thing, or when it does not exist */
  require(thing: Thing, param?: string): void {
    const decision = authorizeManage({ type: 'manage', who: this.who, thing, at: this.at }, this.state)
    if (decision.effect === 'allow') return
    if (this.isAdministrator && !isKnownThing(thing, this.state) && 'id' in thing)
      throw notFound(`\`${thing.id}\` does not exist`, param)
    throw denied(decision)
  }

  /**
   * Returns one page of the rows of a table that pass a filter, as the query of the request asks. `candidates` are the
   * ids that a caller who is not an administrator may see. Default: all ids.
   */
  page<Row extends { readonly id: string }>(
    table: Table<Row>,
    isShown: (row: Row) => boolean,
    candidates?: () => Iterable<string>,
  ): Page<Row> {
    const isNarrowed = candidates !== undefined && !this.isAdministrator
    return this.pageOf(isNarrowed ? [...new Set(candidates())].sort() : sortedIds(table), table, isShown)
  }

  /** Returns one page of the rows with some sorted ids that pass a filter, as the query of the request asks. */
  pageOf<Row extends { readonly id: string }>(
    ids: readonly string[],
    table: Table<Row>,
    isShown: (row: Row) => boolean = () => true,
  ): Page<Row> {
    const limit = this.limit()
    const after = this.cursor()
    const rows: Row[] = []
    for (let place = after === undefined ? 0 : positionAfter(ids, after); place < ids.length; place += 1) {
      const row = findRow(table, ids[place] ?? '')
      if (row === undefined || !isShown(row)) continue
      if (rows.length === limit) return { rows, next: rows.at(-1)?.id }
      rows.push(row)
    }
    return { rows, next: undefined }
  }

  /**
   * Returns the row that a parameter of the path names.
   * @throws {AdminFault} when it does not exist
   */
  row<Row extends { readonly id: string }>(table: Table<Row>, param: string, word: string): Row {
    const row = findRow(table, this.param(param))
    if (row === undefined) throw notFound(`the ${word} does not exist`, param)
    return row
  }

  /** The organizations that the caller is an admin of. */
  organizations(): readonly string[] {
    const { userOrganizations, virtualAccountOrganizations } = this.state.index
    return [...related(this.agent.type === 'user' ? userOrganizations : virtualAccountOrganizations, this.agent.id)]
  }

  /** The teams that the caller is a member of. */
  teams(): readonly string[] {
    const user = this.agent.type === 'user' ? findRow(this.state.users, this.agent.id) : undefined
    return (user?.teams ?? []).map(({ team }) => team)
  }

  /** The `limit` of the request's query: 1 to 1,000, default 100. */
  limit(): number {
    const text = this.query.get('limit')
    if (text === null) return 100
    const limit = Number(text)
    if (!/^\d{1,4}$/.test(text) || limit < 1 || limit > 1_000)
      throw invalidField({ param: 'limit', message: 'expected an integer from 1 to 1000' })
    return limit
  }

  /** The `after` of the request's query as it is, or as `read` reads it, which returns `undefined` for no such cursor. */
  cursor(): string | undefined
  cursor<Cursor>(read: (text: string) => Cursor | undefined): Cursor | undefined
  cursor(read: (text: string) => unknown = (text) => text): unknown {
    const text = this.query.get('after')
    if (text === null) return undefined
    const cursor = read(text)
    if (cursor === undefined)
      throw invalidField({ param: 'after', message: 'expected the `next` of the previous page' })
    return cursor
  }

  /** The instant, `limit` and `after` of a question that answers in pages. */
  pageOptions(): PageOptions<string>
  pageOptions<Cursor>(read: (text: string) => Cursor | undefined): PageOptions<Cursor>
  pageOptions(read: (text: string) => unknown = (text) => text): PageOptions<unknown> {
    const after = this.cursor(read)
    return { at: this.at, limit: this.limit(), ...(after === undefined ? {} : { after }) }
  }

  /** An instant in the request's query. */
  instant(name: string): Instant | undefined {
    const text = this.query.get(name)
    if (text === null) return undefined
    const instant = readInstant(text)
    if (instant !== undefined) return instant
    const hint = text.includes(' ') ? '; a plus sign is written `%2B` in a query' : ''
    throw invalidField({ param: name, message: `${instantExpected}${hint}` })
  }
}

interface CallFields
  extends Pick<
    AdminCall,
    | 'engine'
    | 'ledger'
    | 'decisions'
    | 'who'
    | 'params'
    | 'query'
    | 'body'
    | 'accept'
    | 'requestOf'
    | 'commandId'
    | 'expectVersion'
    | 'state'
    | 'at'
  > {}

/** A request of the API that gives a command. */
export interface CommandRequest {
  readonly method: string
  /** The path from the root of the server, with its query. */
  readonly path: string
  /** Absent for a `DELETE`. */
  readonly body?: unknown
}

/** The rows that belong to the organizations of which the caller is an admin. */
export function ownedBy(relation: Relation, call: AdminCall): readonly string[] {
  return call.organizations().flatMap((organization) => [...related(relation, organization)])
}

interface PageOptions<Cursor> {
  readonly at: Instant
  readonly limit: number
  readonly after?: Cursor
}

/** One page of a list. */
export interface Page<Row> {
  readonly rows: readonly Row[]
  /** The `after` of the next page; absent on the last one. */
  readonly next: string | undefined
}

/**
 * Returns the result of a query.
 * @throws {AdminFault} when the query failed or the policy is unavailable
 */
export function answered<T extends object>(result: T | QueryFailure | PolicyUnavailable): T {
  if ('ok' in result && result.ok === false) {
    if ('fault' in result) throw failed(result as QueryFailure)
    throw refused({ reason: 'policy_unavailable' })
  }
  return result as T
}
