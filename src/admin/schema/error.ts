import * as z from 'zod'
import type { ErrorBody, ProblemBody, RefusalError } from '../../gateway/refusal/http-answer.ts'
import { named } from './component.ts'
import { type FieldsOf, shapeOf } from './shape.ts'

const text = z.string()
const facts: FieldsOf<Omit<RefusalError, 'message' | 'type'>> = {
  param: text.nullable().meta({ description: 'The field of the request at fault.' }),
  code: text.meta({ description: 'The reason, which is stable.' }),
  resets_at: text.optional().meta({ format: 'date-time' }),
  retry_after_ms: z.int().optional(),
  successor: text.optional(),
  plans: z.array(text).optional(),
  cheaper: z.array(text).optional(),
}
const requestId = text.nullable()

export const ErrorSchema = named(
  'Error',
  shapeOf<ErrorBody>({
    type: z.literal('error'),
    error: shapeOf<RefusalError>({ message: text, type: text, ...facts }),
    request_id: requestId,
  }),
)

export const ProblemSchema = named(
  'Problem',
  shapeOf<ProblemBody>({
    ...{ type: z.literal('about:blank'), title: text, status: z.int(), detail: text, ...facts, request_id: requestId },
  }),
)
