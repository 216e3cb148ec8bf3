/* Calls of public functions on what `on` of test_calls.c holds. */
#ifndef OMNI_TESTS_OOM_CALLS_H
#define OMNI_TESTS_OOM_CALLS_H

#include "oom/device.h"

/* clang-format off */
#define CALLS(X)                                                              \
    X(batch_add, omni_batch_add(on.batch, fresh_event()))                     \
    X(batch_add_json,                                                         \
       omni_batch_add_json(on.batch, on.import, lines, sizeof(lines) - 1))    \
    X(batch_add_merge, omni_batch_add_merge(on.batch, people[0], bob, &why))  \
    X(batch_add_retract, omni_batch_add_retract(on.batch, &on.fact, &why))    \
    X(batch_add_row,                                                          \
       omni_batch_add_row(on.batch, on.import, on.mapping, &table_row))       \
    X(batch_add_split, omni_batch_add_split(on.batch, people[0], bob, &why))  \
    X(batch_bytes, ((void)omni_batch_bytes(on.batch), OMNI_OK))               \
    X(batch_commit,                                                           \
       omni_batch_commit(on.batch, OMNI_DURABILITY_DEFAULT, &on.error))       \
    X(batch_count, ((void)omni_batch_count(on.batch), OMNI_OK))               \
    X(batch_error, ((void)omni_batch_error(on.batch), OMNI_OK))               \
    X(batch_free, ((void)omni_batch_free(on.done), on.done = NULL, OMNI_OK))  \
    X(batch_new, omni_batch_new(on.store, NULL, &on.new_batch, &on.error))    \
    X(batch_result, omni_batch_result(on.done, 0, &out.event_result))         \
    X(batch_result_count, ((void)omni_batch_result_count(on.done), OMNI_OK))  \
    X(batch_retract_result,                                                   \
       omni_batch_retract_result(on.done, 2, &out.retracted))                 \
    X(batch_statement_result,                                                 \
       omni_batch_statement_result(on.done, 1, &out.stated))                  \
    X(batch_summary, omni_batch_summary(on.done, &out.summary))               \
    X(cel_eval_json,                                                          \
       omni_cel_eval_json(on.cel, request, sizeof(request) - 1, &out.text))   \
    X(cel_free, ((void)omni_cel_free(on.cel), on.cel = NULL, OMNI_OK))        \
    X(cel_new, omni_cel_new(wanted_hooks, &on.new_cel, &on.error))            \
    X(event_append,                                                           \
       omni_event_append(on.store, fresh_event(), &out.event_result,          \
        &on.error))                                                           \
    X(event_append_json,                                                      \
       omni_event_append_json(on.store, lines, sizeof(lines) - 1,             \
        &out.summary, &on.error))                                             \
    X(event_parse_json,                                                       \
       omni_event_parse_json(on.store, lines, sizeof(lines) - 1,              \
        ignore_parsed, NULL, &out.summary, &on.error))                        \
    X(explain, omni_explain(on.txn, &on.id, &on.other, &out.explanation))     \
    X(explain_identifier, omni_explain_identifier(on.txn, &on.id, &out.named))\
    X(explanation_json,                                                       \
       omni_explanation_json(on.txn, on.explanation, &out.text))              \
    X(fact_id_format,                                                         \
       ((void)omni_fact_id_format(&out.fact.id, out.written), OMNI_OK))       \
    X(fact_id_parse,                                                          \
       omni_fact_id_parse(fact_text, &out.fact_id))                           \
    X(fact_kind_name, ((void)omni_fact_kind_name(OMNI_FACT_LINK), OMNI_OK))   \
    X(fact_retract,                                                           \
       omni_fact_retract(on.store, &on.fact, &why, &out.retracted,            \
        &on.error))                                                           \
    X(facts_close,                                                            \
       ((void)omni_facts_close(on.facts), on.facts = NULL, OMNI_OK))          \
    X(facts_error, ((void)omni_facts_error(on.facts), OMNI_OK))               \
    X(facts_json, omni_facts_json(on.facts, &out.text))                       \
    X(facts_next, omni_facts_next(on.facts, &out.fact))                       \
    X(facts_open, omni_facts_open(on.store, NULL, &on.new_facts, &on.error))  \
    X(facts_position, ((void)omni_facts_position(on.facts), OMNI_OK))         \
    X(feed_end,                                                               \
       omni_feed_end(on.txn, OMNI_FEED_PROFILES, &out.moved.position))       \
    X(funnel_json, omni_funnel_json(on.txn, on.funnel, &out.text))            \
    X(funnel_run, omni_funnel_run(on.txn, &funnel, &out.funnel))              \
    X(group_figures,                                                          \
       omni_group_figures(on.txn, on.group, &out.figures, &out.count))        \
    X(group_get, omni_group_get(on.txn, "acme", &out.group))                  \
    X(group_json, omni_group_json(on.txn, on.group, &out.text))               \
    X(group_next, omni_group_next(on.txn, NULL, &out.text))                   \
    X(id_format, ((void)omni_id_format(&on.id, out.written), OMNI_OK))        \
    X(id_parse, omni_id_parse("00112233445566778899aabbccddeeff", &out.id))   \
    X(identifier_explanation_json,                                            \
       omni_identifier_explanation_json(on.txn, on.named, &out.text))         \
    X(identifier_find, omni_identifier_find(on.txn, people[1], &out.id))      \
    X(import_free,                                                            \
       ((void)omni_import_free(on.import), on.import = NULL, OMNI_OK))        \
    X(import_new,                                                             \
       omni_import_new(on.store, "file", &on.new_import, &on.error))          \
    X(import_rehearse,                                                        \
       omni_import_rehearse(on.import, ignore_parsed, NULL, &on.error))       \
    X(import_rehearsed,                                                       \
       ((void)omni_import_rehearsed(on.import, &out.summary), OMNI_OK))       \
    X(mapping_add, omni_mapping_add(on.mapping, "Name=trait:n", &on.error))   \
    X(mapping_bind, omni_mapping_bind(on.mapping, fields, 2, &on.error))      \
    X(mapping_form, omni_mapping_form(on.mapping, &out.form))                 \
    X(mapping_free,                                                           \
       ((void)omni_mapping_free(on.mapping), on.mapping = NULL, OMNI_OK))     \
    X(mapping_parse,                                                          \
       omni_mapping_parse(mapping, sizeof(mapping) - 1, wanted_hooks,         \
        &on.new_mapping, NULL))                                               \
    X(mapping_skipped, omni_mapping_skipped(on.mapping, 0, &out.skipped))     \
    X(mapping_uses, ((void)omni_mapping_uses(on.mapping, 0), OMNI_OK))        \
    X(policy_invalid_facts,                                                   \
       omni_policy_invalid_facts(on.txn, &out.invalid, &out.count))           \
    X(policy_json, omni_policy_json(on.txn, &out.text))                       \
    X(policy_plan_json,                                                       \
       omni_policy_plan_json(on.txn, on.plan, &out.text))                     \
    X(policy_rehearse,                                                        \
       omni_policy_rehearse(on.txn, policy, sizeof(policy) - 1, NULL,         \
        &out.plan))                                                           \
    X(policy_set_json,                                                        \
       omni_policy_set_json(on.store, fresh_policy(), 22, NULL, &out.set,     \
        &on.error))                                                           \
    X(policy_settings,                                                        \
       omni_policy_settings(on.txn, &out.settings, &out.count))               \
    X(profile_change_name,                                                    \
       ((void)omni_profile_change_name(OMNI_PROFILE_SPLIT), OMNI_OK))         \
    X(profile_change_next,                                                    \
       omni_profile_change_next(on.txn, NULL, &out.moved))           \
    X(profile_channels,                                                       \
       ((void)omni_profile_channels(on.profile, &out.count), OMNI_OK))        \
    X(profile_figure,                                                         \
       omni_profile_figure(on.profile, "Order Completed", &out.figure))       \
    X(profile_figures,                                                        \
       ((void)omni_profile_figures(on.profile, &out.count), OMNI_OK))         \
    X(profile_find, omni_profile_find(on.txn, people[1], &out.id))            \
    X(profile_first_seen,                                                     \
       ((void)omni_profile_first_seen(on.profile), OMNI_OK))                  \
    X(profile_get, omni_profile_get(on.txn, &on.other, &out.profile))         \
    X(profile_groups,                                                         \
       omni_profile_groups(on.txn, on.profile, &out.texts, &out.count))       \
    X(profile_held_apart,                                                     \
       omni_profile_held_apart(on.txn, on.profile, &out.held, &out.count))    \
    X(profile_id, ((void)omni_profile_id(on.profile), OMNI_OK))               \
    X(profile_identifiers,                                                    \
       ((void)omni_profile_identifiers(on.profile, &out.count), OMNI_OK))     \
    X(profile_json, omni_profile_json(on.txn, on.profile, &out.text))         \
    X(profile_last_seen, ((void)omni_profile_last_seen(on.profile), OMNI_OK)) \
    X(profile_links,                                                          \
       omni_profile_links(on.txn, &on.other, &out.links, &out.count))         \
    X(profile_merge,                                                          \
       omni_profile_merge(on.store, people[1], bob, &why, &out.stated,        \
        &on.error))                                                           \
    X(profile_resolve, omni_profile_resolve(on.txn, &on.other, &out.id))      \
    X(profile_segments,                                                       \
       omni_profile_segments(on.txn, on.profile, &out.texts, &out.count))     \
    X(profile_split,                                                          \
       omni_profile_split(on.store, people[1], bob, &why, &out.stated,        \
        &on.error))                                                           \
    X(profile_trait, omni_profile_trait(on.profile, "plan", &out.trait))      \
    X(profile_trait_history,                                                  \
       omni_profile_trait_history(on.txn, on.profile, NULL, &out.past,        \
                                  &out.count))                                \
    X(profile_traits,                                                         \
       ((void)omni_profile_traits(on.profile, &out.count), OMNI_OK))          \
    X(profiles_close,                                                         \
       ((void)omni_profiles_close(on.profiles), on.profiles = NULL, OMNI_OK)) \
    X(profiles_next, omni_profiles_next(on.profiles, &out.profile))           \
    X(profiles_open, omni_profiles_open(on.txn, NULL, &out.profiles))         \
    X(refused_name, ((void)omni_refused_name(OMNI_REFUSED_JSON), OMNI_OK))    \
    X(scan_close,                                                             \
       ((void)omni_scan_close(on.scan), on.scan = NULL, OMNI_OK))             \
    X(scan_next, omni_scan_next(on.scan, &out.id))                            \
    X(scan_open,                                                              \
       omni_scan_open(on.txn, on.segment, AT, NULL, &out.scan))               \
    X(scan_progress, omni_scan_progress(on.scan, &out.counts))                \
    X(segment_change_next,                                                    \
       omni_segment_change_next(on.txn, NULL, &out.change))                   \
    X(segment_compile,                                                        \
       omni_segment_compile(on.store, condition, sizeof(condition) - 1,       \
        &on.new_segment, &on.error))                                          \
    X(segment_count,                                                          \
       omni_segment_count(on.txn, on.segment, AT, NULL, NULL, &out.counts))   \
    X(segment_delete,                                                         \
       omni_segment_delete(                                                   \
           on.store,                                                          \
           &(omni_segment_removal){.size = sizeof(omni_segment_removal),      \
                                   .name = "vip"},                            \
           &out.fact.id, &on.error))                                          \
    X(segment_eval, eval())                                                   \
    X(segment_explain,                                                        \
       omni_segment_explain(on.txn, on.segment, &on.id, AT, &out.text, NULL)) \
    X(segment_free,                                                           \
       ((void)omni_segment_free(on.segment), on.segment = NULL, OMNI_OK))     \
    X(segment_load, omni_segment_load(on.txn, "vip", &on.new_segment))        \
    X(segment_set,                                                            \
       omni_segment_set(on.store, fresh_segment(), &out.fact.id, &on.error))  \
    X(segments_members,                                                       \
       omni_segments_members(on.txn, &vips, ignore_member, NULL, NULL))        \
    X(segments_read, omni_segments_read(on.txn, &out.segments, &out.count))   \
    X(status_name, ((void)omni_status_name(OMNI_OK), OMNI_OK))                \
    X(store_check, omni_store_check(on.store, 0, NULL, NULL, NULL, &on.error))\
    X(store_close, close_it())                                                \
    X(store_digest, omni_store_digest(on.store, &out.digest, &on.error))      \
    X(store_dump, omni_store_dump(on.store, ignore_bytes, NULL, &on.error))   \
    X(store_dump_at,                                                          \
       omni_store_dump_at(on.store, API_T0 + API_HOUR, ignore_bytes, NULL,    \
        &on.error))                                                           \
    X(store_flush, omni_store_flush(on.store, &on.error))                     \
    X(store_open, open_again())                                               \
    X(store_refused,                                                          \
       omni_store_refused(on.store, ignore_refused, NULL, &on.error))         \
    X(store_stats, omni_store_stats(on.store, &out.stats, &on.error))         \
    X(store_tick,                                                             \
       omni_store_tick(on.store, API_T0 + API_HOUR, 0, &out.tick, &on.error)) \
    X(store_tick_all,                                                         \
       omni_store_tick_all(on.store, 0, NULL, NULL, &out.tick, &on.error))    \
    X(store_voided,                                                           \
       omni_store_voided(on.store, ignore_voided, NULL, &on.error))           \
    X(timeline_close, ((void)omni_timeline_close(on.timeline), OMNI_OK))      \
    X(timeline_copies,                                                        \
       omni_timeline_copies(on.timeline, &out.copies, &out.count))            \
    X(timeline_facts,                                                         \
       omni_timeline_facts(on.timeline, &out.facts, &out.count))              \
    X(timeline_identifiers,                                                   \
       omni_timeline_identifiers(on.timeline, &out.names, &out.count))        \
    X(timeline_json, omni_timeline_json(on.timeline, &out.text))              \
    X(timeline_next, omni_timeline_next(on.timeline, &out.event))             \
    X(timeline_open, omni_timeline_open(on.txn, &on.id, &all, &out.timeline)) \
    X(txn_as_of, omni_txn_as_of(on.txn, &on.id, 1, INT64_MAX, &on.new_txn))   \
    X(txn_at, omni_txn_at(on.txn, API_T0))                                    \
    X(txn_begin, omni_txn_begin(on.store, &on.new_txn, &on.error))            \
    X(txn_end, ((void)omni_txn_end(on.txn), on.txn = NULL, OMNI_OK))          \
    X(txn_error, ((void)omni_txn_error(on.txn), OMNI_OK))                     \
    X(version, ((void)omni_version(), OMNI_OK))
/* clang-format on */

#endif
