import type { ModelCall } from './model-call.ts'

/** How the body of a call changes on its way to an upstream. */
export interface BodyChange {
  /** The model's name for the upstream. */
  readonly model: string
  /** The bound of the output tokens of one choice, if it is not the client's. */
  readonly maxTokens?: number | undefined
  /** The field for the bound, if the client set none. */
  readonly maxTokensField?: string | undefined
  /** Whether to ask for a last chunk with the usage of a stream. */
  readonly includeUsage: boolean
}

/**
 * Returns the body of a call for an upstream. JSON is written again from its value, and a form from its fields, so that an
 * upstream cannot read another model than the one that was judged.
 */
export function upstreamBody(call: ModelCall, change: BodyChange): string | FormData {
  const { model, maxTokens, maxTokensField, includeUsage } = change
  if (call.body.type === 'form') return withModel(call.body.form, model)
  const { value } = call.body
  const body: Record<string, unknown> = { ...value, model }
  if (maxTokens !== undefined) {
    const fields =
      call.maxTokensFields.length > 0 || maxTokensField === undefined ? call.maxTokensFields : [maxTokensField]
    for (const field of fields) body[field] = Math.min(maxTokens, Number(body[field] ?? maxTokens))
  }
  if (includeUsage) body['stream_options'] = { ...(value['stream_options'] as object | null), include_usage: true }
  return JSON.stringify(body)
}

function withModel(form: FormData, model: string): FormData {
  const changed = new FormData()
  for (const [name, part] of form) if (name !== 'model') changed.append(name, part)
  changed.append('model', model)
  return changed
}
