import { z } from 'zod'
import { Instant } from '../../model/instant.ts'
import { denialReasons } from '../../policy/denial.ts'
import { Name } from '../../policy/request.ts'

/** The most entries of a usage log, and of what was managed. A host with more calls than that counts equal ones together. */
export const usageLimit = 1_000_000

const user = z.strictObject({ type: z.literal('user'), id: Name })
const team = z.strictObject({ type: z.literal('team'), id: Name })
const virtualAccount = z.strictObject({ type: z.literal('virtualAccount'), id: Name })

/**
 * Calls that one principal made for one model, as the client wrote its name. `at` is the last of them and `count` how many
 * they were, so that a log of months is as long as there are pairs of callers and models. `team` is the team that the
 * call named; a call that named none may have been by any team of the user.
 */
export const UsageEntry = z.strictObject({
  who: z.discriminatedUnion('type', [user, team, virtualAccount]),
  team: Name.optional(),
  model: Name,
  at: Instant,
  effect: z.enum(['allow', 'deny']),
  reason: z.enum(denialReasons).optional(),
  count: z.int().min(1).optional(),
})
export type UsageEntry = Readonly<z.infer<typeof UsageEntry>>

/** Something that an agent did as the manager of a provider account: the last time, if it did so more than once. */
export const ManagementEntry = z.strictObject({
  who: z.discriminatedUnion('type', [user, virtualAccount]),
  providerAccount: Name,
  at: Instant,
})
export type ManagementEntry = Readonly<z.infer<typeof ManagementEntry>>

const limited = <Entry extends z.ZodType>(entry: Entry) =>
  z.array(entry).max(usageLimit, { error: `expected at most ${usageLimit} entries` })

/**
 * What was asked for since an instant, allowed or not. What is not in it did not happen; where it does not reach back for
 * `unusedDays`, nothing is called unused. Without `manages` nobody's power is.
 */
export const Usage = z.strictObject({
  since: Instant,
  entries: limited(UsageEntry),
  manages: limited(ManagementEntry).optional(),
  /** For how many days nobody must have used what is called unused; 90 unless said otherwise. */
  unusedDays: z.int().min(1).max(36_500).optional(),
  /** How many refusals within those days make an upgrade worth a thought; 3 unless said otherwise. */
  refusals: z.int().min(1).optional(),
})
export type Usage = Readonly<z.infer<typeof Usage>>
