import type { z } from 'zod'
import { Id } from './id.ts'

/** A pattern over alias names: literal but for `*`, which stands for any text, none included; anchored at both ends. */
export const AliasPattern = Id.refine((pattern) => pattern.includes('*'), {
  error: 'expected an alias pattern with a `*`, as in `claude-*`; name a single alias as an alias',
})
export type AliasPattern = z.infer<typeof AliasPattern>

/** Whether a name matches a pattern. Linear in the name for each star, without regular expressions or backtracking. */
export function matchesPattern(pattern: string, name: string): boolean {
  const parts = pattern.split('*')
  const first = parts[0] ?? ''
  const last = parts[parts.length - 1] ?? ''
  if (parts.length === 1) return pattern === name
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false
  const limit = name.length - last.length
  let from = first.length
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, from)
    if (found < 0 || found + part.length > limit) return false
    from = found + part.length
  }
  return true
}
