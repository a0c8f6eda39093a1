// 1. The shared answer and its faults
export type { Access, AccessPayer } from './access.ts'
export type { NameMatcher } from './name-matcher.ts'
export { isAmongModels, type OpenModels } from './open-class.ts'
export { type QueryFault, type QueryFaultCode, queryFaultCodes, type QueryFailure } from './query-fault.ts'

// 2. What a caller may use, and who can use it
export { type ListedModel, listModels, type ModelList, type ModelListOptions, type OpenAccount } from './list-models.ts'
export { type OpenAiModel, type OpenAiModels, openAiModels } from './openai-models.ts'
export {
  type PrincipalAccess,
  type PrincipalAccessPage,
  type PrincipalsWithAccess,
  whoCanUse,
  whoCanUsePage,
} from './who/who-can-use.ts'
export type { Usable } from './who/access-target.ts'

// 3. Why, and what would change it
export { formatExplanation } from './explain/describe/format-explanation.ts'
export { type Explanation, explain } from './explain/explain.ts'
export type { ContextTrace, PathTrace } from './explain/trace/context-trace.ts'
export type { Fact } from './explain/trace/fact.ts'
export type { Guard } from './explain/trace/guard.ts'
export { explainToCaller } from './explain/explain-to-caller.ts'
export { changeRequest, type RequestChange } from './explain/trace/what-if.ts'
export type { NearMiss, UnassignedGroup } from './explain/near-miss/near-miss.ts'
export type { CheckedRemedy, Issuer, AccessGain } from './explain/remedy/remedy.ts'

// 4. What changed, and what would
export { type AccessDiff, diffAccess, type Direction } from './diff/diff-access.ts'
export type { AmbiguousTeams, ModelChange, ModelKept, ModelName } from './diff/diff-change.ts'
export type { Changes, MemberDiff, OneDiff, TeamDiff, UserDiff } from './diff/diff-group.ts'
export type { PowerChange } from './diff/diff-power.ts'
export { formatDiff } from './diff/format-diff.ts'
export { formatPreview } from './diff/format-preview.ts'
export { type Preview, type PreviewEffect, type PreviewStep, preview, previewLimit } from './diff/preview.ts'
export type { PreviewAllowance, PreviewCredits } from './diff/preview-credit.ts'

// 5. What could be tidier
export { type Lint, type LintOptions, lint } from './lint/lint.ts'
export {
  type Finding,
  type FindingCode,
  type FindingSubject,
  findingCodes,
  type Severity,
} from './lint/finding.ts'
export { type ManagementEntry, type Usage, type UsageEntry, usageLimit } from './lint/context/usage.ts'

// 6. Tables, graphs and directory pages
export { describeGroup, type GroupDetails } from './view/directory/describe-group.ts'
export { describeTeam, type TeamDetails, type IneffectiveAssignment } from './view/directory/describe-team.ts'
export {
  type AccessRequestCursor,
  type AccessRequestList,
  type AccessRequestSummary,
  type DecidableRequest,
  type Decider,
  type ListAccessRequestsOptions,
  listAccessRequests,
  listOwnAccessRequests,
  type OwnAccessRequest,
  type OwnAccessRequestList,
  requestPageLimit,
} from './view/directory/list-access-requests.ts'
export {
  type InvitationList,
  listInvitations,
  type PendingInvitation,
  type UserInvitation,
} from './view/directory/list-invitations.ts'
export {
  type GroupDetailsResponse,
  type GroupListResponse,
  type GroupResponse,
  groupDetailsResponse,
  groupListResponse,
  groupResponse,
  type TeamResponse,
  teamResponse,
} from './view/directory/saas-api-response.ts'
export type { GroupAlias, GroupModel, OpenPattern } from './view/directory/group-alias.ts'
export type { GroupHolder, GroupWay, IneffectiveHolder } from './view/directory/group-holder.ts'
export type {
  GroupAssignmentStatus,
  AssignmentStatus,
  InactiveReason,
  RoleAssignmentStatus,
  IneffectiveReason,
} from './view/assignment-status.ts'
export {
  type CredentialFilter,
  type CredentialList,
  type CredentialSummary,
  credentialPageLimit,
  type ListCredentialsOptions,
  listCredentials,
} from './view/directory/list-credentials.ts'
export {
  type GroupList,
  type GroupSummary,
  groupPageLimit,
  type ListGroupsOptions,
  listGroups,
} from './view/directory/list-groups.ts'
export {
  type AccessKind,
  type AccessMatrix,
  accessMatrix,
  type MatrixCell,
  type MatrixColumn,
  type MatrixOptions,
  type MatrixRow,
  matrixLimit,
} from './view/matrix/access-matrix.ts'
export { formatCell } from './view/matrix/format-cell.ts'
export { renderMatrixCsv } from './view/matrix/render-matrix-csv.ts'
export { renderMatrixMarkdown } from './view/matrix/render-matrix-markdown.ts'
export { renderMatrixSvg } from './view/matrix/render-matrix-svg.ts'
export { accessGraph } from './view/graph/access-graph.ts'
export type { AccessGraph, GraphCut, GraphEdge, GraphNode } from './view/graph/graph.ts'
export { renderGraphMermaid } from './view/graph/render-graph-mermaid.ts'
