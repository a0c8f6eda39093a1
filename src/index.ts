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
export { type OpenAiModel, type OpenAiModels, openAiModels } from './query/openai-models.ts'
export { type QueryFault, type QueryFaultCode, queryFaultCodes, type Unanswered } from './query/query-fault.ts'
export { describeGroup, type GroupDetails } from './query/view/describe-group.ts'
export { describeTeam, type TeamDetails, type WithheldHold } from './query/view/describe-team.ts'
export {
  type GroupDetailsResponse,
  type GroupListResponse,
  type GroupResponse,
  groupDetailsResponse,
  groupListResponse,
  groupResponse,
  type TeamResponse,
  teamResponse,
} from './query/view/document-response.ts'
export type { GroupAlias } from './query/view/group-alias.ts'
export type { GroupHolder, GroupWay, WithheldHolder } from './query/view/group-holder.ts'
export type { GroupHold, Hold, Inactive, RoleHold, Withheld } from './query/view/hold.ts'
export { type GroupList, type GroupSummary, groupPageLimit, listGroups } from './query/view/list-groups.ts'
export { type Reacher, type ReacherPage, type Reachers, whoCanUse, whoCanUsePage } from './query/who/who-can-use.ts'
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
} from './query/view/access-matrix.ts'
export { describeCell } from './query/view/describe-cell.ts'
export { renderMatrixCsv } from './query/view/render-matrix-csv.ts'
export { renderMatrixMarkdown } from './query/view/render-matrix-markdown.ts'
export { renderMatrixSvg } from './query/view/render-matrix-svg.ts'
export { describeExplanation } from './query/explain/describe-explanation.ts'
export { type Explanation, explain } from './query/explain/explain.ts'
export type { ContextStory, PathStory } from './query/explain/explain-context.ts'
export type { Fact } from './query/explain/explain-fact.ts'
export type { Guard } from './query/explain/explain-guard.ts'
export { explainToCaller } from './query/explain/explain-to-caller.ts'
export { changeRequest, type RequestChange } from './query/explain/explain-trial.ts'
export type { NearMiss, UnassignedGroup } from './query/explain/near-miss.ts'
export type { CheckedRemedy, Issuer, Opening } from './query/explain/remedy.ts'
export { type Lint, lint } from './query/lint/lint.ts'
export {
  type Finding,
  type FindingCode,
  type FindingSubject,
  findingCodes,
  type Severity,
} from './query/lint/finding.ts'
export { type ManagementEntry, type Usage, type UsageEntry, usageLimit } from './query/lint/usage.ts'
export { accessGraph } from './query/view/access-graph.ts'
export type { AccessGraph, GraphCut, GraphEdge, GraphNode } from './query/view/graph.ts'
export { renderGraphMermaid } from './query/view/render-graph-mermaid.ts'
export { type AccessDiff, diffAccess, type Verdict } from './query/diff/diff-access.ts'
export type { ModelChange, ModelKept, ModelName } from './query/diff/diff-change.ts'
export type { Changes, MemberDiff, OneDiff, TeamDiff, UserDiff } from './query/diff/diff-group.ts'
export type { PowerChange } from './query/diff/diff-power.ts'
export { describeDiff } from './query/diff/describe-diff.ts'
export { describePreview } from './query/diff/describe-preview.ts'
export { type Preview, type PreviewEffect, type PreviewStep, preview, previewLimit } from './query/diff/preview.ts'
