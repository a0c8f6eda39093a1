import * as z from 'zod'
import { CreditText, SignedCreditText } from '../../model/value/credit.ts'
import { Digest, idLimit } from '../../model/value/id.ts'
import { Instant } from '../../model/value/instant.ts'
import { Operation } from '../../model/value/operation.ts'
import type { Principal } from '../../model/value/principal.ts'
import type { Thing as ManagedThing } from '../decision/thing.ts'

/**
 * A name in a request: an id, or a concrete model as `account/model`. A string that is not a valid id is accepted too.
 * No state contains such a name, so the decision is `..._unknown` rather than `request_invalid`.
 */
export const Name = z
  .string()
  .min(1, { error: 'expected a string that is not empty' })
  .max(2 * idLimit + 1, { error: `expected a string of at most ${2 * idLimit + 1} characters` })

/** Makes the schema of an object `{ type, id }` with the given literal as its type. */
const named = <T extends string>(type: T) => z.strictObject({ type: z.literal(type), id: Name })

/**
 * The caller of a request: a principal that the host has authenticated, or a credential. A credential is named by its
 * id or by the SHA-256 digest of its secret.
 */
export const Who: z.ZodType<Who> = z.discriminatedUnion('type', [
  named('user'),
  named('team'),
  named('virtualAccount'),
  named('credential'),
  z.strictObject({ type: z.literal('credentialDigest'), digest: Digest }),
])
export type Who =
  | Principal
  | {
      /** A credential by its id. */
      readonly type: 'credential'
      /** The credential's id. The host must have verified the credential's secret. */
      readonly id: string
    }
  | {
      /** A credential by a digest of its secret: the current digest, or an earlier digest that a rotation replaced. */
      readonly type: 'credentialDigest'
      /** SHA-256 of the secret that the caller presented, as 64 lowercase hexadecimal digits. */
      readonly digest: Digest
    }

const amountForm = 'units as a bigint, or an exact decimal string, as in `0.000125`'

/**
 * A wallet's available credits: units as a bigint, or an exact decimal string. Below zero for a wallet in debt, as in
 * `-0.5`.
 */
const Available = z.union([z.bigint(), SignedCreditText], { error: `expected an amount of credits: ${amountForm}` })

/** The estimated cost of a call, never below zero: units as a bigint, or an exact decimal string. */
const Estimate = z.union([z.bigint().min(0n), CreditText], {
  error: `expected an amount of credits, not below zero: ${amountForm}`,
})

/**
 * The payer's available credits and the estimated cost of the call. `authorize` compares the two amounts, and may deny
 * with `credits_exhausted`.
 */
const RequestCredits = z.strictObject({ available: Available, estimate: Estimate.optional() })
export interface RequestCredits {
  /**
   * Credits available in the payer's wallet: units as a bigint, or an exact decimal string. Below zero for a wallet in
   * debt.
   */
  readonly available: bigint | string
  /** The estimated cost of the call, never below zero. Default: any available amount above zero suffices. */
  readonly estimate?: bigint | string | undefined
}

/** A request to use a model: may this caller use this model now? */
export const UseRequest = z.strictObject({
  type: z.literal('use'),
  who: Who,
  model: Name,
  team: Name.optional(),
  at: Instant,
  operation: Operation.optional(),
  credits: RequestCredits.optional(),
})
export interface UseRequest {
  /** Always `use`: the request is about using a model. */
  readonly type: 'use'
  /** The caller: a principal that the host has authenticated, or a credential. */
  readonly who: Who
  /** The model's name as the client wrote it: an alias, or a concrete model as `account/model`. */
  readonly model: string
  /**
   * The id of the team on whose behalf the call is made. A metered team pays for the call. Default: the credential's
   * team, if any; otherwise the caller's contexts are tried in order.
   */
  readonly team?: string | undefined
  /** The instant of the call, in epoch milliseconds. Every window, expiry and sunset is compared with this instant. */
  readonly at: Instant
  /**
   * The operation of the call, such as `chat` or `embeddings`. Default: unknown. A credential with a list of operations
   * does not permit an unknown operation.
   */
  readonly operation?: Operation | undefined
  /** The payer's available credits and the estimated cost. Default: the decision ignores credits. */
  readonly credits?: RequestCredits | undefined
}

/** The object of a manage request, such as a team. Who may manage a thing depends on the type of the thing. */
export const Thing: z.ZodType<ManagedThing> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('platform') }),
  named('organization'),
  named('team'),
  named('teamMembers'),
  named('virtualAccount'),
  named('providerAccount'),
  named('userTokens'),
])
export type Thing = ManagedThing

/**
 * A request to manage a thing: may this caller manage this thing now? `apply` decides a command's actor by the same
 * rules.
 */
export const ManageRequest = z.strictObject({ type: z.literal('manage'), who: Who, thing: Thing, at: Instant })
export interface ManageRequest {
  /** Always `manage`: the request is about managing a thing. */
  readonly type: 'manage'
  /** The caller: a principal that the host has authenticated, or a credential. */
  readonly who: Who
  /** What the caller wants to manage. */
  readonly thing: Thing
  /** The instant of the request, in epoch milliseconds. */
  readonly at: Instant
}

/** A request that `authorize` decides: may this caller use a model, or manage a thing? */
export const Request = z.discriminatedUnion('type', [UseRequest, ManageRequest])
export type Request = UseRequest | ManageRequest
