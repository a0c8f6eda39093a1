/**
 * Matches characters that XML 1.0 cannot represent or that viewers cannot show: control characters, noncharacters and
 * unpaired surrogates.
 */
const unwritable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression matches control characters
  /[\u0000-\u001f\u007f-\u009f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

const xmlEntities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/**
 * Escapes a string for XML content and attributes. Line breaks and tabs become spaces. Characters that cannot be
 * written become `\ufffd`.
 */
export function escapeXml(text: string): string {
  return text
    .replace(/[\t\n\r]+/g, ' ')
    .replace(unwritable, '\ufffd')
    .replace(/[&<>"']/g, (character) => xmlEntities[character] ?? '')
}

/**
 * Escapes a string for Markdown, including table cells, so that the string is shown literally. Bars and backslashes
 * become entities, because parsers differ on escapes in tables. Line breaks become spaces.
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

/**
 * Matches what Mermaid, or the Markdown in Mermaid labels, could read as syntax: punctuation, list markers and links.
 */
const special = /(?![\w ./,-])[\u0020-\u007e]|_|^-|(?<=^\d+|www)\./gi

/**
 * Escapes a string for a quoted label of a Mermaid diagram. Characters that could be syntax become numeric entities.
 */
export function escapeMermaid(text: string): string {
  return text
    .replace(unwritable, '\ufffd')
    .replace(/[\u2028\u2029]/g, ' ')
    .replace(special, (character) => `#${character.charCodeAt(0)};`)
}

const entityOf = (character: string): string => `&#${character.charCodeAt(0)};`

/**
 * Shortens a string to at most `limit` characters. An ellipsis replaces the middle, because names mostly differ at
 * their ends. Surrogate pairs are never split.
 */
function shorten(text: string, limit: number): string {
  const characters = [...text]
  if (characters.length <= limit) return text
  const tail = Math.floor((limit - 1) / 2)
  return `${characters.slice(0, limit - 1 - tail).join('')}…${characters.slice(characters.length - tail).join('')}`
}

/** Formats a name as a label: shortens the name, and makes a leading or trailing space visible. */
export function labelOf(name: string, limit: number): string {
  return shorten(name, limit).replace(/^ | $/g, '␣')
}

/**
 * The approximate width of a string in a sans-serif typeface, in units of the font size. The estimate is generous,
 * because typefaces differ.
 */
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
