import type { ModelList } from '../query/list-models.ts'
import { openAiModels } from '../query/openai-models.ts'
import type { Dialect } from './call/endpoint.ts'

/** Returns the body of `GET /v1/models` in the shape of a client's provider. */
export function modelsBody(list: ModelList, dialect: Dialect): unknown {
  if (dialect === 'openai') return openAiModels(list)
  const data = list.models.map(({ name, createdAt }) => anthropicModel(name, createdAt))
  return { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null }
}

/** Returns the body of `GET /v1/models/{id}`, or `undefined` if the list does not have the model. */
export function modelBody(list: ModelList, name: string, dialect: Dialect): unknown {
  const found = list.models.find((model) => model.name === name)
  if (found === undefined) return undefined
  if (dialect === 'anthropic') return anthropicModel(found.name, found.createdAt)
  return openAiModels({ ...list, models: [found] }).data[0]
}

/** Returns the body for a model that an account serves without listing it. */
export function unlistedModelBody(name: string, dialect: Dialect): unknown {
  if (dialect === 'anthropic') return anthropicModel(name, 0)
  return { id: name, object: 'model', created: 0, owned_by: name.slice(0, name.indexOf('/')) }
}

function anthropicModel(id: string, createdAt: number): { readonly id: string } & Readonly<Record<string, unknown>> {
  return { type: 'model', id, display_name: id, created_at: new Date(createdAt).toISOString() }
}
