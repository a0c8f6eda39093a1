import type { Restriction } from '../noun/restriction.ts'
import type { Relation } from '../table/relation.ts'
import { idsOf, type Table, tableOf } from '../table/table.ts'
import { digestsOf, type Link, linkers } from './link.ts'
import { type RestrictionSet, restrictionSetOf } from './restriction-set.ts'
import { type Kind, kinds, type Rows } from './state.ts'
import { emptyIndex, type Index, type RelationName, relationNames } from './state-index.ts'

/** The rows of a state as one list for each kind. */
export type RowLists = { readonly [K in Kind]: readonly Rows[K][] }

type Pairs = Map<string, string | string[]>

/** Builds the index of all rows at once. The result equals the index after adding the rows one by one. */
export function buildIndex(rows: RowLists): Index {
  const pairs = new Map<RelationName, Pairs>(relationNames.map((name) => [name, new Map()]))
  for (const kind of kinds) collectLinks(pairs, kind, rows[kind])
  const ofAliases = pairs.get('aliasAccessGroups') as Pairs
  for (const group of rows.accessGroups) for (const alias of idsOf(group.aliases)) addPair(ofAliases, alias, group.id)
  const relations = relationNames.map((name) => [name, relationOf(pairs.get(name) as Pairs)] as const)
  return {
    ...emptyIndex,
    ...(Object.fromEntries(relations) as Record<RelationName, Relation>),
    digests: digestTable(rows.credentials),
    ...restrictionSets(rows.restrictions),
  }
}

function collectLinks<K extends Kind>(pairs: Map<RelationName, Pairs>, kind: K, rows: readonly Rows[K][]): void {
  for (const linksOf of Object.values(linkers[kind]) as ((row: Rows[K]) => readonly Link[])[]) {
    for (const row of rows) {
      for (const { relation, from } of linksOf(row)) addPair(pairs.get(relation) as Pairs, from, row.id)
    }
  }
}

function addPair(pairs: Pairs, from: string, to: string): void {
  const found = pairs.get(from)
  if (found === undefined) pairs.set(from, to)
  else if (typeof found === 'string') pairs.set(from, [found, to])
  else found.push(to)
}

function relationOf(pairs: Pairs): Relation {
  const values: (string | Table<true>)[] = []
  for (const to of pairs.values()) values.push(typeof to === 'string' ? to : related(to))
  return tableOf([...pairs.keys()], values)
}

/**
 * Builds the value that a relation stores for one id: a table of the related ids, or a single related id as a string.
 * `to` may contain an id twice, since two fields of one row may produce the same pair of ids.
 */
function related(to: readonly string[]): string | Table<true> {
  const table = tableOf(to, new Array<true>(to.length).fill(true))
  return table.size === 1 ? (to[0] as string) : table
}

function digestTable(credentials: readonly Rows['credentials'][]): Table<string> {
  const digests: string[] = []
  const ids: string[] = []
  for (const credential of credentials) {
    for (const digest of credential.previous.length === 0 ? [credential.digest] : digestsOf(credential)) {
      digests.push(digest)
      ids.push(credential.id)
    }
  }
  return tableOf(digests, ids)
}

function restrictionSets(
  restrictions: readonly Restriction[],
): Pick<Index, 'restrictionsOn' | 'restrictionsOnMembers' | 'restrictionsOnEveryone'> {
  const bySubject = {
    user: new Map(),
    team: new Map(),
    virtualAccount: new Map(),
    credential: new Map(),
    organization: new Map(),
  } as const
  const onMembers = new Map<string, Map<string, Restriction[]>>()
  const onEveryone: Restriction[] = []
  for (const restriction of restrictions) {
    const { subject } = restriction
    if (subject.type === 'everyone') onEveryone.push(restriction)
    else if (subject.type === 'member') {
      const ofTeam = onMembers.get(subject.team) ?? new Map<string, Restriction[]>()
      onMembers.set(subject.team, ofTeam)
      addTo(ofTeam, subject.user, restriction)
    } else addTo(bySubject[subject.type], subject.id, restriction)
  }
  return {
    restrictionsOn: {
      user: setTable(bySubject.user),
      team: setTable(bySubject.team),
      virtualAccount: setTable(bySubject.virtualAccount),
      credential: setTable(bySubject.credential),
      organization: setTable(bySubject.organization),
    },
    restrictionsOnMembers: tableOf([...onMembers.keys()], Array.from(onMembers.values(), setTable)),
    restrictionsOnEveryone: restrictionSetOf(onEveryone),
  }
}

function addTo(lists: Map<string, Restriction[]>, id: string, restriction: Restriction): void {
  const list = lists.get(id)
  if (list === undefined) lists.set(id, [restriction])
  else list.push(restriction)
}

function setTable(lists: ReadonlyMap<string, readonly Restriction[]>): Table<RestrictionSet> {
  return tableOf([...lists.keys()], Array.from(lists.values(), restrictionSetOf))
}
