/** Attributes of a span or a measurement. */
export type Attributes = Record<string, string | number>

interface Instrument {
  readonly description: string
  readonly unit: string
  readonly advice?: { readonly explicitBucketBoundaries: number[] }
}

interface Span {
  setStatus(status: { code: number; message?: string }): unknown
  end(endTime: number): void
}

export interface Tracer {
  startSpan(name: string, options: { kind: number; startTime: number; attributes: Attributes }, context?: unknown): Span
}

export interface Counter {
  add(value: number, attributes?: Attributes): void
}

export interface Histogram {
  record(value: number, attributes?: Attributes): void
}

/**
 * The part of `@opentelemetry/api` 1.9 that is used. The package itself fits: `import * as api from '@opentelemetry/api'`.
 * It does nothing until the host has registered an SDK.
 */
export interface OpenTelemetryApi {
  readonly context: { active(): unknown }
  readonly trace: { getTracer(name: string): Tracer }
  readonly metrics: {
    getMeter(name: string): {
      createCounter(name: string, options: Instrument): Counter
      createHistogram(name: string, options: Instrument): Histogram
    }
  }
}
