import type { Holdings } from '../../src/model/noun/holding.ts'
import type { Restriction } from '../../src/model/noun/restriction.ts'
import type { PrincipalType } from '../../src/model/value/principal.ts'
import type { Scope as ScopeText, Selector } from '../../src/model/value/selector.ts'
import type { Window } from '../../src/model/value/window.ts'
import type { Payer } from '../../src/policy/decision/decision.ts'
import type { AssignedGroup, Gateway, Group, Name, Person, Restrictions, Scope, Span, Unit } from './gateway.ts'
import { Pattern } from './gateway.ts'
import type { Population } from './population.ts'

/**
 * Builds the gateway's Maps from a population. Each kind of object is created in one place with all its fields, so that the
 * JavaScript engine has one hidden class for it.
 */
export function makeGateway(population: Population): Gateway {
  const restrictions = restrictionsBySubject(population.restrictions)
  const on = (type: string, id: string): Restrictions | undefined => restrictions.get(type)?.get(id)
  return {
    credentials: mapOf(population.credentials, (row) => ({
      id: row.id,
      ownerType: row.owner.type,
      owner: row.owner.id,
      team: row.team,
      revoked: row.revokedAt !== undefined,
      expiresAt: row.expiresAt ?? Number.POSITIVE_INFINITY,
      scope: scopeOf(row.scope),
    })),
    users: mapOf(population.users, (row) => personOf(row, on('user', row.id))),
    teams: mapOf(population.teams, (row) => unitOf('team', row, row.plan, on('team', row.id))),
    virtualAccounts: mapOf(population.virtualAccounts, (row) =>
      unitOf('virtualAccount', row, undefined, on('virtualAccount', row.id)),
    ),
    organizations: mapOf(population.organizations, (row) => ({
      suspended: row.status === 'suspended',
      entitled: row.entitlement.type === 'unlimited' ? undefined : new Set(row.entitlement.accessGroups),
      restrictions: on('organization', row.id),
    })),
    names: mapOf(population.modelAliases, nameOf),
    groups: mapOf(population.accessGroups, groupOf),
    plans: mapOf(population.plans, (row) => row.accessGroups),
    accounts: mapOf(population.providerAccounts, (row) => ({
      suspended: row.status === 'suspended',
      anyModel: row.anyModel,
      models: mapOf(row.models, (model) => model.status === 'active'),
    })),
    everyone: on('everyone', ''),
  }
}

function mapOf<Row extends { readonly id: string }, Value>(
  rows: readonly Row[],
  make: (row: Row) => Value,
): Map<string, Value> {
  const map = new Map<string, Value>()
  for (const row of rows) map.set(row.id, make(row))
  return map
}

const spanOf = (window: Window): Span => ({
  from: window.startsAt ?? Number.NEGATIVE_INFINITY,
  to: window.expiresAt ?? Number.POSITIVE_INFINITY,
})

const nothing: readonly never[] = []
const noPayer: Payer = { type: 'none' }

function personOf(row: Population['users'][number], restrictions: Restrictions | undefined): Person {
  return {
    id: row.id,
    suspended: row.status === 'suspended',
    groups: heldOf(row.accessGroups),
    roles: rolesOf(row.roleGrants),
    restrictions,
    metered: row.metered,
    payer: payerOf('user', row),
    teams: row.teams.map(({ team }) => team),
    defaultTeam: row.defaultTeam,
  }
}

function unitOf(
  type: PrincipalType,
  row: Population['virtualAccounts'][number],
  plan: string | undefined,
  restrictions: Restrictions | undefined,
): Unit {
  return {
    id: row.id,
    suspended: row.status === 'suspended',
    groups: heldOf(row.accessGroups),
    roles: rolesOf(row.roleGrants),
    restrictions,
    metered: row.metered,
    payer: payerOf(type, row),
    organization: row.organization,
    plan,
  }
}

function heldOf(assignments: Holdings['accessGroups']): readonly AssignedGroup[] {
  if (assignments.length === 0) return nothing
  return assignments.flatMap(({ accessGroup, windows }) =>
    windows.map((window) => {
      const { from, to } = spanOf(window)
      return { group: accessGroup, from, to }
    }),
  )
}

function payerOf(type: PrincipalType, row: { id: string; metered: boolean; incarnation: number }): Payer {
  return row.metered ? { type: 'wallet', wallet: { type, id: row.id, incarnation: row.incarnation } } : noPayer
}

function rolesOf(grants: Holdings['roleGrants']): Map<string, Span[]> | undefined {
  if (grants.length === 0) return undefined
  const roles = new Map<string, Span[]>()
  for (const grant of grants) listIn(roles, grant.providerAccount).push(...grant.windows.map(spanOf))
  return roles
}

function nameOf({ id, targets, lifecycle }: Population['modelAliases'][number]): Name {
  const retiredAt =
    lifecycle.type === 'active'
      ? Number.POSITIVE_INFINITY
      : lifecycle.type === 'retired'
        ? Number.NEGATIVE_INFINITY
        : lifecycle.sunsetAt
  return { name: id, isAlias: true, targets, retiredAt }
}

function groupOf({ members }: Population['accessGroups'][number]): Group {
  const names = new Set<string>()
  const patterns: Pattern[] = []
  for (const member of members) {
    if (member.type === 'alias') names.add(member.alias)
    if (member.type === 'aliasPattern') patterns.push(new Pattern(member.pattern))
  }
  return { names, patterns, all: members.some((member) => member.type === 'allAliases') }
}

function scopeOf(scope: ScopeText): Scope | undefined {
  if (scope.type === 'all') return undefined
  const made = { names: new Set<string>(), patterns: [] as Pattern[], accounts: new Set<string>(), models: new Map() }
  for (const selector of scope.selectors) {
    if (selector.type === 'alias') made.names.add(selector.alias)
    else if (selector.type === 'pattern') made.patterns.push(new Pattern(selector.pattern))
    else if (selector.type === 'providerAccount') made.accounts.add(selector.providerAccount)
    else
      (made.models as Map<string, Set<string>>).set(
        selector.providerAccount,
        made.models.get(selector.providerAccount)?.add(selector.model) ?? new Set([selector.model]),
      )
  }
  return made
}

interface RestrictionLists {
  readonly names: Map<string, Span[]>
  readonly patterns: { readonly pattern: Pattern; readonly spans: readonly Span[] }[]
  readonly accounts: Map<string, Span[]>
  readonly models: Map<string, Map<string, Span[]>>
}

function restrictionsBySubject(rows: readonly Restriction[]): Map<string, Map<string, Restrictions>> {
  const subjects = new Map<string, Map<string, RestrictionLists>>()
  for (const { subject, selector, window } of rows) {
    if (subject.type === 'member') continue // no row of the population restricts a membership
    const id = subject.type === 'everyone' ? '' : subject.id
    const ofType = subjects.get(subject.type) ?? new Map<string, RestrictionLists>()
    subjects.set(subject.type, ofType)
    const building = ofType.get(id) ?? { names: new Map(), patterns: [], accounts: new Map(), models: new Map() }
    ofType.set(id, building)
    restrict(building, selector, spanOf(window))
  }
  return subjects
}

function restrict(building: RestrictionLists, selector: Selector, span: Span): void {
  switch (selector.type) {
    case 'alias':
      listIn(building.names, selector.alias).push(span)
      break
    case 'pattern':
      building.patterns.push({ pattern: new Pattern(selector.pattern), spans: [span] })
      break
    case 'providerAccount':
      listIn(building.accounts, selector.providerAccount).push(span)
      break
    case 'model': {
      const models = building.models.get(selector.providerAccount) ?? new Map<string, Span[]>()
      building.models.set(selector.providerAccount, models)
      listIn(models, selector.model).push(span)
    }
  }
}

function listIn<Item>(lists: Map<string, Item[]>, key: string): Item[] {
  const found = lists.get(key)
  if (found !== undefined) return found
  const made: Item[] = []
  lists.set(key, made)
  return made
}
