import * as z from 'zod'
import * as command from '../../change/message/command/credential.ts'
import type { Principal } from '../../model/value/principal.ts'
import type { Thing } from '../../policy/request/request.ts'
import { listCredentials } from '../../query/view/directory/list-credentials.ts'
import type { CommandBody } from '../../runtime/execute/execute-request.ts'
import type { TokenIssued, TokenRequest, TokenRotation } from '../../runtime/token/token-request.ts'
import { type AdminCall, answered } from '../admin-call.ts'
import { invalidField } from '../admin-fault.ts'
import { type CommandSchema, readCommand, withoutField } from '../command-body.ts'
import { notExecuted } from '../not-executed.ts'
import { AnswerAt, commandOperation, type Operation, queryOperation } from '../operation.ts'
import { pageBody, pageParameters, pageSchema } from '../page.ts'
import { InstantText, readBody } from '../read-fields.ts'
import { IssuedTokenBody, TokenBody } from '../schema/directory.ts'
import { toWire } from '../wire.ts'

const IssueSchema = withoutField(command.IssueCredential as unknown as CommandSchema, 'digest')
const RotateBody = z.strictObject({
  overlap_ms: z.int().min(0).max(31_622_400_000),
  expires_at: InstantText.nullable().optional(),
})

/** Returns a token, with its secret if this request made it. */
function answerToken(issued: TokenIssued): unknown {
  if (issued.ok) {
    const { credential, token, version } = issued
    return new AnswerAt(version, { token_id: credential, token, replayed: false, version })
  }
  if (issued.reason === 'already_issued') {
    const { credential, version, message } = issued
    return new AnswerAt(version, { token_id: credential, token: null, replayed: true, version, message })
  }
  throw notExecuted(issued)
}

/** Stands for the digest of a secret in a preview. */
const noDigest = '0'.repeat(64)

const previewIssue = (call: AdminCall): CommandBody[] => [
  { ...readCommand(IssueSchema, call.body, {}, call.at), digest: noDigest } as CommandBody,
]

const previewRotation = (call: AdminCall): CommandBody[] => {
  const { credential, overlap, expiresAt } = rotationOf(call)
  return [
    {
      ...{ type: 'RotateCredential', credential, digest: noDigest },
      ...(overlap === 0 ? {} : { overlapUntil: call.at + overlap }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    },
  ]
}

async function issueToken(call: AdminCall): Promise<unknown> {
  const { type: _, ...request } = readCommand(IssueSchema, call.body, {}, call.at) as { readonly type: string }
  const issued = await call.engine.issueToken(request as unknown as TokenRequest, call.executeOptions)
  return answerToken(issued)
}

function rotationOf(call: AdminCall): TokenRotation {
  const { overlap_ms: overlap, expires_at: expiresAt } = readBody(RotateBody, call.body)
  return { credential: call.param('token_id'), overlap, ...(expiresAt === undefined ? {} : { expiresAt }) }
}

async function rotateToken(call: AdminCall): Promise<unknown> {
  return answerToken(await call.engine.rotateToken(rotationOf(call), call.executeOptions))
}

const owners = ['user', 'team', 'virtualAccount'] as const

/** What a caller must manage to see the tokens of an owner. */
function thingOfTokens({ type, id }: Principal): Thing {
  if (type === 'user') return { type: 'userTokens', id }
  return type === 'team' ? { type: 'teamMembers', id } : { type: 'virtualAccount', id }
}

function ownerIn({ query }: AdminCall): Principal {
  const type = owners.find((one) => one === query.get('owner_type'))
  const id = query.get('owner_id')
  if (type === undefined)
    throw invalidField({ param: 'owner_type', message: `expected one of \`${owners.join('`, `')}\`` })
  if (id === null || id === '') throw invalidField({ param: 'owner_id', message: 'expected the id of the owner' })
  return { type, id }
}

function listTokens(call: AdminCall): unknown {
  const owner = ownerIn(call)
  call.require(thingOfTokens(owner), 'owner_id')
  const { credentials, next } = answered(listCredentials({ type: 'owner', owner }, call.state, call.pageOptions()))
  return pageBody('tokens', toWire(credentials), next)
}

/** The operations on tokens. */
export const tokenOperations: readonly Operation[] = [
  {
    ...queryOperation(
      'POST /tokens/create',
      'issueToken',
      'Issues a token; its secret is shown once',
      issueToken,
      IssuedTokenBody,
    ),
    body: { command: IssueSchema },
    preview: previewIssue,
  },
  queryOperation(
    'GET /tokens',
    'listTokens',
    'Lists the tokens of an owner, without secrets',
    listTokens,
    pageSchema('tokens', TokenBody),
    {
      query: [
        { name: 'owner_type', description: 'The type of the owner.', required: true, schema: z.enum(owners) },
        { name: 'owner_id', description: 'The id of the owner.', required: true },
        ...pageParameters,
      ],
    },
  ),
  {
    ...queryOperation(
      'POST /tokens/{token_id}/rotate',
      'rotateToken',
      'Replaces the secret; the old one stays good for `overlap_ms`, 0 after a leak',
      rotateToken,
      IssuedTokenBody,
    ),
    body: { schema: RotateBody },
    preview: previewRotation,
  },
  {
    ...commandOperation('PUT /tokens/{token_id}', command.UpdateCredential, 'Changes a token'),
    id: 'updateToken',
  },
  {
    ...commandOperation('POST /tokens/{token_id}/revoke', command.RevokeCredential, 'Revokes a token for good'),
    id: 'revokeToken',
  },
  {
    ...commandOperation('POST /tokens/{token_id}/suspend', command.SuspendCredential, 'Suspends a token'),
    id: 'suspendToken',
  },
  {
    ...commandOperation('POST /tokens/{token_id}/activate', command.ActivateCredential, 'Ends its suspension'),
    id: 'activateToken',
  },
]
