import * as z from 'zod'
import { listOf } from './list.ts'

/** Every operation that a call can perform. The endpoint of the gateway determines the operation. */
export const operations = [
  'chat',
  'responses',
  'messages',
  'embeddings',
  'images',
  'audio',
  'moderations',
  'count_tokens',
] as const

/** What a call does with a model. For example, `embeddings`: the call computes embeddings. */
export const Operation = z.enum(operations)
export type Operation = (typeof operations)[number]

/**
 * The operations that a credential may be used for: `all`, or only those of a list. An empty list permits none. Only
 * `all` permits a request that does not name its operation.
 */
export const Operations: z.ZodType<Operations> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('all') }),
  z.strictObject({ type: z.literal('list'), operations: listOf(Operation, operations.length) }),
])
export type Operations = { readonly type: 'all' } | { readonly type: 'list'; readonly operations: readonly Operation[] }

/**
 * The operation of a request; `undefined` if the request names none. `any` is for lists of models, and stands for every
 * operation that the credential permits.
 */
export type RequestedOperation = Operation | 'any' | undefined

/**
 * Whether a credential's operations permit the operation of a request. Only `all` permits a request that names no
 * operation.
 */
export function permitsOperation(permitted: Operations, operation: RequestedOperation): boolean {
  if (permitted.type === 'all') return true
  if (operation === 'any') return permitted.operations.length > 0
  return operation !== undefined && permitted.operations.includes(operation)
}
