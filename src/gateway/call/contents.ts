/** What a body contains that its size does not bound. */
export interface Contents {
  /** The number of images and sounds. */
  readonly mediaParts: number
  /** Whether the model can read input that the body only refers to, such as documents, search results and stored turns. */
  readonly hasUnseenInput: boolean
  /** Whether sound can go in or come out. */
  readonly hasAudio: boolean
  /** Whether the client asks to cache a part of the input. */
  readonly hasCacheWrite: boolean
}

const deepest = 200

const images = new Set(['image', 'image_url', 'input_image'])
const sounds = new Set(['audio', 'input_audio', 'output_audio'])
const documents = new Set([
  'file',
  'input_file',
  'document',
  'video',
  'video_url',
  'container_upload',
  'document_url',
  'file_url',
  'audio_url',
  'item_reference',
])

/** The types of messages, items and parts whose input is in the body, or counted as a part with media. */
const seenParts = new Set([
  ...['message', 'text', 'input_text', 'output_text', 'refusal', 'summary_text', 'reasoning_text'],
  ...['reasoning', 'thinking', 'redacted_thinking', 'compaction', 'search_result'],
  ...['function_call', 'function_call_output', 'custom_tool_call', 'custom_tool_call_output'],
  ...['tool_use', 'tool_result', 'server_tool_use', 'mcp_tool_use', 'mcp_tool_result', 'tool_reference'],
  ...['web_search_tool_result', 'web_search_result', 'web_fetch_tool_result', 'web_fetch_result'],
  ...['web_search_call', 'file_search_call', 'code_interpreter_call', 'mcp_call', 'mcp_list_tools'],
  ...['mcp_approval_request', 'mcp_approval_response', 'computer_call', 'local_shell_call', 'local_shell_call_output'],
  ...['shell_call', 'shell_call_output', 'apply_patch_call', 'apply_patch_call_output'],
])

/** The fields at the top of a body that refer to stored input, or let the provider search. */
const references = [
  ...['previous_response_id', 'conversation', 'prompt_template', 'web_search_options', 'mcp_servers'],
  ...['search_parameters', 'plugins', 'enable_search', 'data_sources', 'extra_body', 'context_management'],
]

/** The tools that the client runs itself: their results come as input of a later call. */
const clientTools = new Set(['function', 'custom'])

/** Finds what a JSON body contains. Returns `undefined` if it is nested deeper than 200 levels. */
export function findContents(body: Readonly<Record<string, unknown>>): Contents | undefined {
  let mediaParts = 0
  let hasAudio = Array.isArray(body['modalities']) && body['modalities'].includes('audio')
  let hasUnseenInput = hasReference(body)
  let hasCacheWrite = false
  const waiting: { readonly node: object; readonly depth: number }[] = [{ node: body, depth: 0 }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, depth } = next
    if (depth > deepest) return undefined
    const { type, cache_control: cacheControl } = node as { type?: unknown; cache_control?: unknown }
    if (cacheControl !== undefined && cacheControl !== null) hasCacheWrite = true
    // Some providers read an image from a part without a type.
    if (type === undefined && 'image_url' in node) mediaParts += 1
    if (typeof type === 'string') {
      if (images.has(type)) mediaParts += 1
      if (sounds.has(type)) {
        mediaParts += 1
        hasAudio = true
      }
      if (documents.has(type)) hasUnseenInput = true
    }
    for (const child of Object.values(node)) {
      if (typeof child === 'object' && child !== null) waiting.push({ node: child, depth: depth + 1 })
    }
  }
  return { mediaParts, hasUnseenInput: hasUnseenInput || hasUnknownPart(body), hasAudio, hasCacheWrite }
}

/**
 * Whether the input of a body has a message, an item or a part of another type: the input of one that is added to an API
 * later is not bounded by its size. Types elsewhere, as in the schemas of tools, are not looked at.
 */
function hasUnknownPart({ messages, input, system }: Readonly<Record<string, unknown>>): boolean {
  return [messages, input, system].some(hasUnknown)
}

function hasUnknown(parts: unknown): boolean {
  if (Array.isArray(parts)) return parts.some(hasUnknown)
  if (typeof parts !== 'object' || parts === null) return false
  const { type, content, output } = parts as Readonly<Record<string, unknown>>
  if (type !== undefined && !isKnown(type)) return true
  return hasUnknown(content) || hasUnknown(output)
}

function isKnown(type: unknown): boolean {
  return typeof type === 'string' && (seenParts.has(type) || images.has(type) || sounds.has(type))
}

function hasReference(body: Readonly<Record<string, unknown>>): boolean {
  const { tools, prompt } = body
  const hasServerTool = Array.isArray(tools) && tools.some((tool) => !clientTools.has(typeOfTool(tool)))
  const hasPrompt = typeof prompt === 'object' && prompt !== null && !Array.isArray(prompt) && 'id' in prompt
  return hasServerTool || hasPrompt || references.some((field) => body[field] !== undefined && body[field] !== null)
}

/** Returns the type of a tool. Anthropic's own form of a client's tool has none. */
function typeOfTool(tool: unknown): string {
  if (typeof tool !== 'object' || tool === null) return 'unknown'
  if ('type' in tool && typeof tool.type === 'string') return tool.type
  return 'name' in tool ? 'custom' : 'unknown'
}
