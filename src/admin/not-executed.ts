import type { Rejection } from '../change/message/rejection.ts'
import { answerNotExecuted, type NotExecuted } from '../gateway/refusal/answer-rejection.ts'
import { AdminFault } from './admin-fault.ts'
import { wireMessage, wirePath } from './wire.ts'

/** Returns the field of a body for a path of the command. */
export type FieldOf = (path: Rejection['path']) => string | undefined

/** Returns the field of the body at fault. No body names the actor. */
export function fieldOfRejection({ path }: Rejection, fieldOf: FieldOf): string | undefined {
  return path[0] === 'actor' ? undefined : fieldOf(path)
}

/** Returns the fault of a change that was not made. `fieldOf` names the field of the body for a path of the command. */
export function notExecuted(result: NotExecuted, fieldOf: FieldOf = wirePath): AdminFault {
  if (result.reason !== 'rejected') return new AdminFault((options) => answerNotExecuted(result, options))
  const { rejection } = result
  const field = fieldOfRejection(rejection, fieldOf)
  const path = field === undefined ? [] : [field]
  const translated = { ...rejection, path, message: wireMessage(rejection.message) }
  return new AdminFault((options) => answerNotExecuted({ ...result, rejection: translated }, options))
}
