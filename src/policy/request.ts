import { z } from 'zod'
import { CreditText } from '../model/value/credit.ts'
import { Digest, idLimit } from '../model/value/id.ts'
import { Instant } from '../model/value/instant.ts'

/**
 * A name in a request: any text that could be an id, or a provider account's id, a slash and a model. What is not well
 * formed as an id cannot be in a state, so it is unknown rather than invalid.
 */
export const Name = z
  .string()
  .min(1, { error: 'expected text that is not empty' })
  .max(2 * idLimit + 1, { error: `expected text of at most ${2 * idLimit + 1} characters` })

/** Who asks: a principal that the host has authenticated itself, or a credential by its id or by the digest of its secret. */
export const Who = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('user'), id: Name }),
  z.strictObject({ type: z.literal('team'), id: Name }),
  z.strictObject({ type: z.literal('virtualAccount'), id: Name }),
  z.strictObject({ type: z.literal('credential'), id: Name }),
  z.strictObject({ type: z.literal('credentialDigest'), digest: Digest }),
])
export type Who = Readonly<z.infer<typeof Who>>

const amountForm = 'units as a bigint, or exact decimal text, as in `0.000125`'

/** What a wallet has: units as a bigint, below zero when it is overdrawn, or exact decimal text. */
const Available = z.union([z.bigint(), CreditText], { error: `expected an amount of credits: ${amountForm}` })

/** What a call may cost: units as a bigint, or exact decimal text, never below zero. */
const Estimate = z.union([z.bigint().min(0n), CreditText], {
  error: `expected an amount of credits, not below zero: ${amountForm}`,
})

/** May this caller use this model now? `model` is the name as the client wrote it. */
export const UseRequest = z.strictObject({
  type: z.literal('use'),
  who: Who,
  model: Name,
  /** The team in whose name the call is made; it pays. */
  team: Name.optional(),
  at: Instant,
  /** What the payer's wallet has available, and what the call may cost. Without it money is not judged. */
  credits: z.strictObject({ available: Available, estimate: Estimate.optional() }).optional(),
})
export type UseRequest = Readonly<z.infer<typeof UseRequest>>

const named = <T extends string>(type: T) => z.strictObject({ type: z.literal(type), id: Name })

/** What can be managed, each with its own answer to who may. */
export const Thing = z.discriminatedUnion('type', [
  /** Everything that only an administrator may: organizations, users, groups, aliases, plans, restrictions, credits. */
  z.strictObject({ type: z.literal('platform') }),
  /** Creating teams and virtual accounts in an organization. */
  named('organization'),
  /** Suspending, activating, renaming and deleting a team, and its access groups within a listed entitlement. */
  named('team'),
  /** The members and the virtual keys of a team. */
  named('teamMembers'),
  /** A virtual account, its tokens, and its access groups within a listed entitlement. */
  named('virtualAccount'),
  /** The settings, the models and the role grants of a provider account. */
  named('providerAccount'),
  /** The personal access tokens and the default team of a user. */
  named('userTokens'),
])
export type Thing = Readonly<z.infer<typeof Thing>>

/** May this caller manage this thing now? The same question that `apply` asks of a command's actor. */
export const ManageRequest = z.strictObject({ type: z.literal('manage'), who: Who, thing: Thing, at: Instant })
export type ManageRequest = Readonly<z.infer<typeof ManageRequest>>

export const Request = z.discriminatedUnion('type', [UseRequest, ManageRequest])
export type Request = Readonly<z.infer<typeof Request>>
