import type { ModelList } from './list-models.ts'

/** One model as OpenAI's `GET /v1/models` describes it. `created` is in whole epoch seconds. */
export interface OpenAiModel {
  readonly id: string
  readonly object: 'model'
  readonly created: number
  readonly owned_by: string
}

/** The body of OpenAI's `GET /v1/models`. */
export interface OpenAiModels {
  readonly object: 'list'
  readonly data: readonly OpenAiModel[]
}

/**
 * A list as the body that clients of OpenAI's `GET /v1/models` read. It names what the caller may call and nothing else:
 * an alias is owned by the gateway, under whatever name that is given, and a concrete model by its provider account, which
 * its name says already. Accounts that serve any model are left out: they have no names to list.
 */
export function openAiModels(list: ModelList, gateway = 'gateway'): OpenAiModels {
  const data = list.models.map(({ type, name, createdAt }): OpenAiModel => {
    const owner = type === 'alias' ? gateway : name.slice(0, name.indexOf('/'))
    return { id: name, object: 'model', created: Math.floor(createdAt / 1000), owned_by: owner }
  })
  return { object: 'list', data }
}
