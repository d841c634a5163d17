/**
 * Which built-in functions give another value for every row. Only these make ADD COLUMN … DEFAULT write the table anew:
 * https://www.postgresql.org/docs/current/sql-altertable.html, "Notes".
 * Source: pg_proc.provolatile of PostgreSQL 15, functions a default can call, by name, the worst of all overloads; and
 * the manual's lists of functions that 16 to 18 added. SQL value functions and row-wise constructs are listed with them.
 */
export type Volatility = 'volatile' | 'not-volatile' | 'unknown'

const volatileNames = `
  amvalidate array_sample array_shuffle brin_summarize_new_values brin_summarize_range clock_timestamp
  current_query currtid2 currval cursor_to_xml cursor_to_xmlschema gen_random_uuid gin_clean_pending_list
  lastval lo_close lo_creat lo_create lo_export lo_from_bytea lo_get lo_import lo_lseek lo_lseek64 lo_open
  lo_tell lo_tell64 lo_truncate lo_truncate64 lo_unlink loread lowrite nextval pg_advisory_unlock
  pg_advisory_unlock_shared pg_backup_start pg_backup_stop pg_blocking_pids pg_cancel_backend
  pg_collation_actual_version pg_control_checkpoint pg_control_init pg_control_recovery pg_control_system
  pg_copy_logical_replication_slot pg_copy_physical_replication_slot pg_create_logical_replication_slot
  pg_create_physical_replication_slot pg_create_restore_point pg_current_logfile pg_current_wal_flush_lsn
  pg_current_wal_insert_lsn pg_current_wal_lsn pg_database_collation_actual_version pg_database_size
  pg_export_snapshot pg_get_wal_replay_pause_state pg_import_system_collations pg_indexes_size
  pg_is_in_recovery pg_is_wal_replay_paused pg_isolation_test_session_is_blocked pg_jit_available
  pg_last_committed_xact pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp
  pg_log_backend_memory_contexts pg_logical_emit_message pg_nextoid pg_notification_queue_usage pg_promote
  pg_read_binary_file pg_read_file pg_read_file_old pg_relation_size pg_reload_conf
  pg_replication_origin_create pg_replication_origin_progress pg_replication_origin_session_is_setup
  pg_replication_origin_session_progress pg_replication_slot_advance pg_rotate_logfile
  pg_rotate_logfile_old pg_safe_snapshot_blocking_pids pg_sequence_last_value pg_switch_wal pg_table_size
  pg_tablespace_size pg_terminate_backend pg_total_relation_size pg_try_advisory_lock
  pg_try_advisory_lock_shared pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared
  pg_xact_commit_timestamp pg_xact_commit_timestamp_origin pg_xact_status plpgsql_call_handler
  query_to_xml query_to_xml_and_xmlschema query_to_xmlschema random random_normal set_config setval
  timeofday ts_rewrite txid_status uuidv4 uuidv7
`

const otherNames = `
  _pg_char_max_length _pg_char_octet_length _pg_datetime_precision _pg_index_position _pg_interval_type
  _pg_numeric_precision _pg_numeric_precision_radix _pg_numeric_scale _pg_truetypid _pg_truetypmod abbrev
  abs acldefault acos acosd acosh age area array_dims array_fill array_larger array_length array_lower
  array_ndims array_position array_positions array_remove array_replace array_reverse array_smaller
  array_sort array_to_json array_to_string array_to_tsvector array_upper ascii asin asind asinh atan atan2
  atan2d atand atanh bit_count bit_length bittypmodin booland_statefunc boolor_statefunc boolsend box
  bpchar_larger bpchar_smaller bpcharsend bpchartypmodin broadcast btrim byteasend cardinality casefold
  cash_words cashlarger cashsmaller cbrt ceil ceiling center char_length character_length charsend chr
  cidsend circle coalesce col_description concat concat_ws convert convert_from convert_to cos cosd cosh
  cot cotd crc32 crc32c current_catalog current_database current_date current_role current_schema
  current_schemas current_setting current_time current_timestamp current_user database_to_xml
  database_to_xml_and_xmlschema database_to_xmlschema date date_add date_bin date_larger date_part
  date_smaller date_subtract date_trunc datemultirange daterange daterange_canonical daterange_subdiff
  decode degrees dexp diagonal diameter div dlog1 dlog10 dround dtrunc encode enum_first enum_larger
  enum_last enum_range enum_smaller erf erfc exp extract factorial family float4_accum float4larger
  float4send float4smaller float8_accum float8_avg float8_combine float8_corr float8_covar_pop
  float8_covar_samp float8_regr_accum float8_regr_avgx float8_regr_avgy float8_regr_combine
  float8_regr_intercept float8_regr_r2 float8_regr_slope float8_regr_sxx float8_regr_sxy float8_regr_syy
  float8_stddev_pop float8_stddev_samp float8_var_pop float8_var_samp float8larger float8send
  float8smaller floor format format_type gamma gcd get_bit get_byte get_current_ts_config
  getdatabaseencoding getpgusername greatest has_any_column_privilege has_column_privilege
  has_database_privilege has_foreign_data_wrapper_privilege has_function_privilege has_language_privilege
  has_parameter_privilege has_schema_privilege has_sequence_privilege has_server_privilege
  has_table_privilege has_tablespace_privilege has_type_privilege height host hostmask inet_client_addr
  inet_client_port inet_server_addr inet_server_port initcap int2_avg_accum int2_avg_accum_inv int2_sum
  int2int4_sum int2larger int2send int2smaller int2vectorsend int4 int4_avg_accum int4_avg_accum_inv
  int4_avg_combine int4_sum int4inc int4larger int4multirange int4range int4range_canonical
  int4range_subdiff int4send int4smaller int8 int8_avg int8_sum int8dec int8dec_any int8inc int8inc_any
  int8inc_float8_float8 int8larger int8multirange int8range int8range_canonical int8range_subdiff int8send
  int8smaller interval_accum interval_accum_inv interval_avg interval_combine interval_larger
  interval_smaller intervaltypmodin is_normalized isclosed isempty isfinite ishorizontal isopen isparallel
  isperp isvertical json_array_length json_build_array json_build_object json_object json_populate_record
  json_scalar json_strip_nulls json_to_record json_to_tsvector json_typeof jsonb_array_length
  jsonb_build_array jsonb_build_object jsonb_insert jsonb_object jsonb_path_exists jsonb_path_exists_tz
  jsonb_path_match jsonb_path_match_tz jsonb_path_query_array jsonb_path_query_array_tz
  jsonb_path_query_first jsonb_path_query_first_tz jsonb_populate_record jsonb_pretty jsonb_set
  jsonb_set_lax jsonb_strip_nulls jsonb_to_record jsonb_to_tsvector jsonb_typeof justify_days
  justify_hours justify_interval lcm least left length lgamma like like_escape line ln localtime
  localtimestamp log log10 lower lower_inc lower_inf lpad lseg ltrim macaddr8_set7bit make_date
  make_interval make_time make_timestamp make_timestamptz makeaclitem masklen md5 min_scale mod multirange
  multirange_intersect_agg_transfn mxid_age nameconcatoid namesend netmask network network_larger
  network_smaller normalize notlike now npoints nullif num_nonnulls num_nulls numeric numeric_div_trunc
  numeric_exp numeric_inc numeric_larger numeric_ln numeric_log numeric_smaller numeric_sqrt
  numerictypmodin nummultirange numnode numrange numrange_subdiff obj_description octet_length oidlarger
  oidsend oidsmaller oidvectorsend oidvectortypes overlaps overlay parse_ident pclose pg_backend_pid
  pg_char_to_encoding pg_client_encoding pg_collation_for pg_collation_is_visible pg_column_compression
  pg_column_is_updatable pg_column_size pg_conf_load_time pg_conversion_is_visible pg_current_snapshot
  pg_current_xact_id pg_current_xact_id_if_assigned pg_describe_object pg_encoding_max_length
  pg_encoding_to_char pg_event_trigger_table_rewrite_oid pg_event_trigger_table_rewrite_reason
  pg_filenode_relation pg_function_is_visible pg_get_constraintdef pg_get_expr pg_get_function_arg_default
  pg_get_function_arguments pg_get_function_identity_arguments pg_get_function_result
  pg_get_function_sqlbody pg_get_functiondef pg_get_indexdef pg_get_object_address
  pg_get_partition_constraintdef pg_get_partkeydef pg_get_replica_identity_index pg_get_ruledef
  pg_get_serial_sequence pg_get_statisticsobjdef pg_get_statisticsobjdef_columns
  pg_get_statisticsobjdef_expressions pg_get_triggerdef pg_get_userbyid pg_get_viewdef pg_has_role
  pg_identify_object pg_identify_object_as_address pg_index_column_has_property pg_index_has_property
  pg_indexam_has_property pg_indexam_progress_phasename pg_is_other_temp_schema pg_lsn pg_lsn_larger
  pg_lsn_smaller pg_my_temp_schema pg_opclass_is_visible pg_operator_is_visible pg_opfamily_is_visible
  pg_partition_root pg_postmaster_start_time pg_relation_filenode pg_relation_filepath
  pg_relation_is_publishable pg_relation_is_updatable pg_replication_origin_oid pg_sequence_parameters
  pg_settings_get_flags pg_size_bytes pg_size_pretty pg_snapshot_xmax pg_snapshot_xmin pg_table_is_visible
  pg_tablespace_location pg_trigger_depth pg_ts_config_is_visible pg_ts_dict_is_visible
  pg_ts_parser_is_visible pg_ts_template_is_visible pg_type_is_visible pg_typeof pg_visible_in_snapshot
  pg_wal_lsn_diff pg_walfile_name pg_walfile_name_offset phraseto_tsquery pi plainto_tsquery point polygon
  popen position postgresql_fdw_validator pow power querytree quote_ident quote_literal quote_nullable
  radians radius range_intersect_agg_transfn range_merge regclasssend regcollationsend regconfigsend
  regdictionarysend regexp_count regexp_instr regexp_like regexp_match regexp_replace
  regexp_split_to_array regexp_substr regnamespacesend regoperatorsend regopersend regproceduresend
  regprocsend regrolesend regtypesend repeat replace reverse right round row row_security_active
  row_to_json rpad rtrim satisfies_hash_partition scale schema_to_xml schema_to_xml_and_xmlschema
  schema_to_xmlschema session_user set_bit set_byte set_masklen setweight sha224 sha256 sha384 sha512
  shobj_description sign similar_escape similar_to_escape sin sind sinh slope split_part sqrt
  statement_timestamp string_to_array strip strpos substr substring table_to_xml
  table_to_xml_and_xmlschema table_to_xmlschema tan tand tanh text text_larger text_smaller textlen
  textsend tidlarger tidsend tidsmaller time_larger time_smaller timestamp timestamp_larger
  timestamp_smaller timestamptypmodin timestamptz timestamptz_larger timestamptz_smaller
  timestamptztypmodin timetypmodin timetz_larger timetz_smaller timetztypmodin timezone to_ascii to_bin
  to_char to_date to_hex to_json to_jsonb to_number to_oct to_regclass to_regcollation to_regnamespace
  to_regoper to_regoperator to_regproc to_regprocedure to_regrole to_regtype to_timestamp to_tsquery
  to_tsvector transaction_timestamp translate trim_array trim_scale trunc ts_delete ts_filter ts_headline
  ts_lexize ts_rank ts_rank_cd tsmultirange tsquery_phrase tsquerysend tsrange tsrange_subdiff
  tstzmultirange tstzrange tstzrange_subdiff tsvector_to_array tsvectorsend txid_current
  txid_current_if_assigned txid_current_snapshot txid_snapshot_xmax txid_snapshot_xmin
  txid_visible_in_snapshot unistr unknownsend upper upper_inc upper_inf user uuid_extract_timestamp
  uuid_extract_version varbittypmodin varcharsend varchartypmodin version websearch_to_tsquery width
  width_bucket xid8_larger xid8_smaller xid8send xidsend xml_is_well_formed xml_is_well_formed_content
  xml_is_well_formed_document xmlcomment xmlconcat2 xmlexists xmlvalidate xpath xpath_exists
`

/** Extensions' functions that are met in defaults, all volatile. */
const volatileExtensionNames = `
  uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 gen_random_bytes gen_salt uuid_generate_v7
`

const known: ReadonlyMap<string, Volatility> = new Map([
  ...namesIn(otherNames).map((name) => [name, 'not-volatile'] as const),
  ...namesIn(volatileNames).map((name) => [name, 'volatile'] as const),
  ...namesIn(volatileExtensionNames).map((name) => [name, 'volatile'] as const),
])

function namesIn(list: string): string[] {
  return list.split(/\s+/).filter((name) => name !== '')
}

/** `name` as a call writes it, lower case, with or without a schema. A user's function is `unknown`. */
export function volatilityOf(name: string): Volatility {
  const dot = name.lastIndexOf('.')
  const schema = dot < 0 ? null : name.slice(0, dot)
  const volatility = known.get(name.slice(dot + 1)) ?? 'unknown'
  // A function of the user's own schema may bear a built-in's name; the extension's are volatile wherever they live.
  return schema === null || schema === 'pg_catalog' || volatility === 'volatile' ? volatility : 'unknown'
}
