import type { z } from 'zod'
import { Id } from './id.ts'

/**
 * A pattern for alias names. Each `*` matches zero or more characters; every other character matches itself. A pattern
 * matches whole names only.
 */
export const AliasPattern = Id.refine((pattern) => pattern.includes('*'), {
  error: 'expected an alias pattern with a `*`, as in `claude-*`; name a single alias as an alias',
})
export type AliasPattern = z.infer<typeof AliasPattern>

/**
 * A pattern for the model names of one provider account. Each `*` matches zero or more characters; every other
 * character matches itself. A pattern matches whole names only.
 */
export const ModelPattern = Id.refine((pattern) => pattern.includes('*'), {
  error: 'expected a model pattern with a `*`, as in `gpt-4*`; name a single model as a model',
})
export type ModelPattern = z.infer<typeof ModelPattern>

/**
 * A pattern for alias names and for routes, written as `account/model`. Each `*` matches zero or more characters; every
 * other character matches itself. A pattern matches whole names and whole routes only.
 */
export const Pattern = Id.refine((pattern) => pattern.includes('*'), {
  error:
    'expected a pattern with a `*`, as in `claude-*` or `openrouter/openai/*`; select a single alias or model by its id',
})
export type Pattern = z.infer<typeof Pattern>

/** Returns the string with its ASCII letters in lower case. Every other character stays as it is. */
export function foldAscii(value: string): string {
  return upper.test(value) ? value.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : value
}

const upper = /[A-Z]/

/** Whether a name matches a pattern. Scans the name once, without regular expressions or backtracking. */
export function matchesPattern(pattern: string, name: string): boolean {
  const first = pattern.indexOf('*')
  if (first < 0) return pattern === name
  const last = pattern.lastIndexOf('*')
  const tail = pattern.length - last - 1
  const limit = name.length - tail
  if (limit < first) return false
  for (let i = 0; i < first; i += 1) if (pattern.charCodeAt(i) !== name.charCodeAt(i)) return false
  for (let i = 1; i <= tail; i += 1) {
    if (pattern.charCodeAt(pattern.length - i) !== name.charCodeAt(name.length - i)) return false
  }
  return first === last || matchesMiddle(pattern, name, first, last, limit)
}

/**
 * Whether the name contains the pieces of a pattern between its stars, in order and before `limit`. Tries only the
 * first occurrence of each piece, since a later occurrence never matches more names.
 */
function matchesMiddle(pattern: string, name: string, first: number, last: number, limit: number): boolean {
  let from = first
  for (let star = first; star < last; ) {
    const next = pattern.indexOf('*', star + 1)
    const piece = pattern.slice(star + 1, next)
    const found = name.indexOf(piece, from)
    if (found < 0 || found + piece.length > limit) return false
    from = found + piece.length
    star = next
  }
  return true
}
