// The HTTP API of an engine for administrators
export { type AdminApi, type AdminApiOptions, createAdminApi } from './admin-api.ts'
