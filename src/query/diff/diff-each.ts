import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Scope } from '../../model/value/selector.ts'
import { type Caller, identifyCaller } from '../../policy/context/caller.ts'
import { isDenied } from '../../policy/decision/deny.ts'
import { evaluationTimeOf } from '../../policy/evaluation-time.ts'
import type { UseRequest } from '../../policy/request/request.ts'
import { type Access, accessTo } from '../access.ts'
import type { NameClass, NameClasses } from '../name-class.ts'
import { collectFromCatalogue } from './affected-by-catalogue.ts'
import { type CallerPair, isAlias, NameFinder, type NameSet, type StatePair, statesOf } from './affected-names.ts'
import { collectFromRows } from './affected-rows.ts'
import { AffectedSubjects, byCodeUnits } from './affected-subjects.ts'
import {
  type AccessSubject,
  compareAccess,
  type ModelChange,
  type ModelKept,
  type ModelName,
  type SubjectChange,
} from './diff-change.ts'
import { EquivalentUsers } from './equivalent-users.ts'
import { mergeOpenChanges, type OpenChange } from './open-change.ts'

/**
 * Yields every difference in access to models between two states at one instant, one subject and one model at a time.
 * Sorted by subject (teams, virtual accounts, users, credentials), then by name. Computed lazily, so an iteration may
 * stop early. Costs time proportional to the changes and the subjects that they concern.
 *
 * The subjects are every team, every virtual account, every user on behalf of no team and of each of the user's teams,
 * and every credential whose own row differs. The access of other credentials follows from the access of their owners.
 */
export function* eachChange(before: State, after: State, at: Instant): IterableIterator<SubjectChange> {
  const pair = { before, after, at }
  const affected = new AffectedSubjects(pair, new NameFinder(pair))
  collectFromRows(pair, affected)
  collectFromCatalogue(pair, affected)
  const equivalent = new EquivalentUsers<readonly JudgedChange[]>(pair)
  for (const { subject, parts } of affected.all()) {
    const names = (callers: CallerPair): NameSet =>
      parts === undefined
        ? uniteParts(affected.finder.ofBearer(callers, scopesOf(subject, pair)))
        : namesToJudge(subject, parts, affected)
    const judge = (): readonly JudgedChange[] => judgeAll(subject, names, pair, affected)
    const results = parts === undefined ? judge() : equivalent.resultFor(subject, parts, judge)
    for (const { name, change, judged } of results) {
      const isOwn = change.effect === 'kept' || judged === subject
      yield { subject, change: isOwn ? change : { ...change, witness: requestOf(subject, name, at) } }
    }
  }
}

/**
 * A change, with the requested name. `judged` is the subject whose access was compared; equivalent subjects share the
 * change.
 */
interface JudgedChange {
  readonly name: string
  readonly judged: AccessSubject
  readonly change: ModelChange | ModelKept
}

/** A name to compare: `name` as a request has it, and `model` as the result has it. */
interface NameToJudge {
  readonly name: string
  readonly model: ModelName
  /** For a name that stands for unlisted models of an open account: its class and all classes of the account. */
  readonly open?: { readonly one: NameClass; readonly all: NameClasses }
}

function judgeAll(
  subject: AccessSubject,
  names: (callers: CallerPair) => NameSet,
  pair: StatePair,
  { finder }: AffectedSubjects,
): readonly JudgedChange[] {
  const [before, after] = [identifyIn(subject, pair.before, pair.at), identifyIn(subject, pair.after, pair.at)]
  if (before === undefined && after === undefined) return []
  const scopes = scopesOf(subject, pair)
  const callers = [before, after] as const
  const requested = sortedNames(names(callers), pair, (account) => finder.openClassesOn(account, callers, scopes))
  // One state after the other: the caches of a row are valid for one state.
  const had = requested.map(({ name }) => accessIn(before, name, pair.before, pair.at))
  const has = requested.map(({ name }) => accessIn(after, name, pair.after, pair.at))
  const changes: JudgedChange[] = []
  const openChanges: OpenChange[] = []
  for (const [i, { name, model, open }] of requested.entries()) {
    const change = compareAccess(model, had[i], has[i], () => requestOf(subject, name, pair.at))
    if (change === undefined) continue
    if (open === undefined) changes.push({ name, judged: subject, change })
    else openChanges.push({ name, change, ...open })
  }
  const merged = mergeOpenChanges(openChanges).map(({ name, change }) => ({ name, judged: subject, change }))
  return [...changes, ...merged]
}

function identifyIn(subject: AccessSubject, state: State, at: Instant): Caller | undefined {
  const { type, id } = subject
  const team = subject.type === 'user' ? subject.team : undefined
  const caller = identifyCaller({ type, id }, team, state, evaluationTimeOf(at))
  return isDenied(caller) ? undefined : caller
}

function scopesOf({ type, id }: AccessSubject, pair: StatePair): readonly Scope[] {
  if (type !== 'credential') return []
  const rows = statesOf(pair).map(({ credentials }) => findRow(credentials, id))
  return rows.filter((row) => row !== undefined).map(({ scope }) => scope)
}

function accessIn(caller: Caller | undefined, name: string, state: State, at: Instant): Access | undefined {
  return caller === undefined ? undefined : accessTo(caller, name, state, evaluationTimeOf(at))
}

function requestOf(subject: AccessSubject, model: string, at: Instant): UseRequest {
  const { type, id } = subject
  const request = { type: 'use', who: { type, id }, model, at } as const
  return subject.type === 'user' && subject.team !== undefined ? { ...request, team: subject.team } : request
}

/** The names in order, then the open accounts in order, each by one name for each class of its unlisted models. */
function sortedNames(
  { names, openAccounts }: NameSet,
  pair: StatePair,
  classesOn: (account: string) => NameClasses,
): readonly NameToJudge[] {
  const named = [...names].sort(byCodeUnits).map((name): NameToJudge => {
    return { name, model: { type: isAlias(name, pair) ? 'alias' : 'model', name } }
  })
  const open = [...openAccounts].sort(byCodeUnits).flatMap((providerAccount): readonly NameToJudge[] => {
    const all = classesOn(providerAccount)
    const model = { type: 'openAccount', providerAccount, matching: [], notMatching: [] } as const
    return all.classes.map((one) => ({ name: `${providerAccount}/${one.name}`, model, open: { one, all } }))
  })
  return [...named, ...open]
}

/**
 * The maximum size of a set of which every name is compared. Of a larger set, only the names to which the subject's
 * groups and roles lead are compared.
 */
const fewNames = 32

/**
 * The names to compare for a subject. Of a set larger than `fewNames`, only the names to which the subject's groups and
 * roles lead.
 */
function namesToJudge(subject: AccessSubject, parts: ReadonlySet<NameSet>, affected: AffectedSubjects): NameSet {
  const long = [...parts].filter(({ names }) => names.size > fewNames)
  if (long.length === 0) return uniteParts([...parts])
  const held = new Set(heldBy(subject, affected))
  if (long.every((part) => held.has(part))) return uniteParts([...parts])
  const all = uniteParts([...held])
  return uniteParts(
    [...parts].map((part) =>
      held.has(part) || part.names.size <= fewNames
        ? part
        : { names: new Set([...part.names].filter((name) => all.names.has(name))), openAccounts: part.openAccounts },
    ),
  )
}

/** The names to which the groups and roles of a subject's principals lead. */
function heldBy(subject: AccessSubject, affected: AffectedSubjects): readonly NameSet[] {
  const { finder } = affected
  if (subject.type === 'credential') return []
  if (subject.type === 'user' && subject.team !== undefined) return finder.ofPrincipal('team', subject.team)
  const own = finder.ofPrincipal(subject.type, subject.id)
  if (subject.type !== 'user') return own
  return [...own, ...[...affected.teamsOf(subject.id)].flatMap((team) => finder.ofPrincipal('team', team))]
}

function uniteParts(parts: readonly NameSet[]): NameSet {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only
  const [names, openAccounts] = [new Set<string>(), new Set<string>()]
  for (const part of parts) {
    for (const name of part.names) names.add(name)
    for (const account of part.openAccounts) openAccounts.add(account)
  }
  return { names, openAccounts }
}
