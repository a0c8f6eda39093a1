import { z } from 'zod'

/** The longest id, in UTF-16 code units. */
export const idLimit = 256

const plain = /^[ -~]{1,256}$/
const forbidden =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this rejects
  /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/**
 * Whether text may be written as an id: 1 to 256 UTF-16 code units, compared exactly, `__proto__` and emoji included;
 * no control characters, line separators, bidirectional overrides or lone surrogates.
 */
export function isId(text: string): boolean {
  return plain.test(text) || (text.length > 0 && text.length <= idLimit && !forbidden.test(text))
}

/** An id: printable text of 1 to 256 characters. */
export const Id = z.string().refine(isId, {
  error: `expected printable text of 1 to ${idLimit} characters, without control or bidirectional-override characters`,
})
export type Id = z.infer<typeof Id>

/** A provider account's id: an id without `/`, so that `account/model` reads one way only. */
export const ProviderAccountId = Id.refine((id) => !id.includes('/'), {
  error: 'expected a provider account id without `/`, as in `openai`',
})
export type ProviderAccountId = z.infer<typeof ProviderAccountId>

const groupName = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

/** An access group's name: lowercase letters, digits and single hyphens, as in `gpt-models`. */
export const AccessGroupId = z.string().refine((id) => id.length <= idLimit && groupName.test(id), {
  error: 'expected an access group name of lowercase letters, digits and single hyphens, as in `gpt-models`',
})

const unprintable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this rejects
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** Whether text can be stored and shown: like an id, but line breaks and tabs are welcome, and it may be empty. */
export function isPrintable(text: string): boolean {
  return !unprintable.test(text)
}

/** What a person reads: up to 1,024 characters, never compared. */
export const Label = z
  .string()
  .max(1024, { error: 'expected text of at most 1024 characters' })
  .refine(isPrintable, { error: 'expected text without control or bidirectional-override characters' })

const sha256 = /^[0-9a-f]{64}$/

/** Whether text is a digest: 64 lowercase hexadecimal digits. */
export function isDigest(text: string): boolean {
  return sha256.test(text)
}

/** A SHA-256 digest of a whole secret, as 64 lowercase hexadecimal digits. The secret itself never enters the library. */
export const Digest = z
  .string()
  .regex(sha256, { error: 'expected a SHA-256 digest as 64 lowercase hexadecimal digits' })
export type Digest = z.infer<typeof Digest>
