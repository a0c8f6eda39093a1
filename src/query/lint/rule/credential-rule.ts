import type { Credential } from '../../../model/noun/credential.ts'
import { quote } from '../../../model/value/quote.ts'
import { order } from '../context/fix-command.ts'
import type { LintContext } from '../context/lint-context.ts'
import type { Draft } from '../finding.ts'

/** A credential that is over and was never revoked: whoever extends it would bring an old secret back. */
export function* findInCredential(
  { id, expiresAt, revokedAt }: Credential,
  scene: LintContext,
): IterableIterator<Draft> {
  if (expiresAt === undefined || expiresAt > scene.at || revokedAt !== undefined) return
  yield {
    code: 'credential_expired',
    subject: { type: 'credential', id },
    message: `credential ${quote(id)} has expired, revoke it so that nobody extends an old secret`,
    fix: [order(scene, { type: 'RevokeCredential', credential: id })],
  }
}
