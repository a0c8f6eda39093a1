/**
 * SQL settings of a function whose statements find every row by index. They force one generic plan without sequential
 * scans, which suits tables of every size. Without these settings, PostgreSQL keeps a plan made while a table was
 * empty, which scans the whole table: a settle becomes sixty times slower as the table grows. Planning every call again
 * would cost more than the call.
 */
export const planSettings = `set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off`
