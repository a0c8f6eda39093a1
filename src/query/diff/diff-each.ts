import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Operation } from '../../model/value/operation.ts'
import type { Scope } from '../../model/value/selector.ts'
import { type Caller, identifyCaller } from '../../policy/context/caller.ts'
import { isDenied } from '../../policy/decision/deny.ts'
import { evaluationTimeOf } from '../../policy/evaluation-time.ts'
import type { UseRequest } from '../../policy/request/request.ts'
import { type Access, accessTo } from '../access.ts'
import type { NameClass } from '../name-class.ts'
import { describeClasses } from '../open-class.ts'
import { collectFromCatalogue } from './affected-by-catalogue.ts'
import {
  type CallerPair,
  isAlias,
  NameFinder,
  type NameSet,
  type StatePair,
  statesOf,
  uniteNameSets,
} from './affected-names.ts'
import { collectFromRows } from './affected-rows.ts'
import { AffectedSubjects, byCodeUnits } from './affected-subjects.ts'
import {
  type AccessSubject,
  compareAccess,
  isSameForModels,
  type ModelChange,
  type ModelKept,
  type ModelName,
  type SubjectChange,
} from './diff-change.ts'
import { EquivalentUsers } from './equivalent-users.ts'

/**
 * Yields every difference in access to models between two states at one instant, one subject and one model at a time.
 * Sorted by subject (teams, virtual accounts, users, credentials), then by name. Computed lazily, so an iteration may
 * stop early. Costs time proportional to the changes and the subjects that they concern.
 *
 * The subjects are every team, every virtual account, every user on behalf of no team and of each of the user's teams,
 * and every credential whose own row or restrictions differ. The access of other credentials follows from the access of
 * their owners.
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
        ? uniteNameSets(affected.finder.ofBearer(callers, scopesOf(subject, pair)))
        : namesToJudge(subject, parts, affected)
    const judge = (): readonly JudgedChange[] => judgeAll(subject, names, pair, affected)
    const results = parts === undefined ? judge() : equivalent.resultFor(subject, parts, judge)
    for (const { name, change, judged } of results) {
      const isOwn = change.effect === 'kept' || judged === subject
      yield { subject, change: isOwn ? change : { ...change, witness: requestOf(subject, name, pair) } }
    }
  }
}

/**
 * A change and the requested name. `judged` is the subject whose access was compared; equivalent users share its
 * change.
 */
interface JudgedChange {
  readonly name: string
  readonly judged: AccessSubject
  readonly change: ModelChange | ModelKept
}

/** A name to compare, in two forms: `name` for the request, and `model` for the result. */
interface NameToJudge {
  readonly name: string
  readonly model: ModelName
}

function judgeAll(
  subject: AccessSubject,
  names: (callers: CallerPair) => NameSet,
  pair: StatePair,
  { finder }: AffectedSubjects,
): readonly JudgedChange[] {
  const [before, after] = [identifyIn(subject, pair.before, pair), identifyIn(subject, pair.after, pair)]
  if (before === undefined && after === undefined) return []
  const scopes = scopesOf(subject, pair)
  const callers = [before, after] as const
  const { names: named, openAccounts } = names(callers)
  const open = [...openAccounts]
    .sort(byCodeUnits)
    .map((account) => [account, finder.classesOn(account, callers, scopes)] as const)
  const requested = [
    ...sortedNames(named, pair),
    ...open.flatMap(([account, classes]) => namesOfClasses(account, classes)),
  ]
  // One state after the other: the caches of a row are valid for one state.
  const had = requested.map(({ name }) => accessIn(before, name, pair.before, pair.at))
  const has = requested.map(({ name }) => accessIn(after, name, pair.after, pair.at))
  const changes = requested.map(({ name, model }, i): JudgedChange | undefined => {
    const change = compareAccess(model, had[i], has[i], () => requestOf(subject, name, pair))
    return change && { name, judged: subject, change }
  })
  const ofNames = changes.slice(0, named.size).filter((change) => change !== undefined)
  let from = named.size
  return [
    ...ofNames,
    ...open.flatMap(([account, classes]) => {
      const values = changes.slice(from, from + classes.length)
      from += classes.length
      return describeOpen(account, classes, values)
    }),
  ]
}

/**
 * Merges the changes of the model classes of an open account (`anyModel`). Each result describes all models that change
 * in the same way.
 */
function describeOpen(
  providerAccount: string,
  classes: readonly NameClass[],
  changes: readonly (JudgedChange | undefined)[],
): readonly JudgedChange[] {
  const valued = classes.map((one, i) => ({ ...one, value: changes[i] }))
  const described = describeClasses(valued, (a, b) => isSameForModels(a.change, b.change)).map(({ models, value }) => {
    const { matching, except } = models
    const model: ModelName = {
      type: 'openAccount',
      providerAccount,
      ...(matching.length === 0 ? undefined : { matching }),
      ...(except.length === 0 ? undefined : { except }),
    }
    return { ...value, change: { ...value.change, model } }
  })
  return described.sort((a, b) => byCodeUnits(matchersIn(a.change.model), matchersIn(b.change.model)))
}

/** Returns the matchers of an open account (`anyModel`) as one string. Used to sort the changes of one account. */
function matchersIn(model: ModelName): string {
  return model.type === 'openAccount' ? JSON.stringify([model.matching, model.except]) : ''
}

function identifyIn(subject: AccessSubject, state: State, pair: StatePair): Caller | undefined {
  const { type, id } = subject
  const team = subject.type === 'user' ? subject.team : undefined
  const request = { who: { type, id }, team, operation: operationOf(subject, pair) } as const
  const caller = identifyCaller(request, state, evaluationTimeOf(pair.at))
  return isDenied(caller) ? undefined : caller
}

/**
 * Returns the operation to compare for a credential: one that the credential permits in both states, or else in one
 * state. `undefined` if no operation has to be named.
 */
function operationOf({ type, id }: AccessSubject, pair: StatePair): Operation | undefined {
  if (type !== 'credential') return undefined
  const lists = statesOf(pair).flatMap(({ credentials }) => {
    const permitted = findRow(credentials, id)?.operations
    return permitted?.type === 'list' ? [permitted.operations] : []
  })
  const [first = [], second = first] = lists
  return first.find((operation) => second.includes(operation)) ?? first[0] ?? second[0]
}

function scopesOf({ type, id }: AccessSubject, pair: StatePair): readonly Scope[] {
  if (type !== 'credential') return []
  const rows = statesOf(pair).map(({ credentials }) => findRow(credentials, id))
  return rows.filter((row) => row !== undefined).map(({ scope }) => scope)
}

function accessIn(caller: Caller | undefined, name: string, state: State, at: Instant): Access | undefined {
  return caller === undefined ? undefined : accessTo(caller, name, state, evaluationTimeOf(at))
}

function requestOf(subject: AccessSubject, model: string, pair: StatePair): UseRequest {
  const { type, id } = subject
  const operation = operationOf(subject, pair)
  const named = operation === undefined ? undefined : { operation }
  const request = { type: 'use', who: { type, id }, model, at: pair.at, ...named } as const
  return subject.type === 'user' && subject.team !== undefined ? { ...request, team: subject.team } : request
}

/** Returns the names in a sorted list, each with its form for the result. */
function sortedNames(names: ReadonlySet<string>, pair: StatePair): readonly NameToJudge[] {
  return [...names].sort(byCodeUnits).map((name): NameToJudge => {
    return { name, model: { type: isAlias(name, pair) ? 'alias' : 'model', name } }
  })
}

/** Returns one sample name for each class of models on an open account (`anyModel`). */
function namesOfClasses(providerAccount: string, classes: readonly NameClass[]): readonly NameToJudge[] {
  return classes.map(({ sample }) => {
    return { name: `${providerAccount}/${sample}`, model: { type: 'openAccount', providerAccount } }
  })
}

/**
 * The maximum size of a name set that is compared in full. For a larger set, only names that the subject's groups and
 * roles lead to are compared.
 */
const fewNames = 32

/**
 * Returns the names to compare for a subject. A set larger than `fewNames` is reduced to the names that the subject's
 * groups and roles lead to.
 */
function namesToJudge(subject: AccessSubject, parts: ReadonlySet<NameSet>, affected: AffectedSubjects): NameSet {
  const long = [...parts].filter(({ names }) => names.size > fewNames)
  if (long.length === 0) return uniteNameSets([...parts])
  const held = new Set(heldBy(subject, affected))
  if (long.every((part) => held.has(part))) return uniteNameSets([...parts])
  const all = uniteNameSets([...held])
  return uniteNameSets(
    [...parts].map((part) =>
      held.has(part) || part.names.size <= fewNames
        ? part
        : { names: new Set([...part.names].filter((name) => all.names.has(name))), openAccounts: part.openAccounts },
    ),
  )
}

/**
 * Returns the names to which a subject's groups and roles lead. For a user, includes the groups and roles of the user's
 * teams.
 */
function heldBy(subject: AccessSubject, affected: AffectedSubjects): readonly NameSet[] {
  const { finder } = affected
  if (subject.type === 'credential') return []
  if (subject.type === 'user' && subject.team !== undefined) return affected.inTeam(subject.id, subject.team)
  const own = finder.ofPrincipal(subject.type, subject.id)
  if (subject.type !== 'user') return own
  return [...own, ...[...affected.teamsOf(subject.id)].flatMap((team) => affected.inTeam(subject.id, team))]
}
