import { z } from 'zod'
import { Instant } from '../../../model/value/instant.ts'
import { denialReasons } from '../../../policy/decision/denial.ts'
import { Name } from '../../../policy/request/request.ts'
import { lazy } from '../../lazy.ts'

/** The most entries that `entries` and `manages` may each have. A host with more calls merges equal ones and sets `count`. */
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
 * Calls that one principal made for one model name, as the client wrote it. `at` is the instant of the last call and
 * `count` their number, so that a log of several months needs one entry per caller and model. `team` is the team that
 * the calls named; calls that named none count for all teams of the user.
 */
export type UsageEntry = Readonly<z.infer<ReturnType<typeof usageEntry>>>

const managementEntry = /* @__PURE__ */ lazy(() =>
  z.strictObject({
    who: z.discriminatedUnion('type', [user(), virtualAccount()]),
    providerAccount: Name,
    at: Instant,
  }),
)

/** The last time that an agent acted as manager of a provider account. */
export type ManagementEntry = Readonly<z.infer<ReturnType<typeof managementEntry>>>

/** The schema of a usage log. */
export const usageSchema = /* @__PURE__ */ lazy(() =>
  z.strictObject({
    since: Instant,
    entries: limited(usageEntry()),
    manages: limited(managementEntry()).optional(),
    /** How many days without use make an assignment, a role or a group unused. Default: 90. */
    unusedDays: z.int().min(1).max(36_500).optional(),
    /** How many denials of a model within those days lint reports as `model_refused`. Default: 3. */
    refusals: z.int().min(1).optional(),
  }),
)

/**
 * All calls since an instant, allowed or denied; lint assumes that no others happened. If `since` does not reach back
 * `unusedDays`, nothing counts as unused. Without `manages`, no manager role does.
 */
export type Usage = Readonly<z.infer<ReturnType<typeof usageSchema>>>
