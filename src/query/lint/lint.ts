import * as z from 'zod'
import type { State } from '../../model/state/state.ts'
import { rowsOf } from '../../model/table/table.ts'
import { Instant } from '../../model/value/instant.ts'
import { lazy } from '../lazy.ts'
import { answerQuery, parseQuery, type QueryFailure } from '../query-fault.ts'
import { type LintContext, lintContextOf } from './context/lint-context.ts'
import { type Usage, usageSchema } from './context/usage.ts'
import { indexUsage } from './context/usage-index.ts'
import { compareFindings, type Detection, type Finding, findingOf } from './finding.ts'
import { baselineOf, completeFix } from './fix/complete-fix.ts'
import { findInAliases } from './rule/alias-rule.ts'
import { findBypass } from './rule/bypass-rule.ts'
import { findInCredential } from './rule/credential-rule.ts'
import { findInGroup } from './rule/group-rule.ts'
import { findLookalikes } from './rule/lookalike-rule.ts'
import { findInNames } from './rule/name-rule.ts'
import { findInHolder, findInPrincipal } from './rule/principal-rule.ts'
import { findUndecidableRequests } from './rule/request-rule.ts'
import { findInRestriction } from './rule/restriction-rule.ts'
import { findInOrganization } from './rule/universal-rule.ts'
import { findRefusedModels } from './rule/usage-rule.ts'

/** The findings of a state, ordered by code, as listed in `findingCodes`, and then by subject. */
export interface Lint {
  readonly ok: true
  readonly findings: readonly Finding[]
  readonly version: number
}

/** When lint evaluates the state, with an optional look-ahead and an optional usage log. */
export interface LintOptions {
  readonly at: Instant
  /**
   * The number of days after `at` within which lint reports the end of an assignment, a role, a credential or an alias:
   * 0 to 3,660, where 0 reports none. Default: 7.
   */
  readonly endsWithinDays?: number | undefined
  readonly usage?: Usage | undefined
}

const Options = /* @__PURE__ */ lazy(() =>
  z.strictObject({
    at: Instant,
    endsWithinDays: z.int().min(0).max(3_660).optional(),
    usage: usageSchema().optional(),
  }),
)

const day = 86_400_000
const defaultDays = 7

/**
 * Finds outdated, redundant and misleading rows in a state at an instant, with the commands that fix each finding.
 * Applying a fix removes the finding and causes no new finding. A fix removes access only if the usage log shows that
 * the access is unused. Costs time proportional to the state.
 *
 * @example
 * const found = lint(state, { at })
 * if (found.ok) for (const { code, message, fix } of found.findings) console.log(code, message, fix)
 */
export function lint(state: State, options: LintOptions): Lint | QueryFailure {
  const parsed = parseQuery(Options(), options, { state })
  return parsed.ok ? answerQuery('state', () => findingsOf(state, parsed.query)) : parsed
}

/** Lints a state like `lint`, but without argument checks and error handling. Throws when the state is corrupt. */
export function findingsOf(state: State, { at, usage, endsWithinDays = defaultDays }: LintOptions): Lint {
  const context = lintContextOf(state, at, {
    usage: usage && indexUsage(usage, state, at),
    endingBefore: at + endsWithinDays * day,
  })
  const detections = [...detect(context)]
  const baseline = baselineOf(detections.some(({ isSimulated }) => isSimulated === true) ? detections : [])
  const completed = detections.map((detection) => completeFix(detection, baseline, context))
  const findings = [...completed, ...detectNames(completed, context)].sort(compareFindings).map(findingOf)
  return { ok: true, findings, version: state.version }
}

/** Yields the detections of every rule except the rule about group names. */
function* detect(context: LintContext): IterableIterator<Detection> {
  const { state } = context
  yield* findInAliases(context)
  for (const group of rowsOf(state.accessGroups)) yield* findInGroup(group, context)
  for (const row of rowsOf(state.users)) yield* findInPrincipal({ type: 'user', row }, context)
  for (const row of rowsOf(state.teams)) yield* findInPrincipal({ type: 'team', row }, context)
  for (const row of rowsOf(state.virtualAccounts)) yield* findInPrincipal({ type: 'virtualAccount', row }, context)
  for (const row of rowsOf(state.organizations)) {
    yield* findInHolder({ type: 'organization', row }, context)
    yield* findInOrganization(row, context)
  }
  for (const restriction of rowsOf(state.restrictions)) {
    yield* findInRestriction(restriction, context)
    yield* findBypass(restriction, context)
  }
  for (const credential of rowsOf(state.credentials)) {
    yield* findInCredential(credential, context)
  }
  yield* findUndecidableRequests(context)
  yield* findLookalikes(context)
  yield* findRefusedModels(context)
}

/**
 * Yields the detections about group names. A group with other findings gets no fix, and the message says to fix the
 * other findings first. Otherwise, a rename would repeat each of the other findings under the new name.
 */
function* detectNames(others: readonly Detection[], context: LintContext): IterableIterator<Detection> {
  const concerned = new Set(others.flatMap(groupsOf))
  for (const detection of findInNames(context)) {
    const { fix, ...rest } = detection
    const isReady =
      fix === undefined || detection.subject.type !== 'accessGroup' || !concerned.has(detection.subject.id)
    yield isReady ? detection : { ...rest, message: `${rest.message}, after fixing the other findings of the group` }
  }
}

/** Returns the ids of all groups in a detection: in the subject, in the fix, and in `restsOn`. */
function groupsOf({ subject, restsOn, fix = [] }: Detection): string[] {
  const own = 'accessGroup' in subject ? [subject.accessGroup] : subject.type === 'accessGroup' ? [subject.id] : []
  const changed = fix.flatMap((command) => ('accessGroup' in command ? [command.accessGroup ?? []].flat() : []))
  return [...own, ...changed, ...(restsOn === undefined ? [] : [restsOn])]
}
