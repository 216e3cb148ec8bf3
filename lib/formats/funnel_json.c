/* Keys sorted, no spaces; what nobody took no time for is left out. */
#include "formats/funnel_json.h"

#include "codec/decimal.h"
#include "formats/json_put.h"

/* `"key":part/whole,` in millionths, to the nearest. */
static void
put_share(omni__buffer *out, const char *key, uint64_t part, uint64_t whole)
{
    char text[OMNI__DECIMAL_TEXT];
    if (whole == 0) {
        return;
    }
    omni__json_put_key(out, key);
    omni__decimal_format(
        omni__int128_of((int64_t)((part * 1000000 + whole / 2) / whole)), text);
    omni__buffer_text(out, text);
    omni__buffer_byte(out, ',');
}

/* `"key":{…},` */
static void
put_times(omni__buffer *out, const char *key, const omni_funnel_times *times)
{
    const char *const keys[] = {"mean_us", "median_us", "p90_us"};
    const int64_t values[] = {times->mean_us, times->median_us, times->p90_us};
    omni__json_put_key(out, key);
    for (size_t i = 0; i < 3; ++i) {
        omni__buffer_byte(out, i == 0 ? '{' : ',');
        omni__json_put_key(out, keys[i]);
        omni__json_put_number(out, (uint64_t)values[i]);
    }
    omni__buffer_text(out, "},");
}

static void
put_step(omni__buffer *out, const omni_funnel_count *steps, size_t k)
{
    const omni_funnel_count *step = &steps[k];
    omni__json_put_comma(out, k);
    omni__buffer_byte(out, '{');
    if (k != 0 && step->profiles != 0) {
        put_times(out, "from_before", &step->from_before);
        put_times(out, "from_first", &step->from_first);
    }
    if (k != 0) {
        put_share(out, "of_before", step->profiles, step[-1].profiles);
        put_share(out, "of_first", step->profiles, steps[0].profiles);
    }
    omni__json_put_key(out, "profiles");
    omni__json_put_number(out, step->profiles);
    omni__buffer_byte(out, '}');
}

static void
put_counts(omni__buffer *out, const char *key, const uint64_t *counts,
           size_t count)
{
    omni__json_put_key(out, key);
    omni__buffer_byte(out, '[');
    for (size_t i = 0; i < count; ++i) {
        omni__json_put_comma(out, i);
        omni__json_put_number(out, counts[i]);
    }
    omni__buffer_byte(out, ']');
}

void
omni__funnel_write(const omni_funnel *funnel, omni__buffer *out)
{
    omni__buffer_text(out, "{\"channels\":[");
    for (size_t i = 0; i < funnel->channel_count; ++i) {
        const omni_funnel_channel *channel = &funnel->channels[i];
        omni__json_put_comma(out, i);
        omni__buffer_byte(out, '{');
        put_counts(out, "at", channel->at, funnel->step_count);
        omni__buffer_text(out, ",\"channel\":");
        omni__json_put_text(out, channel->channel);
        omni__buffer_byte(out, ',');
        put_counts(out, "started", channel->started, funnel->step_count);
        omni__buffer_byte(out, '}');
    }
    omni__buffer_text(out, "],\"steps\":[");
    for (size_t k = 0; k < funnel->step_count; ++k) {
        put_step(out, funnel->steps, k);
    }
    omni__buffer_text(out, "],\"until\":");
    omni__json_put_time(out, funnel->until_us);
    omni__buffer_byte(out, '}');
}
