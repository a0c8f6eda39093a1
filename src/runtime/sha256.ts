import crypto from 'node:crypto'

/**
 * Returns the SHA-256 of a string as 64 hexadecimal digits. Uses `crypto.hash` where it exists (Node.js 20.12), which takes a
 * third of the time of a hash object.
 */
export const sha256: (text: string) => string =
  typeof crypto.hash === 'function'
    ? (text) => crypto.hash('sha256', text)
    : (text) => crypto.createHash('sha256').update(text).digest('hex')
