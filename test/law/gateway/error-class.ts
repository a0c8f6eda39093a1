import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'

const openAi: Readonly<Record<number, unknown>> = {
  400: OpenAI.BadRequestError,
  401: OpenAI.AuthenticationError,
  403: OpenAI.PermissionDeniedError,
  404: OpenAI.NotFoundError,
  422: OpenAI.UnprocessableEntityError,
  429: OpenAI.RateLimitError,
  502: OpenAI.InternalServerError,
  503: OpenAI.InternalServerError,
  504: OpenAI.InternalServerError,
}

const anthropic: Readonly<Record<number, unknown>> = {
  400: Anthropic.BadRequestError,
  401: Anthropic.AuthenticationError,
  402: Anthropic.PaymentRequiredError,
  403: Anthropic.PermissionDeniedError,
  404: Anthropic.NotFoundError,
  413: Anthropic.ContentTooLargeError,
  422: Anthropic.UnprocessableEntityError,
  429: Anthropic.RateLimitError,
  499: Anthropic.ClientClosedRequestError,
  502: Anthropic.InternalServerError,
  503: Anthropic.ServiceUnavailableError,
  504: Anthropic.GatewayTimeoutError,
}

/** Returns the class that the client of OpenAI has for a status. Without one of its own, it throws its `APIError`. */
export function openAiClass(status: number): unknown {
  return openAi[status] ?? OpenAI.APIError
}

/** Returns the class that the client of Anthropic has for a status. Without one of its own, it throws its `APIError`. */
export function anthropicClass(status: number): unknown {
  return anthropic[status] ?? Anthropic.APIError
}
