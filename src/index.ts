// 1. model: the nouns
export type { AccessGroup } from './model/noun/access-group.ts'
export { checkState } from './model/state/check-state.ts'
export type { Credential } from './model/noun/credential.ts'
export { CreditText, credit, creditLimit, creditScale, formatCredit } from './model/value/credit.ts'
export { Defect } from './model/value/defect.ts'
export {
  fromSnapshot,
  type Restored,
  type SnapshotFault,
  type SnapshotFaultCode,
} from './model/snapshot/from-snapshot.ts'
export type { Assignment, Role, RoleGrant } from './model/noun/holding.ts'
export type { Digest, Id } from './model/value/id.ts'
export type { Instant } from './model/value/instant.ts'
export { type InvariantName, invariants, type Violation } from './model/state/invariant.ts'
export { isState } from './model/state/is-state.ts'
export type { Issue } from './model/value/issue.ts'
export type { Lifecycle, ModelAlias, Target } from './model/noun/model-alias.ts'
export type { Entitlement, Organization } from './model/noun/organization.ts'
export { matchesPattern } from './model/value/pattern.ts'
export type { Plan } from './model/noun/plan.ts'
export type { Actor, Agent, Principal } from './model/value/principal.ts'
export type { Model, ProviderAccount, Settings } from './model/noun/provider-account.ts'
export type { Restriction, RestrictionSubject } from './model/noun/restriction.ts'
export type { AccessGroupMember, Scope, Selector } from './model/value/selector.ts'
export type { Snapshot } from './model/snapshot/snapshot.ts'
export { emptyState, type State } from './model/state/state.ts'
export { entries, findRow, getRow, hasRow, idsOf, rowsOf, type Table } from './model/table/table.ts'
export type { Team } from './model/noun/team.ts'
export { membersOf, toSnapshot } from './model/snapshot/to-snapshot.ts'
export type { Membership, TeamRole, User } from './model/noun/user.ts'
export type { VirtualAccount } from './model/noun/virtual-account.ts'
export type { LedgerWallet, Wallet } from './model/noun/wallet.ts'
export type { Window, Windows } from './model/value/window.ts'

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
export { formatDecision } from './policy/format-decision.ts'
export { ManageRequest, Request, Thing, UseRequest, Who } from './policy/request.ts'

// 3. change: commands → events → state
export { type Applied, apply, replay } from './change/apply.ts'
export { type AppliedAs, applyAs } from './change/apply-as.ts'
export { Command } from './change/message/command.ts'
export { decide } from './change/decide.ts'
export { type ParsedCommand, parseCommand } from './change/message/parse-command.ts'
export type { Decided } from './change/rule/decided.ts'
export { Event } from './change/message/event.ts'
export { evolve } from './change/evolve.ts'
export { thingOf } from './change/decide.ts'
export { type Reference, type Rejection, type RejectionCode, rejectionCodes } from './change/message/rejection.ts'

// 4. query: questions about many decisions at once
export type { Access, AccessPayer } from './query/access.ts'
export { type ListedModel, listModels, type ModelList, type OpenAccount } from './query/list-models.ts'
export { type OpenAiModel, type OpenAiModels, openAiModels } from './query/openai-models.ts'
export { type QueryFault, type QueryFaultCode, queryFaultCodes, type QueryFailure } from './query/query-fault.ts'
export { describeGroup, type GroupDetails } from './query/view/directory/describe-group.ts'
export { describeTeam, type TeamDetails, type WithheldAssignment } from './query/view/directory/describe-team.ts'
export {
  type GroupDetailsResponse,
  type GroupListResponse,
  type GroupResponse,
  groupDetailsResponse,
  groupListResponse,
  groupResponse,
  type TeamResponse,
  teamResponse,
} from './query/view/directory/api-response.ts'
export type { GroupAlias } from './query/view/directory/group-alias.ts'
export type { GroupHolder, GroupWay, WithheldHolder } from './query/view/directory/group-holder.ts'
export type {
  GroupAssignmentStatus,
  AssignmentStatus,
  Inactive,
  RoleAssignmentStatus,
  Withheld,
} from './query/view/assignment-status.ts'
export { type GroupList, type GroupSummary, groupPageLimit, listGroups } from './query/view/directory/list-groups.ts'
export {
  type PrincipalAccess,
  type PrincipalAccessPage,
  type PrincipalsWithAccess,
  whoCanUse,
  whoCanUsePage,
} from './query/who/who-can-use.ts'
export type { Usable } from './query/who/who-can-use-sought.ts'
export {
  type AccessKind,
  type AccessMatrix,
  accessMatrix,
  type MatrixCell,
  type MatrixColumn,
  type MatrixOptions,
  type MatrixRow,
  matrixLimit,
} from './query/view/matrix/access-matrix.ts'
export { describeCell } from './query/view/matrix/describe-cell.ts'
export { renderMatrixCsv } from './query/view/matrix/render-matrix-csv.ts'
export { renderMatrixMarkdown } from './query/view/matrix/render-matrix-markdown.ts'
export { renderMatrixSvg } from './query/view/matrix/render-matrix-svg.ts'
export { formatExplanation } from './query/explain/describe/format-explanation.ts'
export { type Explanation, explain } from './query/explain/explain.ts'
export type { ContextTrace, PathTrace } from './query/explain/trace/context-trace.ts'
export type { Fact } from './query/explain/trace/fact.ts'
export type { Guard } from './query/explain/trace/guard.ts'
export { explainToCaller } from './query/explain/explain-to-caller.ts'
export { changeRequest, type RequestChange } from './query/explain/trace/trial.ts'
export type { NearMiss, UnassignedGroup } from './query/explain/near-miss/near-miss.ts'
export type { CheckedRemedy, Issuer, AccessGain } from './query/explain/remedy/remedy.ts'
export { type Lint, lint } from './query/lint/lint.ts'
export {
  type Finding,
  type FindingCode,
  type FindingSubject,
  findingCodes,
  type Severity,
} from './query/lint/finding.ts'
export { type ManagementEntry, type Usage, type UsageEntry, usageLimit } from './query/lint/context/usage.ts'
export { accessGraph } from './query/view/graph/access-graph.ts'
export type { AccessGraph, GraphCut, GraphEdge, GraphNode } from './query/view/graph/graph.ts'
export { renderGraphMermaid } from './query/view/graph/render-graph-mermaid.ts'
export { type AccessDiff, diffAccess, type Direction } from './query/diff/diff-access.ts'
export type { ModelChange, ModelKept, ModelName } from './query/diff/diff-change.ts'
export type { Changes, MemberDiff, OneDiff, TeamDiff, UserDiff } from './query/diff/diff-group.ts'
export type { PowerChange } from './query/diff/diff-power.ts'
export { formatDiff } from './query/diff/format-diff.ts'
export { formatPreview } from './query/diff/format-preview.ts'
export { type Preview, type PreviewEffect, type PreviewStep, preview, previewLimit } from './query/diff/preview.ts'
