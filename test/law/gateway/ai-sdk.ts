// The types of the AI SDK need the types of a browser, so its packages are imported by computed names.

/** A model of the AI SDK, bound to a server. */
export type AiModel = object

/** The error of the AI SDK for an answer that is not a success. */
interface AiCallError extends Error {
  readonly statusCode?: number
  readonly isRetryable: boolean
  readonly responseHeaders?: Readonly<Record<string, string>>
  readonly responseBody?: string
}

interface Prompt {
  readonly model: AiModel
  readonly messages: readonly { readonly role: 'user'; readonly content: string }[]
  readonly maxOutputTokens?: number
  readonly abortSignal?: AbortSignal
  readonly onError?: () => void
}

interface ErrorType<E> {
  isInstance(error: unknown): error is E
}

/** The package `ai`, reduced to the members that the tests use. */
export interface AiSdk {
  generateText(prompt: Prompt): Promise<{ readonly text: string }>
  streamText(prompt: Prompt): {
    readonly fullStream: AsyncIterable<{ readonly type: string; readonly text?: string; readonly error?: unknown }>
  }
  embed(request: {
    readonly model: AiModel
    readonly value: string
  }): Promise<{ readonly embedding: readonly number[] }>
  generateImage(request: { readonly model: AiModel; readonly prompt: string }): Promise<{ readonly images: object[] }>
  experimental_generateSpeech(request: {
    readonly model: AiModel
    readonly text: string
  }): Promise<{ readonly audio: { readonly uint8Array: Uint8Array } }>
  experimental_transcribe(request: {
    readonly model: AiModel
    readonly audio: Uint8Array
  }): Promise<{ readonly text: string }>
  readonly APICallError: ErrorType<AiCallError>
  readonly RetryError: ErrorType<Error & { readonly lastError: unknown }>
}

interface Settings {
  readonly apiKey: string
  readonly baseURL: string
  readonly headers?: Readonly<Record<string, string | undefined>>
}

type ModelOf = (model: string) => AiModel
type OpenAiProvider = ModelOf & Readonly<Record<'chat' | 'embedding' | 'image' | 'speech' | 'transcription', ModelOf>>

const names: Readonly<Record<'ai' | 'openai' | 'anthropic', string>> = {
  ai: 'ai',
  openai: '@ai-sdk/openai',
  anthropic: '@ai-sdk/anthropic',
}

export const ai = (await import(names.ai)) as AiSdk

export const { createOpenAI } = (await import(names.openai)) as {
  createOpenAI(settings: Settings): OpenAiProvider
}

export const { createAnthropic } = (await import(names.anthropic)) as {
  createAnthropic(settings: Settings): ModelOf
}

Reflect.set(globalThis, 'AI_SDK_LOG_WARNINGS', false)
