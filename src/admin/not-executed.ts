import { answerNotExecuted, type NotExecuted } from '../gateway/refusal/answer-rejection.ts'
import { AdminFault } from './admin-fault.ts'
import { wireMessage, wirePath } from './wire.ts'

/** Returns the fault of a change that was not made. `fieldOf` names the field of the body for a path of the command. */
export function notExecuted(
  result: NotExecuted,
  fieldOf: (path: readonly (string | number)[]) => string | undefined = wirePath,
): AdminFault {
  if (result.reason !== 'rejected') return new AdminFault((options) => answerNotExecuted(result, options))
  const { rejection } = result
  const field = fieldOf(rejection.path)
  const path = field === undefined ? [] : [field]
  const translated = { ...rejection, path, message: wireMessage(rejection.message) }
  return new AdminFault((options) => answerNotExecuted({ ...result, rejection: translated }, options))
}
