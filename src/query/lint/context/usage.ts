import * as z from 'zod'
import { Instant } from '../../../model/value/instant.ts'
import { listOf } from '../../../model/value/list.ts'
import type { Agent, Principal } from '../../../model/value/principal.ts'
import { type DenialReason, denialReasons } from '../../../policy/decision/denial.ts'
import { Name } from '../../../policy/request/request.ts'
import { lazy } from '../../lazy.ts'
import { PrincipalReference } from '../../principal-reference.ts'

/**
 * A usage log: all calls since an instant, allowed or denied. Lint assumes that no other calls happened. If `since` is
 * less than `unusedDays` days ago, nothing counts as unused. Without `manages`, no manager role counts as unused.
 */
export interface Usage {
  readonly since: Instant
  readonly entries: readonly UsageEntry[]
  /** The provider accounts that agents managed since the instant `since`. */
  readonly manages?: readonly ManagementEntry[] | undefined
  /** The number of days without use after which an assignment, role or group is unused. Default: 90. */
  readonly unusedDays?: number | undefined
  /** The minimum number of denials of a model within `unusedDays` for a `model_refused` finding. Default: 3. */
  readonly refusals?: number | undefined
}

/** Calls of one principal for one model name, merged into one entry. Merging keeps a log of several months short. */
export interface UsageEntry {
  readonly who: Principal
  /** The team that the calls named. A user's calls that name no team count for every team of the user. */
  readonly team?: string | undefined
  /** The model name, as the client wrote it. */
  readonly model: string
  /** The instant of the last call in the entry. */
  readonly at: Instant
  readonly effect: 'allow' | 'deny'
  /** Why the calls were denied. */
  readonly reason?: DenialReason | undefined
  /** The number of calls in the entry. Default: 1. */
  readonly count?: number | undefined
}

/** The last time that an agent managed a provider account. */
export interface ManagementEntry {
  readonly who: Agent
  readonly providerAccount: string
  readonly at: Instant
}

/**
 * The maximum number of entries in each of `entries` and `manages`. A host with more calls merges equal calls and sets
 * `count`.
 */
export const usageLimit = 1_000_000

const limited = <Entry extends z.ZodType>(entry: Entry) => listOf(entry, usageLimit)

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
