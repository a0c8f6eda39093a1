import * as z from 'zod'
import { withoutPrototype } from '../../model/value/own-properties.ts'
import { Action, type AuthZenEvaluation, Entity, Properties } from './entity.ts'
import { invalid, type Parsed, parseBy } from './parse.ts'

export const Evaluation = z.object({
  subject: Entity,
  action: Action,
  resource: Entity,
  context: Properties.optional(),
})

/** The entities that the body or an entry of a list has. The others are those of the body. */
const Parts = Evaluation.partial()

/** How the evaluations of a list are executed. */
const semantics = ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'] as const
export type EvaluationsSemantic = (typeof semantics)[number]

/** The body of the evaluations endpoint. Its entities are the defaults of the entries of `evaluations`. */
const Evaluations = z.object({
  ...Parts.shape,
  evaluations: z.array(z.unknown()).optional(),
  options: z.object({ evaluations_semantic: z.enum(semantics).optional() }).optional(),
})

/** A request of the evaluations endpoint: one evaluation, or a list of which each entry was parsed by itself. */
export type EvaluationsRequest =
  | { readonly type: 'one'; readonly evaluation: AuthZenEvaluation }
  | {
      readonly type: 'list'
      readonly semantic: EvaluationsSemantic
      readonly evaluations: readonly Parsed<AuthZenEvaluation>[]
    }

/**
 * Parses the body of the evaluations endpoint. An entry that is wrong does not make the others wrong. A missing or empty
 * list is the request of one evaluation; a list of more than `limit` entries is invalid.
 */
export function parseEvaluations(body: unknown, limit: number): Parsed<EvaluationsRequest> {
  const parsed = parseBy(Evaluations, body)
  if (!parsed.ok) return parsed
  const { evaluations = [], options, ...defaults } = parsed.value
  if (evaluations.length === 0) {
    const one = parseBy(Evaluation, defaults)
    return one.ok ? { ok: true, value: { type: 'one', evaluation: one.value } } : one
  }
  if (evaluations.length > limit) return invalid(`at \`evaluations\`: expected at most ${limit} entries`)
  const value: EvaluationsRequest = {
    type: 'list',
    semantic: options?.evaluations_semantic ?? 'execute_all',
    evaluations: evaluations.map((entry) => parseEntry(entry, defaults)),
  }
  return { ok: true, value }
}

/**
 * Parses an entry of a list. Each entity of the entry replaces the whole default. The defaults are neither parsed nor copied
 * again: a large one would multiply the cost of a list.
 */
function parseEntry(entry: unknown, defaults: z.infer<typeof Parts>): Parsed<AuthZenEvaluation> {
  const parsed = parseBy(Parts, entry)
  if (!parsed.ok) return parsed
  const whole = withoutPrototype({ ...defaults, ...parsed.value })
  const missing = (['subject', 'action', 'resource'] as const).find((name) => whole[name] === undefined)
  if (missing !== undefined) return invalid(`at \`${missing}\`: expected an object for \`${missing}\``)
  return { ok: true, value: whole as AuthZenEvaluation }
}
