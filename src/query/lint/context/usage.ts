import { z } from 'zod'
import { Instant } from '../../../model/value/instant.ts'
import { denialReasons } from '../../../policy/decision/denial.ts'
import { Name } from '../../../policy/request/request.ts'
import { lazy } from '../../lazy.ts'

/** The most entries of a usage log, and of what was managed. A host with more calls than that counts equal ones together. */
export const usageLimit = 1_000_000

const limited = <Entry extends z.ZodType>(entry: Entry) =>
  z.array(entry).max(usageLimit, { error: `expected at most ${usageLimit} entries` })

const user = /* @__PURE__ */ lazy(() => z.strictObject({ type: z.literal('user'), id: Name }))
const virtualAccount = /* @__PURE__ */ lazy(() => z.strictObject({ type: z.literal('virtualAccount'), id: Name }))

const usageEntry = /* @__PURE__ */ lazy(() =>
  z.strictObject({
    who: z.discriminatedUnion('type', [
      user(),
      z.strictObject({ type: z.literal('team'), id: Name }),
      virtualAccount(),
    ]),
    team: Name.optional(),
    model: Name,
    at: Instant,
    effect: z.enum(['allow', 'deny']),
    reason: z.enum(denialReasons).optional(),
    count: z.int().min(1).optional(),
  }),
)

/**
 * Calls that one principal made for one model, as the client wrote its name. `at` is the last of them and `count` how many
 * they were, so that a log of months is as long as there are pairs of callers and models. `team` is the team that the
 * call named; a call that named none may have been by any team of the user.
 */
export type UsageEntry = Readonly<z.infer<ReturnType<typeof usageEntry>>>

const managementEntry = /* @__PURE__ */ lazy(() =>
  z.strictObject({
    who: z.discriminatedUnion('type', [user(), virtualAccount()]),
    providerAccount: Name,
    at: Instant,
  }),
)

/** Something that an agent did as the manager of a provider account: the last time, if it did so more than once. */
export type ManagementEntry = Readonly<z.infer<ReturnType<typeof managementEntry>>>

/** What reads a usage log. */
export const usageSchema = /* @__PURE__ */ lazy(() =>
  z.strictObject({
    since: Instant,
    entries: limited(usageEntry()),
    manages: limited(managementEntry()).optional(),
    /** For how many days nobody must have used what is called unused; 90 unless said otherwise. */
    unusedDays: z.int().min(1).max(36_500).optional(),
    /** How many refusals within those days make an upgrade worth a thought; 3 unless said otherwise. */
    refusals: z.int().min(1).optional(),
  }),
)

/**
 * What was asked for since an instant, allowed or not. What is not in it did not happen; where it does not reach back for
 * `unusedDays`, nothing is called unused. Without `manages` nobody's power is.
 */
export type Usage = Readonly<z.infer<ReturnType<typeof usageSchema>>>
