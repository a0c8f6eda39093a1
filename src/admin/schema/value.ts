import * as z from 'zod'
import { RequestOutcome, RequestSubject, Wanted } from '../../model/noun/access-request.ts'
import { Assignment, RoleGrant } from '../../model/noun/holding.ts'
import { Lifecycle, ModelAlias, Target } from '../../model/noun/model-alias.ts'
import { Entitlement, Organization } from '../../model/noun/organization.ts'
import { Plan, PlanCredits } from '../../model/noun/plan.ts'
import { Model, ProviderAccountText } from '../../model/noun/provider-account.ts'
import { Restriction, RestrictionSubject } from '../../model/noun/restriction.ts'
import { Membership, User } from '../../model/noun/user.ts'
import { VirtualAccount } from '../../model/noun/virtual-account.ts'
import type { Wallet, WalletLevel } from '../../model/noun/wallet.ts'
import { Operation, Operations } from '../../model/value/operation.ts'
import { Period } from '../../model/value/period.ts'
import { Actor, Agent, Holder, Principal, type PrincipalType } from '../../model/value/principal.ts'
import { AccessGroupMember, Scope, Selector } from '../../model/value/selector.ts'
import { Window } from '../../model/value/window.ts'
import { Thing } from '../../policy/request/request.ts'
import { namedWire } from './component.ts'
import { choiceOf, shapeOf, variantsOf } from './shape.ts'

namedWire('AccessGroupMember', AccessGroupMember)
namedWire('Actor', Actor)
namedWire('Assignment', Assignment)
namedWire('Entitlement', Entitlement)
namedWire('Holder', Holder)
namedWire('Lifecycle', Lifecycle)
namedWire('Membership', Membership)
namedWire('Model', Model)
namedWire('ModelTarget', Target)
namedWire('Operation', Operation)
namedWire('Operations', Operations)
namedWire('Period', Period)
namedWire('PlanCredits', PlanCredits)
namedWire('RequestOutcome', RequestOutcome)
namedWire('RequestSubject', RequestSubject)
namedWire('RestrictionSubject', RestrictionSubject)
namedWire('RoleGrant', RoleGrant)
namedWire('Scope', Scope)
namedWire('Selector', Selector)
namedWire('Thing', Thing)
namedWire('Wanted', Wanted)
namedWire('Window', Window)
namedWire('Principal', Principal)
export const AgentBody = namedWire('Agent', Agent)

/** Names the wire form of a row, whose id has the name of its noun. */
function row(name: string, noun: string, { shape }: z.ZodObject): z.ZodType {
  const { id, ...fields } = shape
  return namedWire(name, z.strictObject({ [noun]: id, ...fields }))
}

export const OrganizationBody = row('Organization', 'organization', Organization)
export const UserBody = row('User', 'user', User)
export const VirtualAccountBody = row('VirtualAccount', 'virtualAccount', VirtualAccount)
export const ProviderAccountBody = row('ProviderAccount', 'providerAccount', ProviderAccountText)
export const ModelAliasBody = row('ModelAlias', 'alias', ModelAlias)
export const PlanBody = row('Plan', 'plan', Plan)
export const RestrictionBody = row('Restriction', 'restriction', Restriction)

const walletFields = { id: z.string(), incarnation: z.int() }
export const WalletShape = shapeOf<Wallet>({
  type: choiceOf<PrincipalType>({ user: true, team: true, virtualAccount: true }),
  ...walletFields,
})
export const WalletBody = namedWire('Wallet', WalletShape)

const memberWallet = { team: z.string(), user: z.string(), incarnation: z.int() }
export const WalletLevelShape = z.union([
  WalletShape,
  variantsOf<Exclude<WalletLevel, Wallet>>({
    organization: walletFields,
    credential: walletFields,
    member: memberWallet,
  }),
])
namedWire('WalletLevel', WalletLevelShape)
