import type { Target } from '../../../model/noun/model-alias.ts'
import { isoOf } from '../../phrase.ts'
import type { GroupDetails } from './describe-group.ts'
import type { TeamDetails } from './describe-team.ts'
import type { GroupList } from './list-groups.ts'

// The response bodies of the model-access-group API of the SaaS LiteLLM API. Field names are that API's.

/** The body of the SaaS API's response to creating a model access group. */
export interface GroupResponse {
  readonly group_name: string
  readonly description: string | null
  readonly model_aliases: readonly string[]
  readonly created_at: string
}

/** The body of the SaaS API's list of model access groups. */
export interface GroupListResponse {
  readonly access_groups: readonly {
    readonly group_name: string
    readonly description: string | null
    readonly model_count: number
    readonly team_count: number
  }[]
}

/** The body of the SaaS API's details of a model access group. */
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

/**
 * A team with the fields of the SaaS API's request to create a team. Credits are left out, because they are in the
 * ledger.
 */
export interface TeamResponse {
  readonly organization_id: string
  readonly team_id: string
  readonly team_alias: string | null
  readonly access_groups: readonly string[]
}

/**
 * Returns the SaaS API's response to creating a group. Lists aliases and then concrete models as `account/model`, each
 * sorted by name. The instant is ISO 8601 in UTC.
 */
export function groupResponse(details: GroupDetails): GroupResponse {
  const { accessGroup, description, modelAliases, models, createdAt } = details
  return {
    group_name: accessGroup,
    description: description ?? null,
    model_aliases: [...modelAliases.map(({ alias }) => alias), ...models.map(nameOf)],
    created_at: isoOf(createdAt),
  }
}

/** Returns the SaaS API's response that lists a page of groups. */
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

/**
 * Returns the SaaS API's response with the details of a group. An alias with several targets shows only the target that
 * a gateway tries first. A concrete model is shown under its own name.
 */
export function groupDetailsResponse(details: GroupDetails): GroupDetailsResponse {
  return {
    group_name: details.accessGroup,
    description: details.description ?? null,
    model_aliases: [
      ...details.modelAliases.map(({ alias, targets: [first], description }) => ({
        alias,
        litellm_model: first === undefined ? null : nameOf(first),
        description: description ?? null,
      })),
      ...details.models.map((model) => ({ alias: nameOf(model), litellm_model: nameOf(model), description: null })),
    ],
    teams_with_access: details.teamsWithAccess,
  }
}

/**
 * Returns a team with the fields of the SaaS API. `access_groups` are the groups in effect now, including the groups of
 * the team's plan.
 */
export function teamResponse({ organization, team, name, accessGroups }: TeamDetails): TeamResponse {
  return { organization_id: organization, team_id: team, team_alias: name ?? null, access_groups: accessGroups }
}

const nameOf = ({ providerAccount, model }: Target): string => `${providerAccount}/${model}`
