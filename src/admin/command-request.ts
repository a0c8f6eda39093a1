import type { Command } from '../change/message/command.ts'
import type { CommandRequest } from './admin-call.ts'
import { commandType, fieldsOf } from './command-body.ts'
import type { Operation } from './operation.ts'
import { operationTable } from './operation-table.ts'
import { fieldName, toWire } from './wire.ts'

/** Returns a request that gives exactly this command, or `undefined` if no operation gives it alone. */
export function requestOf(command: Command, basePath: string): CommandRequest | undefined {
  for (const operation of operationTable) {
    const request = requestTo(operation, command, basePath)
    if (request !== undefined) return request
  }
  return undefined
}

function requestTo(operation: Operation, command: Command, basePath: string): CommandRequest | undefined {
  if (operation.kind !== 'command') return undefined
  const { method, body } = operation
  if (body === undefined || !('command' in body) || commandType(body.command) !== command.type) return undefined
  const fields = new Map(Object.entries(fieldsOf(command)))
  const path = fillPath(operation.path, fields)
  // A field that the operation does not take from the body, such as the holder in its path, makes another command.
  if (path === undefined || [...fields.keys()].some((field) => !(field in body.command.shape))) return undefined
  const whole = `${basePath}${path}`
  if (method !== 'DELETE') return { method, path: whole, body: toWire(Object.fromEntries(fields)) }
  return { method, path: fields.get('cascade') === true ? `${whole}?cascade=true` : whole }
}

/** Fills the parameters of a path, and takes them out of the fields. */
function fillPath(template: string, fields: Map<string, unknown>): string | undefined {
  const segments: string[] = []
  for (const part of template.split('/')) {
    const field = part.startsWith('{') ? (fieldName(part.slice(1, -1)) ?? '') : undefined
    const value = field === undefined ? part : fields.get(field)
    if (typeof value !== 'string' || value === '.' || value === '..') return undefined
    if (field !== undefined) fields.delete(field)
    segments.push(field === undefined ? value : encodeURIComponent(value))
  }
  return segments.join('/')
}
