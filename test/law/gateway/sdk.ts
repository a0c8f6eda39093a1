import * as api from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, type ReadableSpan, type SpanProcessor } from '@opentelemetry/sdk-trace-base'

/** A data point of a metric: a sum, or the count and the sum of a histogram with its boundaries. */
export interface Measured {
  readonly attributes: api.Attributes
  readonly count?: number
  readonly sum: number
  readonly boundaries?: readonly number[]
}

/** The metrics of an SDK by name. */
export type Metrics = Readonly<Record<string, { readonly unit: string; readonly points: readonly Measured[] }>>

/**
 * Registers the SDK of OpenTelemetry with its API, as a host does at its start. Replaces an SDK that was registered
 * before. `spans` has every span that ended.
 */
export function startSdk() {
  const spans: ReadableSpan[] = []
  const processor: SpanProcessor = {
    onStart: () => undefined,
    onEnd: (span) => {
      spans.push(span)
    },
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  }
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const meters = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] })
  stopSdk()
  api.trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [processor] }))
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  api.metrics.setGlobalMeterProvider(meters)
  const readMetrics = async (): Promise<Metrics> => {
    exporter.reset()
    await meters.forceFlush()
    const all = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    return Object.fromEntries(
      all.map(({ descriptor, dataPoints }) => {
        const points = dataPoints.map(({ attributes, value }) => pointOf(attributes, value))
        return [descriptor.name, { unit: descriptor.unit, points }]
      }),
    )
  }
  return { api, spans, readMetrics }
}

/** Unregisters the SDK, so that the API does nothing again. */
export function stopSdk(): void {
  api.trace.disable()
  api.context.disable()
  api.metrics.disable()
}

type Value = number | { readonly count: number; readonly sum?: number; readonly buckets?: { boundaries: number[] } }

function pointOf(attributes: api.Attributes, value: unknown): Measured {
  const measured = value as Value
  if (typeof measured === 'number') return { attributes, sum: measured }
  const { count, sum = 0, buckets } = measured
  return { attributes, count, sum, ...(buckets === undefined ? {} : { boundaries: buckets.boundaries }) }
}
