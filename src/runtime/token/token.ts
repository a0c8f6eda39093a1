/** The digits of base 62, in their order. Letters and digits only, so that a double click selects a whole token. */
export const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** The number of random characters: 62^43 is above 2^256. */
export const secretLength = 43
/** The number of characters of the checksum: 62^6 is above 2^32. */
const checksumLength = 6
/** The number of characters after the last underscore. */
const tailLength = secretLength + checksumLength

/** The prefix of tokens when the host sets none. */
export const defaultPrefix = 'pc'

const prefixForm = /^[a-z][a-z0-9_]{0,18}[a-z0-9]$/
const tokenForm = /^[a-z][a-z0-9_]{0,18}[a-z0-9]_[0-9A-Za-z]{49}$/

/** Whether a string can be the prefix of tokens: 2 to 20 lowercase letters, digits and inner underscores, a letter first. */
export function isPrefix(prefix: unknown): prefix is string {
  return typeof prefix === 'string' && prefixForm.test(prefix)
}

/** Returns the token of a prefix and its random characters: both, followed by a checksum over them. */
export function tokenOf(prefix: string, secret: string): string {
  const text = `${prefix}_${secret}`
  return `${text}${checksumOf(text)}`
}

/**
 * Whether a string is a well-formed token: its form, its prefix and its checksum are right. Every token with one wrong
 * character is refused. Costs no digest and no lookup, and at most 70 characters are read. Well-formed does not mean
 * valid: only the policy knows which tokens were issued.
 *
 * @example
 * console.log(isToken('pc_000000000000000000000000000000000000000000025OK1Q')) // true
 * console.log(isToken('pc_000000000000000000000000000000000000000000025OK1R')) // false
 */
export function isToken(text: string, prefix: string | readonly string[] = defaultPrefix): boolean {
  if (typeof text !== 'string' || text.length > 20 + 1 + tailLength || !tokenForm.test(text)) return false
  const found = text.slice(0, -tailLength - 1)
  if (typeof prefix === 'string' ? found !== prefix : !prefix.includes(found)) return false
  return text.endsWith(checksumOf(text.slice(0, -checksumLength)))
}

/**
 * Returns a regular expression that finds tokens of these prefixes in any text, for leak scanners: also next to letters,
 * digits and underscores, as in `key%3Dacme_…` and in escaped JSON. It has no flags, uses only what RE2 and Hyperscan also
 * know, and takes linear time. It does not check the checksum: `isToken` dismisses a match that is not a token, of which
 * one in 2^32 passes.
 * @throws {RangeError} when a prefix is not one
 *
 * @example
 * const scanner = new RegExp(tokenPattern('acme'), 'g')
 * console.log(tokenPattern('acme').source) // acme_[0-9A-Za-z]{49}
 * console.log('key=none'.match(scanner)) // null
 */
export function tokenPattern(prefix: string | readonly string[] = defaultPrefix): RegExp {
  const prefixes = typeof prefix === 'string' ? [prefix] : prefix
  for (const each of prefixes) requirePrefix(each)
  if (prefixes.length === 0) throw new RangeError('expected at least one prefix')
  const start = prefixes.length === 1 ? prefixes[0] : `(?:${prefixes.join('|')})`
  return new RegExp(`${start}_[0-9A-Za-z]{${tailLength}}`)
}

function requirePrefix(prefix: unknown): void {
  if (!isPrefix(prefix)) throw new RangeError(faultOfPrefix)
}

/** What is wrong with a prefix. Does not repeat the value, which may be a secret by mistake. */
export const faultOfPrefix =
  'expected a prefix of 2 to 20 lowercase letters, digits and inner underscores that begins with a letter'

/** Returns the CRC-32 of an ASCII string in base 62, with six digits. */
function checksumOf(text: string): string {
  let crc = 0xffffffff
  for (let i = 0; i < text.length; i += 1) {
    crc ^= text.charCodeAt(i)
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  let rest = (crc ^ 0xffffffff) >>> 0
  let checksum = ''
  for (let i = 0; i < checksumLength; i += 1) {
    checksum = `${digits[rest % digits.length]}${checksum}`
    rest = Math.floor(rest / digits.length)
  }
  return checksum
}
