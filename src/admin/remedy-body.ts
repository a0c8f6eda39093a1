import * as z from 'zod'
import { describeRemedy } from '../query/explain/describe/describe-remedy.ts'
import type { CheckedRemedy } from '../query/explain/remedy/remedy.ts'
import type { AdminCall } from './admin-call.ts'
import { fieldsOf } from './command-body.ts'
import { named } from './schema/component.ts'
import { CommandSchemaBody } from './schema/message.ts'
import { toWire } from './wire.ts'

const kinds = ['change', 'request', 'change_and_request'] as const

/** A remedy in the answer to a question why a request is denied. */
export const RemedyBody = named(
  'Remedy',
  z.strictObject({
    kind: z.enum(kinds).meta({
      description: 'Whether the remedy changes the policy by commands, changes the denied request, or does both.',
    }),
    text: z.string().meta({ description: 'The remedy on one line, as in the text of the explanation.' }),
    request: z
      .strictObject({ model: z.string(), team_id: z.string().nullable(), operation: z.string() })
      .partial()
      .optional()
      .meta({
        description: 'The fields of the request to replace. `team_id` is null where the request names no team.',
      }),
    commands: z
      .array(CommandSchemaBody)
      .meta({ description: 'The commands in their order, as `POST /preview` reads them.' }),
    operations: z
      .array(z.strictObject({ method: z.string(), path: z.string(), body: z.looseObject({}).optional() }).nullable())
      .meta({ description: 'A request of this API for each command; null if no operation gives the command alone.' }),
    extra_access: z
      .strictObject({ count: z.int(), is_lower_bound: z.boolean() })
      .meta({ description: 'How many models and powers the commands give in addition to the requested access.' }),
    issuers: z
      .array(
        z.strictObject({
          agent: z.strictObject({ type: z.string(), id: z.string() }),
          powers: z.array(z.string()),
        }),
      )
      .meta({ description: 'At most 10 agents that may give all commands, with the powers that they use.' }),
    requester: z.string().optional().meta({ description: 'The user that can request the assignment.' }),
  }),
)

/** Returns a remedy for operators: as a line, as commands, and as the requests that give them. */
export function remedyBody(remedy: CheckedRemedy, { requestOf }: AdminCall): z.infer<typeof RemedyBody> {
  const { commands, request, ...facts } = remedy
  const kind = commands.length === 0 ? 'request' : request === undefined ? 'change' : 'change_and_request'
  return {
    ...{ kind, text: describeRemedy(remedy) },
    ...(toWire({
      request,
      commands: commands.map((command) => ({ type: command.type, ...fieldsOf(command) })),
    }) as object),
    operations: commands.map((command) => requestOf(command) ?? null),
    ...(toWire(facts) as object),
  } as z.infer<typeof RemedyBody>
}
