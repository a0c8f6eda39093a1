// 1. model: the nouns
export type { AccessGroup } from './model/access-group.ts'
export { checkState } from './model/check-state.ts'
export type { Credential } from './model/credential.ts'
export { CreditText, credit, creditLimit, creditScale, formatCredit } from './model/credit.ts'
export { Defect } from './model/defect.ts'
export { fromSnapshot, type Restored, type SnapshotFault, type SnapshotFaultCode } from './model/from-snapshot.ts'
export type { Assignment, Role, RoleGrant } from './model/holding.ts'
export type { Digest, Id } from './model/id.ts'
export type { Instant } from './model/instant.ts'
export { type InvariantName, invariants, type Violation } from './model/invariant.ts'
export { isState } from './model/is-state.ts'
export type { Issue } from './model/issue.ts'
export type { Lifecycle, ModelAlias, Target } from './model/model-alias.ts'
export type { Entitlement, Organization } from './model/organization.ts'
export { matchesPattern } from './model/pattern.ts'
export type { Plan } from './model/plan.ts'
export type { Actor, Agent, Principal } from './model/principal.ts'
export type { Model, ProviderAccount, Settings } from './model/provider-account.ts'
export type { Restriction, RestrictionSubject } from './model/restriction.ts'
export type { AccessGroupMember, Scope, Selector } from './model/selector.ts'
export type { Snapshot } from './model/snapshot.ts'
export { emptyState, type State } from './model/state.ts'
export { entries, find, get, has, idsOf, rowsOf, type Table } from './model/table.ts'
export type { Team } from './model/team.ts'
export { membersOf, toSnapshot } from './model/to-snapshot.ts'
export type { Membership, TeamRole, User } from './model/user.ts'
export type { VirtualAccount } from './model/virtual-account.ts'
export type { LedgerWallet, Wallet } from './model/wallet.ts'
export type { Window, Windows } from './model/window.ts'

// 2. policy: may this caller, over which routes, who pays, and why?
export { authorize } from './policy/authorize.ts'
export { answerCaller, type CallerAnswer, type CallerReason } from './policy/caller-answer.ts'
export type {
  CacheScope,
  Decision,
  Denied,
  ManageAllowed,
  ManageDecision,
  Notice,
  Payer,
  Power,
  Reach,
  Route,
  UseAllowed,
  UseDecision,
} from './policy/decision.ts'
export { type DenialLevel, type DenialReason, denialReasons, type Remedy } from './policy/denial.ts'
export { describeDecision } from './policy/describe.ts'
export { ManageRequest, Request, Thing, UseRequest, Who } from './policy/request.ts'

// 3. change: commands → events → state
export { type Applied, apply, replay } from './change/apply.ts'
export { Command } from './change/command.ts'
export { decide } from './change/decide.ts'
export type { Decided } from './change/decided.ts'
export { Event } from './change/event.ts'
export { evolve } from './change/evolve.ts'
export { thingOf } from './change/permission.ts'
export { type Reference, type Rejection, type RejectionCode, rejectionCodes } from './change/rejection.ts'

// 4. query: questions about many decisions at once
export type { Access, AccessPayer } from './query/access.ts'
export { type ListedModel, listModels, type ModelList, type OpenAccount } from './query/list-models.ts'
export { type QueryFault, type QueryFaultCode, queryFaultCodes, type Unanswered } from './query/query-fault.ts'
