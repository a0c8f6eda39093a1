import type { Credential } from '../../../model/noun/credential.ts'
import { quote } from '../../../model/value/quote.ts'
import { systemCommand } from '../context/fix-command.ts'
import type { LintContext } from '../context/lint-context.ts'
import type { Detection } from '../finding.ts'
import { findExpiringCredential } from './ending-rule.ts'
import { findInScope } from './scope-rule.ts'

/** Detects all problems of one credential: expired, expiring soon, or with a scope that passes no model. */
export function* findInCredential(credential: Credential, context: LintContext): IterableIterator<Detection> {
  yield* findExpiredCredential(credential, context)
  yield* findExpiringCredential(credential, context)
  yield* findInScope(credential, context)
}

/**
 * Detects a credential that has expired but is not revoked. Extending such a credential would make an old secret valid
 * again.
 */
function* findExpiredCredential(
  { id, expiresAt, revokedAt }: Credential,
  context: LintContext,
): IterableIterator<Detection> {
  if (expiresAt === undefined || expiresAt > context.at || revokedAt !== undefined) return
  yield {
    code: 'credential_expired',
    subject: { type: 'credential', id },
    message: `credential ${quote(id)} has expired, revoke it so that its secret cannot become valid again`,
    fix: [systemCommand(context, { type: 'RevokeCredential', credential: id })],
  }
}
