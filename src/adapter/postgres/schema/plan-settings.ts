/**
 * SQL: the settings of a function whose statements find every row by index. A cached plan that was made while a table was
 * empty scans the whole table, and stays in use as it grows: a settle gets sixty times slower. Planning each call costs more
 * than running it. With scans ruled out, one generic plan fits tables of every size, and the statistics do not matter.
 */
export const planSettings = `set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off`
