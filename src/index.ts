// 1. model: the nouns, the state that holds them, and its snapshots
export type { AccessGroup } from './model/noun/access-group.ts'
export type { AccessRequest, RequestOutcome, RequestSubject, Wanted } from './model/noun/access-request.ts'
export { checkState } from './model/state/check-state.ts'
export { findCredentialByDigest } from './model/state/find-credential.ts'
export type { Credential } from './model/noun/credential.ts'
export { credit, creditLimit, formatCredit } from './model/value/credit.ts'
export { Defect } from './model/value/defect.ts'
export { fromSnapshot } from './model/snapshot/from-snapshot.ts'
export { fromSnapshotParts } from './model/snapshot/from-snapshot-parts.ts'
export type { Assignment, Role, RoleGrant } from './model/noun/holding.ts'
export type { Digest, Id } from './model/value/id.ts'
export type { Instant } from './model/value/instant.ts'
export { type StateInvariant, stateInvariants, type StateViolation } from './model/state/invariant.ts'
export type { Invitation } from './model/noun/invitation.ts'
export type { Issue } from './model/value/issue.ts'
export type { Lifecycle, ModelAlias, Target } from './model/noun/model-alias.ts'
export type { Entitlement, Organization } from './model/noun/organization.ts'
export type { Period } from './model/value/period.ts'
export type { Plan, PlanCredits } from './model/noun/plan.ts'
export type { Actor, Agent, Holder, MembershipReference, Principal } from './model/value/principal.ts'
export type { Model, ProviderAccount, Settings } from './model/noun/provider-account.ts'
export type { Restriction, RestrictionSubject } from './model/noun/restriction.ts'
export type { Operation, Operations } from './model/value/operation.ts'
export { operations } from './model/value/operation.ts'
export type { AccessGroupMember, Scope, Selector } from './model/value/selector.ts'
export type { Restored, SnapshotFault, SnapshotFaultCode } from './model/snapshot/restore.ts'
export type { Snapshot } from './model/snapshot/snapshot.ts'
export { snapshotParts } from './model/snapshot/snapshot-parts.ts'
export { emptyState, type State } from './model/state/state.ts'
export { findRow, getRow, hasRow, idsOf, rowsOf, type Table } from './model/table/table.ts'
export type { Team } from './model/noun/team.ts'
export { membersOf } from './model/noun/access-group.ts'
export { toSnapshot } from './model/snapshot/to-snapshot.ts'
export type { Membership, TeamRole, User } from './model/noun/user.ts'
export type { VirtualAccount } from './model/noun/virtual-account.ts'
export type { Wallet, WalletLevel } from './model/noun/wallet.ts'
export type { Window, Windows } from './model/value/window.ts'

// 2. policy: may this caller use or manage this, over which routes, who pays, and why?
export { authorize } from './policy/authorize.ts'
export type { Contact } from './model/value/contact.ts'
export { answerCaller, type CallerAnswer, type CallerReason } from './policy/decision/caller-answer.ts'
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
} from './policy/decision/decision.ts'
export { type DenialLevel, type DenialReason, denialReasons, type Remedy } from './policy/decision/denial.ts'
export { formatDecision } from './policy/decision/format-decision.ts'
export { type ParsedRequest, parseRequest } from './policy/request/parse-request.ts'
export { ManageRequest, Request, type RequestCredits, Thing, UseRequest, Who } from './policy/request/request.ts'

// 3. change: commands → events → state
export { type Applied, apply } from './change/apply.ts'
export { replay } from './change/replay.ts'
export { type AppliedAs, applyAs } from './change/apply-as.ts'
export { Command } from './change/message/command.ts'
export { decide } from './change/decide.ts'
export { type ParsedCommand, parseCommand } from './change/message/parse-command.ts'
export type { Decided } from './change/rule/decided.ts'
export { Event, eventSchema } from './change/message/event.ts'
export { type EventSubject, subjectsOf } from './change/message/event-subject.ts'
export { evolve } from './change/evolve.ts'
export { type ReadEvent, readEvent } from './change/read-event.ts'
export { thingOf } from './change/decide.ts'
export { type Reference, type Rejection, type RejectionCode, rejectionCodes } from './change/message/rejection.ts'

// 4. port: the store of the events
export type {
  CommandKey,
  Commit,
  Committed,
  CommittedCommand,
  Loaded,
  LogPage,
  LogQuery,
  LogSubject,
  Recorded,
  Repository,
  RepositoryCapabilities,
  StoredEvent,
  StoredSnapshot,
  Watch,
} from './port/repository.ts'
export { RepositoryError, type RepositoryErrorCode, type RepositoryOutcome } from './port/repository-error.ts'
