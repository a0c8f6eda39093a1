import * as z from 'zod'
import { Command } from '../../change/message/command.ts'
import { Event } from '../../change/message/event.ts'
import { Digest } from '../../model/value/id.ts'
import { bodyFields, type CommandSchema, commandType } from '../command-body.ts'
import { named, namedWire } from './component.ts'
import { wireSchema } from './wire-schema.ts'

for (const event of Event.options) namedWire(commandType(event as unknown as CommandSchema), event)

/** An event with the actor and the instant of its command. */
export const EventBody = namedWire('Event', Event)

/** The wire form of a command: without its actor and its instant, which are those of the request. */
function commandSchema(command: CommandSchema): z.ZodType {
  const fields = ['type', ...bodyFields(command, [])].map((field) => [field, command.shape[field]])
  const { shape } = wireSchema(z.strictObject(Object.fromEntries(fields))) as CommandSchema
  // An answer leaves out the digest of a secret; a command needs it.
  const digest = 'digest' in command.shape ? { digest: Digest } : {}
  return named(commandType(command), z.strictObject({ ...shape, ...digest }))
}

const commands = Command.options.map((command) => commandSchema(command as unknown as CommandSchema))

/** A command, as previews read it. */
export const CommandSchemaBody = named(
  'Command',
  z.discriminatedUnion('type', commands as unknown as [CommandSchema, ...CommandSchema[]]),
)
