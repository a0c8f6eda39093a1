import { z } from 'zod'
import type { State } from '../../model/state/state.ts'
import { rowsOf } from '../../model/table/table.ts'
import { Instant } from '../../model/value/instant.ts'
import { lazy } from '../lazy.ts'
import { answerQuery, parseQuery, type QueryFailure } from '../query-fault.ts'
import { type LintContext, lintContextOf } from './context/lint-context.ts'
import { usageSchema } from './context/usage.ts'
import { usedOf } from './context/used.ts'
import { compareFindings, type Draft, type Finding, findingOf } from './finding.ts'
import { completeFix, knownOf } from './fix/complete-fix.ts'
import { findInAliases } from './rule/alias-rule.ts'
import { findInCredential } from './rule/credential-rule.ts'
import { findInGroup } from './rule/group-rule.ts'
import { findAlike } from './rule/likeness-rule.ts'
import { findInNames } from './rule/name-rule.ts'
import { findInPrincipal } from './rule/principal-rule.ts'
import { findInRestriction } from './rule/restriction-rule.ts'
import { findRefused } from './rule/usage-rule.ts'

/** What lint has found, in the order of `findingCodes`, then of the subjects. */
export interface Lint {
  readonly ok: true
  readonly findings: readonly Finding[]
  readonly version: number
}

const Options = /* @__PURE__ */ lazy(() => z.strictObject({ at: Instant, usage: usageSchema().optional() }))

/**
 * What of a state could be tidier at an instant, each with the commands that mend it. Applying a fix removes its finding
 * and adds none, and takes no access but what the usage log shows to be unused. Costs what the state holds.
 *
 * @example
 * const found = lint(state, { at })
 * if (found.ok) for (const { code, message, fix } of found.findings) console.log(code, message, fix)
 */
export function lint(state: State, options: z.input<typeof Options>): Lint | QueryFailure {
  const parsed = parseQuery(Options(), options, { state })
  if (!parsed.ok) return parsed
  const { at, usage } = parsed.query
  return answerQuery('state', () => {
    const findings = findAll(lintContextOf(state, at, usage && usedOf(usage, state, at)))
    return { ok: true, findings, version: state.version }
  })
}

function findAll(scene: LintContext): readonly Finding[] {
  const all = [...drafts(scene)]
  const known = knownOf(all.some(({ isTried }) => isTried === true) ? all : [])
  const found = all.map((draft) => completeFix(draft, known, scene))
  return [...found, ...findNames(found, scene)].sort(compareFindings).map(findingOf)
}

/**
 * A group is renamed last: under its new name, whatever else is found of it would be found anew. So long as there is
 * something, the message says so and there is no fix.
 */
function* findNames(others: readonly Draft[], scene: LintContext): IterableIterator<Draft> {
  const concerned = new Set(others.flatMap(groupsOf))
  for (const draft of findInNames(scene)) {
    const { fix, ...rest } = draft
    const isFirst = fix === undefined || draft.subject.type !== 'accessGroup' || !concerned.has(draft.subject.id)
    yield isFirst ? draft : { ...rest, message: `${rest.message}, once what else is found of the group is mended` }
  }
}

/** Every group that a finding has to do with. */
function groupsOf({ subject, because, fix = [] }: Draft): string[] {
  const own = 'accessGroup' in subject ? [subject.accessGroup] : subject.type === 'accessGroup' ? [subject.id] : []
  const touched = fix.flatMap((command) => ('accessGroup' in command ? [command.accessGroup] : []))
  return [...own, ...touched, ...(because === undefined ? [] : [because])]
}

function* drafts(scene: LintContext): IterableIterator<Draft> {
  const { state } = scene
  yield* findInAliases(scene)
  for (const group of rowsOf(state.accessGroups)) yield* findInGroup(group, scene)
  for (const row of rowsOf(state.users)) yield* findInPrincipal({ type: 'user', row }, scene)
  for (const row of rowsOf(state.teams)) yield* findInPrincipal({ type: 'team', row }, scene)
  for (const row of rowsOf(state.virtualAccounts)) yield* findInPrincipal({ type: 'virtualAccount', row }, scene)
  for (const restriction of rowsOf(state.restrictions)) yield* findInRestriction(restriction, scene)
  for (const credential of rowsOf(state.credentials)) yield* findInCredential(credential, scene)
  yield* findAlike(scene)
  yield* findRefused(scene)
}
