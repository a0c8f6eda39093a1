import type { Command } from '../../../change/message/command.ts'
import { wordOf } from '../../../change/rule/reference.ts'
import type { AccessGroup } from '../../../model/noun/access-group.ts'
import type { ModelAlias } from '../../../model/noun/model-alias.ts'
import type { Organization } from '../../../model/noun/organization.ts'
import type { ProviderAccount } from '../../../model/noun/provider-account.ts'
import type { Team } from '../../../model/noun/team.ts'
import type { VirtualAccount } from '../../../model/noun/virtual-account.ts'
import type { State } from '../../../model/state/state.ts'
import { countRelated } from '../../../model/table/relation.ts'
import { getRow, hasRow, rowsOf, type Table } from '../../../model/table/table.ts'
import { isId } from '../../../model/value/id.ts'
import { foldAscii, matchesPattern } from '../../../model/value/pattern.ts'
import { quote } from '../../../model/value/quote.ts'
import { groupsReaching } from '../../holder.ts'
import { countReferences } from '../context/assignee.ts'
import { systemCommand } from '../context/fix-command.ts'
import type { LintContext } from '../context/lint-context.ts'
import type { Detection } from '../finding.ts'
import { selectsOnAccount } from './restriction-rule.ts'
import { skeletonOf } from './skeleton.ts'
import { isOnlyNarrow } from './universal-rule.ts'

/** A table whose ids are compared with each other, with functions to check and delete a row. */
interface Namespace<Row> {
  readonly type: 'modelAlias' | 'accessGroup' | 'providerAccount' | 'team' | 'virtualAccount' | 'organization'
  readonly rows: Table<Row>
  /**
   * Whether the row is unused: no principal can use it, nothing refers to it, and deleting the row changes no decision.
   */
  readonly isUnused: (row: Row) => boolean
  readonly deletion: (id: string) => Command
}

/** Detects ids that look like an older id of the same table, including ids that differ only in case. */
export function* findLookalikes(context: LintContext): IterableIterator<Detection> {
  yield* findAmong(aliasesIn(context))
  yield* findAmong(groupsIn(context))
  yield* findAmong(accountsIn(context))
  yield* findAmong(teamsIn(context))
  yield* findAmong(virtualAccountsIn(context))
  yield* findAmong(organizationsIn(context))
}

/** The fields of a row that the rule reads. */
interface Row {
  readonly id: string
  readonly createdAt: number
}

/**
 * Detects every row of a class of lookalikes except the oldest row, so that fixing one finding does not affect another.
 * The fix deletes the detected row if the row is unused. For the second-oldest row, if that row is in use but the
 * oldest row is not, the fix deletes the oldest row.
 */
function* findAmong<R extends Row>({ type, rows, isUnused, deletion }: Namespace<R>): IterableIterator<Detection> {
  for (const lookalikes of classesOf(rows)) {
    const [oldest, ...others] = lookalikes.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
    if (oldest === undefined) continue
    for (const [i, row] of others.entries()) {
      const [name, other] = [`${wordOf(type)} ${quote(row.id)}`, quote(oldest.id)]
      const how = row.id.toLowerCase() === oldest.id.toLowerCase() ? 'differs only in case from' : 'looks like'
      const detection = {
        code: 'name_ambiguous',
        subject: { type, id: row.id },
        restsOn: oldest.id,
      } as const satisfies Partial<Detection>
      const unused = isUnused(row) ? row : i === 0 && isUnused(oldest) ? oldest : undefined
      if (unused === undefined) {
        yield { ...detection, message: `${name} ${how} ${other}, decide which of them to rename` }
      } else {
        const message = `${name} ${how} ${other}, delete ${quote(unused.id)}, which is unused`
        yield { ...detection, message, fix: [deletion(unused.id)] }
      }
    }
  }
}

/** Groups the rows of a table by the skeleton (folded form) of the id. Yields each group that has two or more rows. */
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

function aliasesIn(context: LintContext): Namespace<ModelAlias> {
  const { state } = context
  const { aliasPredecessors, aliasRestrictions, aliasCredentials, providerAccountUsers, providerAccountTeams } =
    state.index
  const hasUsers = (account: string): boolean =>
    countRelated(providerAccountUsers, account) +
      countRelated(providerAccountTeams, account) +
      countRelated(state.index.providerAccountVirtualAccounts, account) >
    0
  const isUnused = ({ id, targets }: ModelAlias): boolean =>
    countRelated(aliasPredecessors, id) + countRelated(aliasRestrictions, id) + countRelated(aliasCredentials, id) ===
      0 &&
    [...groupsReaching(id, state)].length === 0 &&
    !targets.some(({ providerAccount }) => hasUsers(providerAccount)) &&
    !hidesModel(id, context) &&
    !isSelectedByPattern((pattern) => matchesPattern(foldAscii(pattern), foldAscii(id)), context)
  const deletion = (alias: string): Command => systemCommand(context, { type: 'DeleteModelAlias', alias })
  return { type: 'modelAlias', rows: state.modelAliases, isUnused, deletion }
}

/** Whether any restriction has a pattern that passes a test. */
function isSelectedByPattern(test: (pattern: string) => boolean, context: LintContext): boolean {
  return context.patternRestrictions().some(({ selector }) => selector.type === 'pattern' && test(selector.pattern))
}

/** Whether an alias may hide a concrete model of the same name. Deleting the alias would expose the model. */
function hidesModel(name: string, { state }: LintContext): boolean {
  const slash = name.indexOf('/')
  return slash > 0 && hasRow(state.providerAccounts, name.slice(0, slash)) && isId(name.slice(slash + 1))
}

function groupsIn(context: LintContext): Namespace<AccessGroup> {
  const { state } = context
  return {
    type: 'accessGroup',
    rows: state.accessGroups,
    isUnused: ({ id }) => countReferences(id, state) === 0,
    deletion: (accessGroup) => systemCommand(context, { type: 'DeleteAccessGroup', accessGroup }),
  }
}

function accountsIn(context: LintContext): Namespace<ProviderAccount> {
  const { index, providerAccounts } = context.state
  const relations = [
    index.providerAccountUsers,
    index.providerAccountTeams,
    index.providerAccountVirtualAccounts,
    index.providerAccountAliases,
    index.providerAccountRestrictions,
    index.providerAccountAccessGroups,
    index.providerAccountCredentials,
  ]
  return {
    type: 'providerAccount',
    rows: providerAccounts,
    isUnused: (account) =>
      relations.every((relation) => countRelated(relation, account.id) === 0) &&
      !isSelectedByPattern((pattern) => selectsOnAccount(pattern, account), context),
    deletion: (providerAccount) => systemCommand(context, { type: 'DeleteProviderAccount', providerAccount }),
  }
}

function teamsIn(context: LintContext): Namespace<Team> {
  const { index, teams } = context.state
  return {
    type: 'team',
    rows: teams,
    isUnused: (row) =>
      hasNothing(row, context.state) &&
      !isOnlyNarrow({ type: 'team', row }, context) &&
      row.invitations.length === 0 &&
      row.plan === undefined &&
      countRelated(index.teamMembers, row.id) + countRelated(index.teamCredentials, row.id) === 0 &&
      !hasRow(index.restrictionsOn.team, row.id),
    deletion: (team) => systemCommand(context, { type: 'DeleteTeam', team }),
  }
}

function virtualAccountsIn(context: LintContext): Namespace<VirtualAccount> {
  const { administrators, index, virtualAccounts } = context.state
  const { virtualAccountCredentials, virtualAccountOrganizations } = index
  return {
    type: 'virtualAccount',
    rows: virtualAccounts,
    isUnused: (row) =>
      hasNothing(row, context.state) &&
      !isOnlyNarrow({ type: 'virtualAccount', row }, context) &&
      countRelated(virtualAccountCredentials, row.id) + countRelated(virtualAccountOrganizations, row.id) === 0 &&
      !administrators.some(({ type, id }) => type === 'virtualAccount' && id === row.id) &&
      !hasRow(index.restrictionsOn.virtualAccount, row.id),
    deletion: (virtualAccount) => systemCommand(context, { type: 'DeleteVirtualAccount', virtualAccount }),
  }
}

/**
 * Whether a principal has no groups (its own or its organization's), no roles and no wallet. Even an empty wallet
 * counts, because the balance is not in the state.
 */
function hasNothing({ accessGroups, roleGrants, metered, organization }: Team | VirtualAccount, state: State): boolean {
  if (accessGroups.length > 0 || roleGrants.length > 0 || metered) return false
  return getRow(state.organizations, organization).accessGroups.length === 0
}

function organizationsIn(context: LintContext): Namespace<Organization> {
  const { index, organizations } = context.state
  const { organizationTeams, organizationVirtualAccounts } = index
  return {
    type: 'organization',
    rows: organizations,
    isUnused: ({ id, admins }) =>
      admins.length === 0 &&
      countRelated(organizationTeams, id) + countRelated(organizationVirtualAccounts, id) === 0 &&
      !hasRow(index.restrictionsOn.organization, id),
    deletion: (organization) => systemCommand(context, { type: 'DeleteOrganization', organization }),
  }
}
