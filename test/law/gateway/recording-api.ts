import { AsyncLocalStorage } from 'node:async_hooks'
import type { OpenTelemetryApi } from '../../../src/gateway/opentelemetry/index.ts'

type Attributes = Readonly<Record<string, string | number>>

interface RecordedSpan {
  readonly name: string
  readonly kind: number
  readonly startTime: number
  readonly attributes: Attributes
  readonly context: unknown
  endTime?: number
  status?: { readonly code: number; readonly message?: string }
}

export interface Measurement {
  readonly instrument: string
  readonly value: number
  readonly attributes: Attributes
}

/** An API of OpenTelemetry that keeps what it gets. A string is the active context. */
export function createRecordingApi() {
  const spans: RecordedSpan[] = []
  const measurements: Measurement[] = []
  const units: Record<string, string> = {}
  const storage = new AsyncLocalStorage<string>()
  const measure =
    (instrument: string, unit: string) =>
    (value: number, attributes: Attributes = {}): void => {
      units[instrument] = unit
      measurements.push({ instrument, value, attributes })
    }
  const api: OpenTelemetryApi = {
    context: { active: () => storage.getStore() },
    trace: {
      getTracer: () => ({
        startSpan: (name, options, context) => {
          const span: RecordedSpan = { name, ...options, context }
          spans.push(span)
          return {
            setStatus: (status) => {
              span.status = status
            },
            end: (endTime) => {
              span.endTime = endTime
            },
          }
        },
      }),
    },
    metrics: {
      getMeter: () => ({
        createCounter: (name, { unit }) => ({ add: measure(name, unit) }),
        createHistogram: (name, { unit }) => ({ record: measure(name, unit) }),
      }),
    },
  }
  return { api, spans, measurements, units, storage }
}
