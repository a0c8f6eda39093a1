// OpenTelemetry: spans and metrics of the calls that an engine admits

export type { OpenTelemetryApi } from './api.ts'
export { type InstrumentOptions, instrument } from './instrument.ts'
