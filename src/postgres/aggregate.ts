/**
 * PostgreSQL's own aggregates and set-returning functions, by name. Source: pg_proc of PostgreSQL 15, prokind `a` and
 * proretset of what is not volatile, and the manual's lists of those that 16 to 18 added.
 */
const aggregateNames = `
  any_value array_agg avg bit_and bit_or bit_xor bool_and bool_or corr count covar_pop covar_samp cume_dist dense_rank
  every json_agg json_agg_strict json_arrayagg json_object_agg json_object_agg_strict json_object_agg_unique
  json_object_agg_unique_strict json_objectagg jsonb_agg jsonb_agg_strict jsonb_object_agg jsonb_object_agg_strict
  jsonb_object_agg_unique jsonb_object_agg_unique_strict max min mode percent_rank percentile_cont percentile_disc
  range_agg range_intersect_agg rank regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx
  regr_sxy regr_syy stddev stddev_pop stddev_samp string_agg sum var_pop var_samp variance xmlagg
`

const setReturningNames = `
  generate_series generate_subscripts json_array_elements json_array_elements_text json_each json_each_text
  json_object_keys json_populate_recordset json_to_recordset jsonb_array_elements jsonb_array_elements_text jsonb_each
  jsonb_each_text jsonb_object_keys jsonb_path_query jsonb_path_query_tz jsonb_populate_recordset jsonb_to_recordset
  regexp_matches regexp_split_to_table string_to_table ts_debug ts_parse ts_token_type unnest xmltable json_table
`

const aggregates: ReadonlySet<string> = new Set(namesIn(aggregateNames))
const setReturning: ReadonlySet<string> = new Set(namesIn(setReturningNames))

function namesIn(list: string): string[] {
  return list.split(/\s+/).filter((name) => name !== '')
}

/** As a call writes it, lower case, with or without a schema; an aggregate of the user's own is none that we know. */
export function isAggregate(name: string): boolean {
  return aggregates.has(builtInName(name))
}

export function isSetReturning(name: string): boolean {
  return setReturning.has(builtInName(name))
}

function builtInName(name: string): string {
  return name.startsWith('pg_catalog.') ? name.slice('pg_catalog.'.length) : name
}
