import { z } from 'zod'
import { Instant } from '../../model/instant.ts'
import type { State } from '../../model/state.ts'
import { rowsOf } from '../../model/table.ts'
import { lazy } from '../lazy.ts'
import { answerQuery, parseQuery, type Unanswered } from '../query-fault.ts'
import { findInAliases } from './alias-rule.ts'
import { findInCredential } from './credential-rule.ts'
import { compareFindings, type Draft, type Finding, findingOf } from './finding.ts'
import { findInGroup } from './group-rule.ts'
import { findAlike } from './likeness-rule.ts'
import { findInNames } from './name-rule.ts'
import { findInPrincipal } from './principal-rule.ts'
import { findInRestriction } from './restriction-rule.ts'
import { type Scene, sceneOf } from './scene.ts'
import { knownOf, settle } from './settle.ts'
import { usageSchema } from './usage.ts'
import { findRefused } from './usage-rule.ts'
import { usedOf } from './used.ts'

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
export function lint(state: State, options: z.input<typeof Options>): Lint | Unanswered {
  const parsed = parseQuery(Options(), options, { state })
  if (!parsed.ok) return parsed
  const { at, usage } = parsed.query
  return answerQuery('state', () => {
    const findings = findAll(sceneOf(state, at, usage && usedOf(usage, state, at)))
    return { ok: true, findings, version: state.version }
  })
}

function findAll(scene: Scene): readonly Finding[] {
  const all = [...drafts(scene)]
  const known = knownOf(all.some(({ isTried }) => isTried === true) ? all : [])
  const found = all.map((draft) => settle(draft, known, scene))
  return [...found, ...findNames(found, scene)].sort(compareFindings).map(findingOf)
}

/**
 * A group is renamed last: under its new name, whatever else is found of it would be found anew. So long as there is
 * something, the message says so and there is no fix.
 */
function* findNames(others: readonly Draft[], scene: Scene): IterableIterator<Draft> {
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

function* drafts(scene: Scene): IterableIterator<Draft> {
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
