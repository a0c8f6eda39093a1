import { holdsModel } from '../../../model/noun/group-models.ts'
import type { RoleGrant } from '../../../model/noun/holding.ts'
import type { ModelAlias, Target } from '../../../model/noun/model-alias.ts'
import { servesModel } from '../../../model/noun/provider-account.ts'
import { related } from '../../../model/table/relation.ts'
import { findRow, getRow } from '../../../model/table/table.ts'
import type { Principal } from '../../../model/value/principal.ts'
import { quote } from '../../../model/value/quote.ts'
import { isAvailable } from '../../../policy/route/effective-alias.ts'
import { holdersOfRole } from '../../holder.ts'
import { isAssigned } from '../context/assignee.ts'
import { isAliasRetired, type LintContext, unexpiredWindows } from '../context/lint-context.ts'
import { findLoadedPrincipal, phraseOf } from '../context/loaded-principal.ts'
import type { Detection } from '../finding.ts'

/**
 * Detects an alias that hides the concrete model of the same name, `account/model`, and does not lead to the model.
 * Detected only if a role or an assigned group would otherwise give the model.
 */
export function* findHiddenModel(alias: ModelAlias, context: LintContext): IterableIterator<Detection> {
  const model = findModelNamedLike(alias, context)
  if (model === undefined) return
  const isRetired = isAliasRetired(alias, context)
  if (!isRetired && alias.targets.some((target) => isSameTarget(target, model))) return
  const giver = findGiver(model, context)
  if (giver === undefined) return
  const name = quote(alias.id)
  const hiding = isRetired ? `model alias ${name} is retired, but still hides` : `model alias ${name} hides`
  yield {
    code: 'model_hidden',
    subject: { type: 'modelAlias', id: alias.id },
    message: `${hiding} the model of the same name, which ${giver} would give, replace the alias by one with another name`,
  }
}

/**
 * Returns the available model with the same name as an alias: `account/model`. `undefined` if no such model exists.
 */
function findModelNamedLike({ id }: ModelAlias, { state }: LintContext): Target | undefined {
  const slash = id.indexOf('/')
  const account = slash < 1 ? undefined : findRow(state.providerAccounts, id.slice(0, slash))
  if (account === undefined) return undefined
  const target = { providerAccount: account.id, model: id.slice(slash + 1) }
  return servesModel(account, target.model) && isAvailable(target, state) ? target : undefined
}

function isSameTarget(a: Target, b: Target): boolean {
  return a.providerAccount === b.providerAccount && a.model === b.model
}

/**
 * Returns a phrase for a grant of a concrete model: a principal's role, or an assigned access group. `undefined` if
 * none.
 */
function findGiver(model: Target, context: LintContext): string | undefined {
  const holder = findRoleHolder(model.providerAccount, context)
  if (holder !== undefined) return `the ${holder.role} role of ${phraseOf(holder.principal)}`
  const { state } = context
  for (const id of related(state.index.providerAccountAccessGroups, model.providerAccount)) {
    if (holdsModel(getRow(state.accessGroups, id).models, model) && isAssigned(id, context))
      return `access group ${quote(id)}`
  }
  return undefined
}

interface RoleHolder {
  readonly principal: Principal
  readonly role: RoleGrant['role']
}

/** Returns a principal whose role on an account has not ended. */
function findRoleHolder(providerAccount: string, { state, at }: LintContext): RoleHolder | undefined {
  const holders = holdersOfRole(providerAccount, state)
  for (const type of ['user', 'team', 'virtualAccount'] as const) {
    for (const id of holders[type]()) {
      const grant = findLoadedPrincipal({ type, id }, state)?.row.roleGrants.find(
        (one) => one.providerAccount === providerAccount && unexpiredWindows(one.windows, at).length > 0,
      )
      if (grant !== undefined) return { principal: { type, id }, role: grant.role }
    }
  }
  return undefined
}
