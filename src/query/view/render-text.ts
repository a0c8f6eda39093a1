import type { Instant } from '../../model/value/instant.ts'

/** What XML 1.0 has no way to write, and halves of characters. */
const unwritable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this finds
  /[\u0000-\u001f\u007f-\u009f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

const xmlEntities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text fit for XML content and for an attribute: line breaks and tabs as spaces, what XML cannot hold as `\ufffd`. */
export function escapeXml(text: string): string {
  return text
    .replace(/[\t\n\r]+/g, ' ')
    .replace(unwritable, '\ufffd')
    .replace(/[&<>"']/g, (character) => xmlEntities[character] ?? '')
}

/**
 * Text that Markdown shows as it is, in a cell of a table too: bars and backslashes as entities, since readers differ on
 * how they escape each other in a table; line breaks as spaces.
 */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\t\n\r\u2028\u2029]+/g, ' ')
    .replace(unwritable, '\ufffd')
    .replace(/[&|\\]/g, entityOf)
    .replace(/[`*_~[\]<>$]/g, '\\$&')
    .replace(/:(?=\/\/)|(?<=^|[^\w])www(?=\.)/gi, (link) => entityOf(link.charAt(0)) + link.slice(1))
    .replace(/^ | $/g, '&#32;')
}

/** What Mermaid, or the Markdown that it reads in labels, could take for its own: signs, the marks of lists, addresses. */
const special = /(?![\w ./,-])[\u0020-\u007e]|_|^-|(?<=^\d+|www)\./gi

/** Text for a quoted label of a Mermaid diagram: what could be read as anything but itself is written by its number. */
export function escapeMermaid(text: string): string {
  return text
    .replace(unwritable, '\ufffd')
    .replace(/[\u2028\u2029]/g, ' ')
    .replace(special, (character) => `#${character.charCodeAt(0)};`)
}

const entityOf = (character: string): string => `&#${character.charCodeAt(0)};`

/**
 * Text of at most this many characters: what is too long loses its middle, since names mostly differ at their ends.
 * Characters outside the basic plane stay whole.
 */
function shorten(text: string, limit: number): string {
  const characters = [...text]
  if (characters.length <= limit) return text
  const tail = Math.floor((limit - 1) / 2)
  return `${characters.slice(0, limit - 1 - tail).join('')}…${characters.slice(characters.length - tail).join('')}`
}

/** A name as a label: shortened, and with a space at an end, or by itself, made visible. */
export function labelOf(name: string, limit: number): string {
  return shorten(name, limit).replace(/^ | $/g, '␣')
}

/** ISO 8601 in UTC; whole seconds without a fraction, as the documents write them. */
export function isoOf(at: Instant): string {
  return new Date(at).toISOString().replace('.000Z', 'Z')
}

/** About how wide text is in a sans-serif typeface, in units of its size: on the generous side, since typefaces differ. */
export function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += widthOfCharacter(character)
  return width
}

function widthOfCharacter(character: string): number {
  const code = character.codePointAt(0) ?? 0
  if (code >= 0x1100) return 1.05
  if (/[iljtfrI.,:;'|!()[\]{} /\\-]/.test(character)) return 0.38
  if (/[mwMW@%]/.test(character)) return 0.95
  return /[A-Z]/.test(character) ? 0.72 : 0.61
}
