import type { Command } from '../../../change/message/command.ts'
import { wordOf } from '../../../change/rule/reference.ts'
import type { AccessGroup } from '../../../model/noun/access-group.ts'
import type { ModelAlias } from '../../../model/noun/model-alias.ts'
import type { Organization } from '../../../model/noun/organization.ts'
import type { ProviderAccount } from '../../../model/noun/provider-account.ts'
import type { Team } from '../../../model/noun/team.ts'
import type { VirtualAccount } from '../../../model/noun/virtual-account.ts'
import { countRelated } from '../../../model/table/relation.ts'
import { hasRow, rowsOf, type Table } from '../../../model/table/table.ts'
import { isId } from '../../../model/value/id.ts'
import { matchesPattern } from '../../../model/value/pattern.ts'
import { quote } from '../../../model/value/quote.ts'
import { groupsHolding } from '../../holder.ts'
import { order } from '../context/fix-command.ts'
import type { LintContext } from '../context/lint-context.ts'
import type { Draft } from '../finding.ts'
import { skeletonOf } from './skeleton.ts'

/** One kind of things whose names are compared with each other. */
interface Named<Row> {
  readonly type: 'modelAlias' | 'accessGroup' | 'providerAccount' | 'team' | 'virtualAccount' | 'organization'
  readonly rows: Table<Row>
  /** Whether nobody can use it and nothing refers to it, so that it can go without anybody noticing. */
  readonly isIdle: (row: Row) => boolean
  readonly deletion: (id: string) => Command
}

/** Names that differ from an older one only in case, or look like it. */
export function* findAlike(scene: LintContext): IterableIterator<Draft> {
  yield* findAmong(aliasesIn(scene), scene)
  yield* findAmong(groupsIn(scene), scene)
  yield* findAmong(accountsIn(scene), scene)
  yield* findAmong(teamsIn(scene), scene)
  yield* findAmong(virtualAccountsIn(scene), scene)
  yield* findAmong(organizationsIn(scene), scene)
}

interface Row {
  readonly id: string
  readonly createdAt: number
}

/**
 * Every name but the oldest of those that look alike is a finding, whatever becomes of the others: a finding that is
 * mended leaves the rest as they are. The newer name goes if it is idle, else the oldest, where that helps.
 */
function* findAmong<R extends Row>(
  { type, rows, isIdle, deletion }: Named<R>,
  _: LintContext,
): IterableIterator<Draft> {
  for (const same of classesOf(rows)) {
    const [oldest, ...others] = same.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
    if (oldest === undefined) continue
    for (const [i, row] of others.entries()) {
      const [name, other] = [`${wordOf(type)} ${quote(row.id)}`, quote(oldest.id)]
      const how = row.id.toLowerCase() === oldest.id.toLowerCase() ? 'differs only in case from' : 'looks like'
      const draft = { code: 'name_ambiguous', subject: { type, id: row.id }, because: oldest.id } as const
      const gone = isIdle(row) ? row : i === 0 && isIdle(oldest) ? oldest : undefined
      if (gone === undefined) {
        yield { ...draft, message: `${name} ${how} ${other}, decide which of them is to have another name` }
      } else {
        const message = `${name} ${how} ${other}, delete ${quote(gone.id)}, which nobody uses`
        yield { ...draft, message, fix: [deletion(gone.id)] }
      }
    }
  }
}

function* classesOf<R extends Row>(rows: Table<R>): IterableIterator<R[]> {
  const first = new Map<string, R>()
  const several = new Map<string, R[]>()
  for (const row of rowsOf(rows)) {
    const skeleton = skeletonOf(row.id)
    const other = first.get(skeleton)
    if (other === undefined) {
      first.set(skeleton, row)
      continue
    }
    const list = several.get(skeleton)
    if (list === undefined) several.set(skeleton, [other, row])
    else list.push(row)
  }
  yield* several.values()
}

function aliasesIn(scene: LintContext): Named<ModelAlias> {
  const { state } = scene
  const { aliasPredecessors, aliasRestrictions, providerAccountUsers, providerAccountTeams } = state.index
  const hasUsers = (account: string): boolean =>
    countRelated(providerAccountUsers, account) +
      countRelated(providerAccountTeams, account) +
      countRelated(state.index.providerAccountVirtualAccounts, account) >
    0
  const isIdle = ({ id, targets }: ModelAlias): boolean =>
    countRelated(aliasPredecessors, id) + countRelated(aliasRestrictions, id) === 0 &&
    groupsHolding(id, state).next().done === true &&
    !targets.some(({ providerAccount }) => hasUsers(providerAccount)) &&
    !isConcrete(id, scene) &&
    !scene.patterns().some(({ selector }) => selector.type === 'aliasPattern' && matchesPattern(selector.pattern, id))
  const deletion = (alias: string): Command => order(scene, { type: 'DeleteModelAlias', alias })
  return { type: 'modelAlias', rows: state.modelAliases, isIdle, deletion }
}

/** Whether the name would be a concrete model's if it were no alias: deleting the alias would open that. */
function isConcrete(name: string, { state }: LintContext): boolean {
  const slash = name.indexOf('/')
  return slash > 0 && hasRow(state.providerAccounts, name.slice(0, slash)) && isId(name.slice(slash + 1))
}

function groupsIn(scene: LintContext): Named<AccessGroup> {
  const { state } = scene
  const { accessGroupUsers, accessGroupTeams, accessGroupVirtualAccounts } = state.index
  const { accessGroupPlans, accessGroupOrganizations } = state.index
  const relations = [
    accessGroupUsers,
    accessGroupTeams,
    accessGroupVirtualAccounts,
    accessGroupPlans,
    accessGroupOrganizations,
  ]
  return {
    type: 'accessGroup',
    rows: state.accessGroups,
    isIdle: ({ id }) => relations.every((relation) => countRelated(relation, id) === 0),
    deletion: (accessGroup) => order(scene, { type: 'DeleteAccessGroup', accessGroup }),
  }
}

function accountsIn(scene: LintContext): Named<ProviderAccount> {
  const { index, providerAccounts } = scene.state
  const relations = [
    index.providerAccountUsers,
    index.providerAccountTeams,
    index.providerAccountVirtualAccounts,
    index.providerAccountAliases,
    index.providerAccountRestrictions,
  ]
  return {
    type: 'providerAccount',
    rows: providerAccounts,
    isIdle: ({ id }) => relations.every((relation) => countRelated(relation, id) === 0),
    deletion: (providerAccount) => order(scene, { type: 'DeleteProviderAccount', providerAccount }),
  }
}

function teamsIn(scene: LintContext): Named<Team> {
  const { index, teams } = scene.state
  return {
    type: 'team',
    rows: teams,
    isIdle: (row) =>
      holdsNothing(row) &&
      row.plan === undefined &&
      countRelated(index.teamMembers, row.id) + countRelated(index.teamCredentials, row.id) === 0 &&
      !hasRow(index.restrictionsOn.team, row.id),
    deletion: (team) => order(scene, { type: 'DeleteTeam', team }),
  }
}

function virtualAccountsIn(scene: LintContext): Named<VirtualAccount> {
  const { administrators, index, virtualAccounts } = scene.state
  const { virtualAccountCredentials, virtualAccountOrganizations } = index
  return {
    type: 'virtualAccount',
    rows: virtualAccounts,
    isIdle: (row) =>
      holdsNothing(row) &&
      countRelated(virtualAccountCredentials, row.id) + countRelated(virtualAccountOrganizations, row.id) === 0 &&
      !administrators.some(({ type, id }) => type === 'virtualAccount' && id === row.id) &&
      !hasRow(index.restrictionsOn.virtualAccount, row.id),
    deletion: (virtualAccount) => order(scene, { type: 'DeleteVirtualAccount', virtualAccount }),
  }
}

/** Whether a principal has nothing, no wallet included: nobody can tell what is in one. */
function holdsNothing({ accessGroups, roleGrants, metered }: Team | VirtualAccount): boolean {
  return accessGroups.length === 0 && roleGrants.length === 0 && !metered
}

function organizationsIn(scene: LintContext): Named<Organization> {
  const { index, organizations } = scene.state
  const { organizationTeams, organizationVirtualAccounts } = index
  return {
    type: 'organization',
    rows: organizations,
    isIdle: ({ id, admins }) =>
      admins.length === 0 &&
      countRelated(organizationTeams, id) + countRelated(organizationVirtualAccounts, id) === 0 &&
      !hasRow(index.restrictionsOn.organization, id),
    deletion: (organization) => order(scene, { type: 'DeleteOrganization', organization }),
  }
}
