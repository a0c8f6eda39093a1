import type { Target } from '../../../model/noun/model-alias.ts'
import { isoOf } from '../render-text.ts'
import type { GroupDetails } from './describe-group.ts'
import type { TeamDetails } from './describe-team.ts'
import type { GroupList } from './list-groups.ts'

/** What the document's `POST create` answers with. */
export interface GroupResponse {
  readonly group_name: string
  readonly description: string | null
  readonly model_aliases: readonly string[]
  readonly created_at: string
}

/** What the document's list of all access groups answers with. */
export interface GroupListResponse {
  readonly access_groups: readonly {
    readonly group_name: string
    readonly description: string | null
    readonly model_count: number
    readonly team_count: number
  }[]
}

/** What the document's details of an access group answer with. */
export interface GroupDetailsResponse {
  readonly group_name: string
  readonly description: string | null
  readonly model_aliases: readonly {
    readonly alias: string
    readonly litellm_model: string | null
    readonly description: string | null
  }[]
  readonly teams_with_access: readonly string[]
}

/** A team in the words with which the document creates one; its credits are in the ledger. */
export interface TeamResponse {
  readonly organization_id: string
  readonly team_id: string
  readonly team_alias: string | null
  readonly access_groups: readonly string[]
}

/** A group as it was made, in the document's own JSON: names in their order, the instant as ISO 8601 in UTC. */
export function groupResponse({ accessGroup, description, modelAliases, createdAt }: GroupDetails): GroupResponse {
  return {
    group_name: accessGroup,
    description: description ?? null,
    model_aliases: modelAliases.map(({ alias }) => alias),
    created_at: isoOf(createdAt),
  }
}

/** A page of groups in the document's own JSON. */
export function groupListResponse({ groups }: GroupList): GroupListResponse {
  return {
    access_groups: groups.map(({ accessGroup, description, modelCount, teamCount }) => ({
      group_name: accessGroup,
      description: description ?? null,
      model_count: modelCount,
      team_count: teamCount,
    })),
  }
}

/** A group's details in the document's own JSON. An alias with several targets shows the first, which a gateway tries first. */
export function groupDetailsResponse(details: GroupDetails): GroupDetailsResponse {
  return {
    group_name: details.accessGroup,
    description: details.description ?? null,
    model_aliases: details.modelAliases.map(({ alias, targets: [first], description }) => ({
      alias,
      litellm_model: first === undefined ? null : nameOf(first),
      description: description ?? null,
    })),
    teams_with_access: details.teamsWithAccess,
  }
}

/** A team in the document's own words. `access_groups` are those that it has now, its plan's included. */
export function teamResponse({ organization, team, name, accessGroups }: TeamDetails): TeamResponse {
  return { organization_id: organization, team_id: team, team_alias: name ?? null, access_groups: accessGroups }
}

const nameOf = ({ providerAccount, model }: Target): string => `${providerAccount}/${model}`
