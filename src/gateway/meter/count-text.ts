/** The fields of chunks and bodies that have generated text. */
const fields = new Set([
  ...['content', 'text', 'delta', 'refusal', 'reasoning', 'reasoning_content', 'reasoning_text', 'thinking'],
  ...['arguments', 'input', 'partial_json', 'transcript', 'output_text'],
])

const beyondAscii = /[\u0080-\uffff]/

/**
 * Estimates the tokens of a text: a quarter of its ASCII characters, and one for each other character. Used only when an
 * upstream reports no usage.
 */
function countText(text: string): number {
  if (!beyondAscii.test(text)) return Math.ceil(text.length / 4)
  let others = 0
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > 127) others += 1
  return Math.ceil((text.length - others) / 4) + others
}

/** Estimates the tokens of the generated text in a chunk or a body of an upstream. */
export function countGenerated(value: unknown): number {
  let count = 0
  const waiting: unknown[] = [value]
  while (waiting.length > 0) {
    const node = waiting.pop()
    if (typeof node !== 'object' || node === null) continue
    for (const name of Object.keys(node)) {
      const child = (node as Record<string, unknown>)[name]
      if (typeof child === 'string') {
        if (fields.has(name)) count += countText(child)
      } else if (typeof child === 'object') waiting.push(child)
    }
  }
  return count
}
