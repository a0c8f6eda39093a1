import type { ModelList } from './list-models.ts'

/** One model in the format of OpenAI's `GET /v1/models`. `created` is in whole epoch seconds. */
export interface OpenAiModel {
  readonly id: string
  readonly object: 'model'
  readonly created: number
  readonly owned_by: string
}

/** The response body of OpenAI's `GET /v1/models`. */
export interface OpenAiModels {
  readonly object: 'list'
  readonly data: readonly OpenAiModel[]
}

/**
 * Converts a model list to the body of OpenAI's `GET /v1/models`. The body contains only names that the caller may use.
 * The owner of an alias is `gateway`; the owner of a concrete model is the model's provider account. Accounts with
 * `anyModel` add no entry, because their unlisted models have no fixed names.
 */
export function openAiModels(list: ModelList, gateway = 'gateway'): OpenAiModels {
  const data = list.models.map(({ type, name, createdAt }): OpenAiModel => {
    const owner = type === 'alias' ? gateway : name.slice(0, name.indexOf('/'))
    return { id: name, object: 'model', created: Math.floor(createdAt / 1000), owned_by: owner }
  })
  return { object: 'list', data }
}
