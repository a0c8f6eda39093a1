import type { z } from 'zod'
import { quote } from './quote.ts'

/** One problem with an input value. */
export interface Issue {
  /** The path to the invalid part of the value: object keys and list indexes, from the root of the value. */
  readonly path: readonly (string | number)[]
  /** A one-line description of what was expected. */
  readonly message: string
}

type Raw = z.core.$ZodIssue
type Path = Issue['path']

/** The maximum number of issues that one result lists. */
const issueLimit = 100

/** Converts a zod error to issues. The messages are this library's own, so zod's locale does not matter. */
export function issuesOf(error: z.ZodError): readonly Issue[] {
  return error.issues.slice(0, issueLimit).flatMap(explain).slice(0, issueLimit)
}

function explain(issue: Raw): Issue[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, issueLimit).map((key) => ({
      path: [...path, key],
      message: `unknown key ${quote(key)}, leave it out or correct it`,
    }))
  }
  return [{ path, message: wordsFor(issue, path) }]
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'an integer',
  boolean: '`true` or `false`',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

function wordsFor(issue: Raw, path: Path): string {
  if (issue.message.startsWith('expected ')) return issue.message
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${kinds[issue.expected] ?? issue.expected}${at(path)}`
    case 'invalid_value':
      return `expected ${choice(issue.values)}${at(path)}`
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options)
        ? `expected ${choice(issue.options)}${at(path)}`
        : `expected another kind of value${at(path)}`
    case 'too_big':
      return `expected at most ${issue.maximum}${unitOf(issue.origin)}${at(path)}`
    case 'too_small':
      return `expected at least ${issue.minimum}${unitOf(issue.origin)}${at(path)}`
    case 'invalid_key':
      return issue.issues[0]?.message ?? `expected another key${at(path)}`
    default:
      return `expected another value${at(path)}`
  }
}

function at(path: Path): string {
  const last = path.findLast((step) => typeof step === 'string')
  return last === undefined ? '' : ` for ${quote(last)}`
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters'
  return origin === 'array' ? ' entries' : ''
}

function choice(values: readonly unknown[]): string {
  const quoted = values.slice(0, 12).map((value) => quote(String(value)))
  return quoted.length === 1 ? `${quoted[0]}` : `one of ${quoted.join(', ')}${values.length > 12 ? ', …' : ''}`
}
