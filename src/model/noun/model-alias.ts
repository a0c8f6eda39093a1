import type { Immutable } from 'immer'
import { z } from 'zod'
import { Id, Label, ProviderAccountId } from '../value/id.ts'
import { Instant } from '../value/instant.ts'

/** A concrete model: a model of a provider account. */
export const Target = z.strictObject({ providerAccount: ProviderAccountId, model: Id })
export interface Target extends Readonly<z.infer<typeof Target>> {}

/** Where an alias stands in its life. A deprecated one is retired from its `sunsetAt` on, judged at the request's instant. */
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
      /** The alias that replaces this one. */
      readonly successor?: Id | undefined
    }
  | {
      readonly type: 'retired'
      /** The alias that replaces this one. */
      readonly successor?: Id | undefined
    }

/** The most targets of an alias: a gateway tries them in order, and every decision looks at each. */
export const targetLimit = 100

/** A public model name with its targets, in the order in which a gateway tries them. */
export const ModelAlias = z.strictObject({
  id: Id,
  description: Label.optional(),
  targets: z.array(Target).max(targetLimit),
  lifecycle: Lifecycle,
  createdAt: Instant,
})
export interface ModelAlias extends Immutable<z.infer<typeof ModelAlias>> {}

/** The alias that takes over from this one, if it names one. */
export function findSuccessor(alias: ModelAlias): string | undefined {
  return alias.lifecycle.type === 'active' ? undefined : alias.lifecycle.successor
}
