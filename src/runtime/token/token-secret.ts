import { sha256 } from '../sha256.ts'
import { digits, secretLength, tokenOf } from './token.ts'

/** Returns a new token with at least 256 random bits. Every character of its secret is equally likely. */
export function makeToken(prefix: string): string {
  let secret = ''
  while (secret.length < secretLength) {
    for (const byte of crypto.getRandomValues(new Uint8Array(64))) {
      // Of the 64 values of six bits, 62 are digits. The others are drawn again, since a remainder would favour some digits.
      const digit = digits[byte & 63]
      if (digit !== undefined && secret.length < secretLength) secret += digit
    }
  }
  return tokenOf(prefix, secret)
}

/** Returns the SHA-256 digest of a secret as 64 hexadecimal digits, for `IssueCredential`. */
export function tokenDigest(token: string): string {
  return sha256(token)
}
