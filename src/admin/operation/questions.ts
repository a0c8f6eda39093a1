import * as z from 'zod'
import type { Command } from '../../change/message/command.ts'
import { issuesOf } from '../../model/value/issue.ts'
import { operations } from '../../model/value/operation.ts'
import { Principal } from '../../model/value/principal.ts'
import type { Thing } from '../../policy/request/request.ts'
import type { LogQuery } from '../../port/repository.ts'
import { previewLimit } from '../../query/diff/preview.ts'
import { formatExplanation } from '../../query/explain/describe/format-explanation.ts'
import { explain } from '../../query/explain/explain.ts'
import { explainToCaller } from '../../query/explain/explain-to-caller.ts'
import { lint } from '../../query/lint/lint.ts'
import { listModels } from '../../query/list-models.ts'
import { accessMatrix } from '../../query/view/matrix/access-matrix.ts'
import { renderMatrixCsv } from '../../query/view/matrix/render-matrix-csv.ts'
import { renderMatrixSvg } from '../../query/view/matrix/render-matrix-svg.ts'
import { whoCanUsePage } from '../../query/who/who-can-use.ts'
import type { CommandBody } from '../../runtime/execute/execute-request.ts'
import { type AdminCall, answered } from '../admin-call.ts'
import { invalidField, notFound, refused } from '../admin-fault.ts'
import { fieldsOf } from '../command-body.ts'
import { type Operation, queryOperation, type RawAnswer } from '../operation.ts'
import { pageBody, pageParameters, pageSchema, positionParameters, readPosition } from '../page.ts'
import { previewFor } from '../preview-for.ts'
import { readBody } from '../read-fields.ts'
import { RemedyBody, remedyBody } from '../remedy-body.ts'
import { DecidedBody, UseDecisionBody } from '../schema/decision.ts'
import { CommandSchemaBody } from '../schema/message.ts'
import { NounShape, PreviewBody } from '../schema/preview.ts'
import {
  FindingBody,
  ListedModelBody,
  MatrixBody,
  OpenAccountBody,
  PrincipalAccessBody,
  RecordedEventBody,
} from '../schema/question.ts'
import { fromWire, toWire, wirePath } from '../wire.ts'

const ExplainBody = z.strictObject({
  principal: Principal,
  model: z.string(),
  team_id: z.string().nullable().optional(),
  operation: z.enum(operations).optional(),
})

const ExplainResponse = z.strictObject({
  effect: z.enum(['allow', 'deny']),
  text: z.string().meta({ description: 'The explanation for a person.' }),
  decision: UseDecisionBody.optional().meta({ description: 'The decision; for administrators.' }),
  remedies: z.array(RemedyBody).optional().meta({
    description: 'At most 10 tried ways to have the request allowed, the fewest commands first; for administrators.',
  }),
})
const DecisionResponse = z.strictObject({
  summary: z.string().meta({ description: 'The outcome on one line.' }),
  text: z.string().optional().meta({ description: 'The explanation on the policy of that time.' }),
  remedies: z
    .array(RemedyBody)
    .optional()
    .meta({ description: 'Ways to have the request allowed, tried on that policy.' }),
  decided: DecidedBody,
})

/** What a caller must manage to learn what a principal may use. */
function requireSight(call: AdminCall, { type, id }: Principal): void {
  if (type === 'user' && call.user === id) return
  if (type === 'virtualAccount' && call.agent.type === 'virtualAccount' && call.agent.id === id) return
  const thing: Thing = type === 'user' ? { type: 'platform' } : { type, id }
  call.require(thing, 'principal.id')
}

/** Administrators get the whole explanation; others what the refused caller itself may know. */
function explainUse(call: AdminCall): unknown {
  const { principal, model, team_id: team, operation } = readBody(ExplainBody, call.body)
  requireSight(call, principal)
  const { state, at } = call
  const request = {
    type: 'use' as const,
    ...{ who: principal, model, at },
    ...(typeof team === 'string' ? { team } : {}),
    ...(operation === undefined ? {} : { operation }),
  }
  const explanation = explain(request, state)
  const { effect } = explanation.decision
  if (!call.isAdministrator) return { effect, text: explainToCaller(explanation) }
  const remedies = explanation.remedies.map((remedy) => remedyBody(remedy, call))
  return { effect, text: formatExplanation(explanation), decision: toWire(explanation.decision), remedies }
}

/** Finds the decision on a call by the id that its client got, and explains it on the policy of that time. */
async function getDecision(call: AdminCall): Promise<unknown> {
  call.require({ type: 'platform' })
  const { decisions, engine } = call
  if (decisions === undefined) throw notFound('this gateway keeps no decisions')
  const found = await decisions.explain(call.param('decision_id'), engine).catch(() => {
    throw refused({ reason: 'policy_unavailable' })
  })
  if (found === undefined) throw notFound('no decision with this id is kept', 'decision_id')
  const { summary, explanation, event } = found
  const decided = toWire(event)
  if (explanation === undefined) return { summary, decided }
  const remedies = explanation.remedies.map((remedy) => remedyBody(remedy, call))
  return { summary, text: formatExplanation(explanation), remedies, decided }
}

const CommandsBody = z.strictObject({ commands: z.array(z.unknown()).max(previewLimit) })

function previewCommands(call: AdminCall): unknown {
  const { commands } = readBody(CommandsBody, call.body)
  const read = fromWire(commands, ['commands'])
  if (!read.ok) throw invalidField(read.fault)
  return previewFor(call, read.value as CommandBody[], wirePath)
}

/** The cursor of a page of principals: a type and an id, as in `team:dev`. */
function readPrincipal(text: string): Principal | undefined {
  const [, type, id] = /^(\w+):(.+)$/s.exec(text) ?? []
  return Principal.safeParse({ type, id }).data
}

function whoUses(call: AdminCall): unknown {
  call.require({ type: 'platform' })
  const model = call.query.get('model')
  if (model === null) throw invalidField({ param: 'model', message: 'expected the name of a model' })
  const { principals, next } = answered(whoCanUsePage(model, call.state, call.pageOptions(readPrincipal)))
  return pageBody('principals', toWire(principals), next === undefined ? undefined : `${next.type}:${next.id}`)
}

const principalTypes: readonly Principal['type'][] = ['user', 'team', 'virtualAccount']

function listPrincipalModels(call: AdminCall): unknown {
  const type = call.param('type') as Principal['type']
  if (!principalTypes.includes(type)) throw notFound('expected `user`, `team` or `virtualAccount`')
  const principal: Principal = { type, id: call.param('id') }
  requireSight(call, principal)
  const listed = listModels(principal, call.state, { at: call.at })
  // The principal is denied, and not the caller.
  if (!listed.ok && listed.fault.code === 'caller_denied') {
    if (listed.fault.denial.reason === 'principal_unknown') throw notFound(`\`${principal.id}\` does not exist`, 'id')
    return toWire({ models: [], openAccounts: [] })
  }
  const { models, openAccounts } = answered(listed)
  return toWire({ models, openAccounts })
}

function matrix(call: AdminCall): unknown {
  call.require({ type: 'platform' })
  const table = answered(accessMatrix(call.state, { at: call.at }))
  const format = call.query.get('format') ?? 'json'
  if (format === 'svg') return raw('image/svg+xml', renderMatrixSvg(table))
  if (format === 'csv') return raw('text/csv; charset=utf-8', renderMatrixCsv(table))
  if (format !== 'json') throw invalidField({ param: 'format', message: 'expected one of `json`, `svg`, `csv`' })
  return toWire(table)
}

const formats = ['json', 'svg', 'csv'] as const

function raw(contentType: string, text: string): RawAnswer {
  return { contentType, text }
}

function lintPolicy(call: AdminCall): unknown {
  call.require({ type: 'platform' })
  const { findings } = answered(lint(call.state, { at: call.at }))
  const commandsOf = (fix: readonly Command[]) => fix.map((command) => ({ type: command.type, ...fieldsOf(command) }))
  return { findings: toWire(findings.map(({ fix, ...rest }) => ({ ...rest, fix: fix && commandsOf(fix) }))) }
}

const subjects = ['organization', 'team', 'virtualAccount', 'providerAccount'] as const

/**
 * The version before the first event that a caller may read. A caller that is not an administrator names a thing that it
 * manages, and reads nothing of an earlier thing with the same id.
 */
function readableFrom(call: AdminCall): number {
  if (call.isAdministrator) return 0
  const type = subjects.find((one) => one === call.query.get('subject_type'))
  const id = call.query.get('subject_id')
  if (type === undefined || id === null) call.require({ type: 'platform' })
  if (type === undefined || id === null) return 0
  call.require({ type, id }, 'subject_id')
  return (call.incarnationOf({ type, id }) ?? call.state.version + 1) - 1
}

/** The log of changes. */
async function auditLog(call: AdminCall): Promise<unknown> {
  const { query } = call
  const from = readableFrom(call)
  const type = query.get('subject_type')
  const id = query.get('subject_id')
  if (type === null && id !== null)
    throw invalidField({ param: 'subject_type', message: 'expected the type of the thing' })
  if (type !== null && id === null) throw invalidField({ param: 'subject_id', message: 'expected the id of the thing' })
  const subject = type === null || id === null ? undefined : { type, id }
  const fault = type === null ? undefined : NounShape.safeParse(type).error
  if (fault !== undefined) throw invalidField({ param: 'subject_type', message: issuesOf(fault)[0]?.message ?? '' })
  const after = call.cursor(readPosition) ?? 0
  const since = call.instant('since')
  const before = call.instant('before')
  const page: LogQuery = {
    limit: call.limit(),
    after: Math.max(from, after),
    ...(subject === undefined ? {} : { subject }),
    ...(since === undefined ? {} : { since }),
    ...(before === undefined ? {} : { before }),
  }
  try {
    const { events, next } = await call.engine.readLog(page)
    return pageBody('events', toWire(events), next === undefined ? undefined : String(next))
  } catch {
    throw refused({ reason: 'policy_unavailable' })
  }
}

const instant = z.string().meta({ format: 'date-time' })

/** The operations that answer questions about access. */
export const questionOperations: readonly Operation[] = [
  queryOperation(
    'POST /explain',
    'explain',
    'Explains why a principal may or may not use a model',
    explainUse,
    ExplainResponse,
    {
      body: { schema: ExplainBody },
    },
  ),
  queryOperation(
    'GET /decisions/{decision_id}',
    'getDecision',
    'Finds and explains the decision on a call by the `x-request-id` of its answer',
    getDecision,
    DecisionResponse,
  ),
  queryOperation('POST /preview', 'preview', 'Shows what commands would change', previewCommands, PreviewBody, {
    body: { schema: z.strictObject({ commands: z.array(CommandSchemaBody).max(previewLimit) }) },
  }),
  queryOperation(
    'GET /who-can-use',
    'whoCanUse',
    'Lists the principals that can use a model',
    whoUses,
    pageSchema('principals', PrincipalAccessBody),
    {
      query: [{ name: 'model', description: 'The name of the model.', required: true }, ...pageParameters],
    },
  ),
  queryOperation(
    'GET /principals/{type}/{id}/models',
    'listPrincipalModels',
    'Lists the models that a principal may use now',
    listPrincipalModels,
    z.strictObject({ models: z.array(ListedModelBody), open_accounts: z.array(OpenAccountBody) }),
    { pathSchemas: { type: z.enum(principalTypes) } },
  ),
  queryOperation('GET /matrix', 'accessMatrix', 'Returns who may use what, as a table', matrix, MatrixBody, {
    query: [
      {
        name: 'format',
        description: 'The media type of the table.',
        schema: z.enum(formats).meta({ default: 'json' }),
      },
    ],
    rawTypes: ['image/svg+xml', 'text/csv'],
  }),
  queryOperation(
    'GET /lint',
    'lint',
    'Lists findings, such as unused grants',
    lintPolicy,
    z.strictObject({ findings: z.array(FindingBody) }),
  ),
  queryOperation(
    'GET /audit-log',
    'readAuditLog',
    'Lists the changes, the oldest first',
    auditLog,
    pageSchema('events', RecordedEventBody),
    {
      query: [
        { name: 'subject_type', description: 'Only changes of a thing of this type.', schema: NounShape },
        { name: 'subject_id', description: 'The id of the thing.' },
        { name: 'since', description: 'Only changes at this instant or later.', schema: instant },
        { name: 'before', description: 'Only changes before this instant.', schema: instant },
        ...positionParameters,
      ],
    },
  ),
]
