import { z } from 'zod'
import { Instant } from '../../../model/value/instant.ts'
import type { Agent, Principal } from '../../../model/value/principal.ts'
import { type DenialReason, denialReasons } from '../../../policy/decision/denial.ts'
import { Name } from '../../../policy/request/request.ts'
import { lazy } from '../../lazy.ts'
import { PrincipalReference } from '../../principal-reference.ts'

/**
 * All calls since an instant, allowed or denied; lint assumes that no others happened. If `since` does not reach back
 * `unusedDays`, nothing counts as unused. Without `manages`, no manager role does.
 */
export interface Usage {
  readonly since: Instant
  readonly entries: readonly UsageEntry[]
  /** Which agents managed which provider accounts since then. */
  readonly manages?: readonly ManagementEntry[] | undefined
  /** How many days without use make an assignment, a role or a group unused. Default: 90. */
  readonly unusedDays?: number | undefined
  /** How many denials of a model within those days lint reports as `model_refused`. Default: 3. */
  readonly refusals?: number | undefined
}

/** The calls of one principal for one model name. Merging them in one entry keeps a log of several months short. */
export interface UsageEntry {
  readonly who: Principal
  /** The team that the calls named. Calls of a user that name none count for all teams of the user. */
  readonly team?: string | undefined
  /** The model name, as the client wrote it. */
  readonly model: string
  /** The instant of the last of these calls. */
  readonly at: Instant
  readonly effect: 'allow' | 'deny'
  /** Why the calls were denied. */
  readonly reason?: DenialReason | undefined
  /** How many calls the entry stands for. Default: 1. */
  readonly count?: number | undefined
}

/** The last time that an agent acted as manager of a provider account. */
export interface ManagementEntry {
  readonly who: Agent
  readonly providerAccount: string
  readonly at: Instant
}

/** The most entries that `entries` and `manages` may each have. A host with more calls merges equal ones and sets `count`. */
export const usageLimit = 1_000_000

const limited = <Entry extends z.ZodType>(entry: Entry) =>
  z.array(entry).max(usageLimit, { error: `expected at most ${usageLimit} entries` })

const usageEntry = /* @__PURE__ */ lazy(() =>
  z.strictObject({
    who: PrincipalReference(),
    team: Name.optional(),
    model: Name,
    at: Instant,
    effect: z.enum(['allow', 'deny']),
    reason: z.enum(denialReasons).optional(),
    count: z.int().min(1).optional(),
  }),
)

const managementEntry = /* @__PURE__ */ lazy(() =>
  z.strictObject({
    who: z.strictObject({ type: z.enum(['user', 'virtualAccount']), id: Name }),
    providerAccount: Name,
    at: Instant,
  }),
)

/** The schema of a usage log. */
export const usageSchema = /* @__PURE__ */ lazy(() =>
  z.strictObject({
    since: Instant,
    entries: limited(usageEntry()),
    manages: limited(managementEntry()).optional(),
    unusedDays: z.int().min(1).max(36_500).optional(),
    refusals: z.int().min(1).optional(),
  }),
)
