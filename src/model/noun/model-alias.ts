import type { Immutable } from 'immer'
import * as z from 'zod'
import { Id, Label, ProviderAccountId } from '../value/id.ts'
import { Instant } from '../value/instant.ts'
import { listOf } from '../value/list.ts'

/** A concrete model: one model of one provider account. */
export const Target = z.strictObject({ providerAccount: ProviderAccountId, model: Id })
export interface Target extends Readonly<z.infer<typeof Target>> {}

/**
 * The lifecycle of an alias. A deprecated alias counts as retired when the request's instant is `sunsetAt` or later.
 */
export const Lifecycle: z.ZodType<Lifecycle> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('active') }),
  z.strictObject({ type: z.literal('deprecated'), sunsetAt: Instant, successor: Id.optional() }),
  z.strictObject({ type: z.literal('retired'), successor: Id.optional() }),
])
export type Lifecycle =
  | { readonly type: 'active' }
  | {
      readonly type: 'deprecated'
      /** The instant from which the alias is retired. */
      readonly sunsetAt: Instant
      /** The id of the alias that replaces the deprecated or retired alias. */
      readonly successor?: Id | undefined
    }
  | {
      readonly type: 'retired'
      /** The id of the alias that replaces the deprecated or retired alias. */
      readonly successor?: Id | undefined
    }

/** The maximum number of targets of an alias. A decision visits every target. */
export const targetLimit = 100

/** A public model name and its targets, in the order in which a gateway tries them. */
export const ModelAlias = z.strictObject({
  id: Id,
  description: Label.optional(),
  targets: listOf(Target, targetLimit),
  lifecycle: Lifecycle,
  createdAt: Instant,
})
export interface ModelAlias extends Immutable<z.infer<typeof ModelAlias>> {}

/** The id of the alias that replaces a deprecated or retired alias, or `undefined` if the alias names none. */
export function findSuccessor(alias: ModelAlias): string | undefined {
  return alias.lifecycle.type === 'active' ? undefined : alias.lifecycle.successor
}
