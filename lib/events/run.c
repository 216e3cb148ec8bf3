/* Runs of entries. Layout: docs/file-format.md, "Entries". */
#include "events/run.h"

#include "codec/word.h"

#define WORDS_MAX 256 /* words of one run; more of them are written in full */

/* Flags as they are written: what is rare needs a second byte. */
enum {
    SKEWED = 16,      /* instant differs from time; its delta follows */
    SAME_FLAGS = 111, /* those that omni__entry_flag has at the same place */
    MERGED = 128,
    WIDE = 256,        /* the amount needs 16 bytes */
    OUT_OF_LIST = 512, /* words are written in full */
    AWAY = 1024,
    NOBODY = 2048
};

/* Bytes that read_plain() may look at: seven varints and half a hash. */
enum { PLAIN_MOST = 7 * 8 + 4 };

typedef struct word_list {
    omni__slice words[WORDS_MAX];
    size_t count;
} word_list;

/* Where a word is, or belongs, in the sorted list. */
static size_t
word_place(const word_list *list, omni__slice word, bool *found)
{
    size_t low = 0;
    size_t high = list->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const int order = omni__slice_compare(list->words[middle], word);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *found = false;
    return low;
}

static void
add_word(word_list *list, omni__slice word)
{
    bool found;
    const size_t place = word_place(list, word, &found);
    if (found || list->count == WORDS_MAX) {
        return;
    }
    memmove(list->words + place + 1, list->words + place,
            (list->count - place) * sizeof(list->words[0]));
    list->words[place] = word;
    ++list->count;
}

static void
collect_words(const omni__entry *entries, size_t count, word_list *list)
{
    list->count = 0;
    for (size_t i = 0; i < count; ++i) {
        if ((entries[i].flags & OMNI__ENTRY_ANCHORED) != 0) {
            add_word(list, entries[i].name);
            add_word(list, entries[i].channel);
        }
        if ((entries[i].flags & OMNI__ENTRY_AMOUNT) != 0) {
            add_word(list, entries[i].currency);
        }
    }
}

/* The words of an entry as places in the list; false if one is not in it. */
static bool
find_words(const omni__entry *entry, const word_list *list, size_t places[3])
{
    bool name = true;
    bool channel = true;
    bool currency = true;
    if ((entry->flags & OMNI__ENTRY_ANCHORED) != 0) {
        places[0] = word_place(list, entry->name, &name);
        places[1] = word_place(list, entry->channel, &channel);
    }
    if ((entry->flags & OMNI__ENTRY_AMOUNT) != 0) {
        places[2] = word_place(list, entry->currency, &currency);
    }
    return name && channel && currency;
}

static bool
is_wide(omni__int128 amount)
{
    return amount.high != ((amount.low >> 63) != 0 ? UINT64_MAX : 0);
}

static unsigned
flags_of(const omni__entry *entry, bool listed)
{
    unsigned flags = entry->flags & SAME_FLAGS;
    if ((entry->flags & OMNI__ENTRY_MERGED) != 0) {
        flags |= MERGED;
    }
    if ((entry->flags & OMNI__ENTRY_AWAY) != 0) {
        flags |= AWAY;
    }
    if ((entry->flags & OMNI__ENTRY_NOBODY) != 0) {
        flags |= NOBODY;
    }
    if (entry->instant_us != entry->order.time_us) {
        flags |= SKEWED;
    }
    if ((flags & OMNI__ENTRY_AMOUNT) != 0 && is_wide(entry->amount)) {
        flags |= WIDE;
    }
    return flags | (listed ? 0 : OUT_OF_LIST);
}

static void
put_word(omni__buffer *out, omni__slice word, bool listed, size_t place)
{
    if (listed) {
        omni__put_varint(out, place);
    } else {
        omni__put_word(out, word);
    }
}

static void
put_entry(omni__buffer *out, const omni__entry *entry, int64_t previous_us,
          const word_list *list)
{
    size_t places[3] = {0, 0, 0};
    const bool listed = find_words(entry, list, places);
    const unsigned flags = flags_of(entry, listed);
    omni__put_varint(out, flags);
    omni__put_varint(out,
                     (uint64_t)entry->order.time_us - (uint64_t)previous_us);
    uint8_t hash[4];
    omni__le32_write(hash, entry->order.event_hash);
    omni__buffer_put(out, hash, sizeof(hash));
    omni__put_varint(out, entry->order.position);
    if ((flags & SKEWED) != 0) {
        omni__put_zigzag(out, (int64_t)((uint64_t)entry->instant_us -
                                        (uint64_t)entry->order.time_us));
    }
    if ((entry->flags & OMNI__ENTRY_ANCHORED) != 0) {
        put_word(out, entry->name, listed, places[0]);
        put_word(out, entry->channel, listed, places[1]);
    }
    if ((flags & OMNI__ENTRY_AMOUNT) == 0) {
        return;
    }
    put_word(out, entry->currency, listed, places[2]);
    if ((flags & WIDE) != 0) {
        omni__put_le64(out, entry->amount.low);
        omni__put_le64(out, entry->amount.high);
    } else {
        omni__put_zigzag(out, (int64_t)entry->amount.low);
    }
}

/* What stands before the entries: last time, words, count. */
static void
put_head(omni__buffer *out, int64_t last_us, const word_list *list,
         size_t count)
{
    omni__put_zigzag(out, last_us);
    omni__put_varint(out, list->count);
    for (size_t i = 0; i < list->count; ++i) {
        omni__put_word(out, list->words[i]);
    }
    omni__put_varint(out, count);
}

void
omni__run_encode(const omni__entry *entries, size_t count, omni__buffer *out)
{
    if (count == 0) {
        return;
    }
    word_list list;
    collect_words(entries, count, &list);
    put_head(out, entries[count - 1].order.time_us, &list, count);
    int64_t previous_us = 0;
    for (size_t i = 0; i < count; ++i) {
        put_entry(out, &entries[i], previous_us, &list);
        previous_us = entries[i].order.time_us;
    }
}

static size_t
read_head(omni__reader *reader, int64_t *last_us, word_list *list)
{
    *last_us = omni__read_zigzag(reader);
    const uint64_t words = omni__read_varint(reader);
    if (words > WORDS_MAX) {
        omni__reader_spoil(reader);
        return 0;
    }
    list->count = (size_t)words;
    for (size_t i = 0; i < list->count; ++i) {
        list->words[i] = omni__read_word(reader);
    }
    const uint64_t count = omni__read_varint(reader);
    /* An entry takes at least 7 bytes. */
    if (count > omni__reader_left(reader) / 7) {
        omni__reader_spoil(reader);
        return 0;
    }
    return (size_t)count;
}

static omni__slice
read_word(omni__reader *reader, bool listed, const word_list *list)
{
    if (!listed) {
        return omni__read_word(reader);
    }
    const uint64_t place = omni__read_varint(reader);
    if (place >= list->count) {
        omni__reader_spoil(reader);
        return omni__slice_of(NULL, 0);
    }
    return list->words[place];
}

static inline uint64_t
take(const uint8_t **at, bool *fine)
{
    uint64_t value = 0;
    if (**at < 0x80) {
        return *(*at)++;
    }
    *fine &= omni__varint_word(at, &value);
    return value;
}

static inline omni__slice
take_word(const uint8_t **at, const word_list *list, bool *fine)
{
    const uint64_t place = take(at, fine);
    *fine &= place < list->count;
    return *fine ? list->words[place] : omni__slice_of(NULL, 0);
}

/* What most entries are, read without looking for the end of bytes. Returns
   where it ends; NULL: this is another one. */
static const uint8_t *
read_plain(const uint8_t *at, int64_t previous_us, const word_list *list,
           omni__entry *entry)
{
    bool fine = true;
    const uint64_t flags = take(&at, &fine);
    entry->flags = (uint8_t)flags;
    entry->order.time_us = (int64_t)((uint64_t)previous_us + take(&at, &fine));
    entry->order.event_hash = omni__le32_read(at);
    at += 4;
    entry->order.position = take(&at, &fine);
    entry->instant_us = entry->order.time_us;
    entry->name = omni__slice_of(NULL, 0);
    entry->channel = entry->name;
    entry->currency = entry->name;
    entry->amount = omni__int128_of(0);
    if ((flags & OMNI__ENTRY_VISIBLE) != 0) {
        entry->name = take_word(&at, list, &fine);
        entry->channel = take_word(&at, list, &fine);
    }
    if ((flags & OMNI__ENTRY_AMOUNT) != 0) {
        entry->currency = take_word(&at, list, &fine);
        entry->amount = omni__int128_of(omni__unzigzag(take(&at, &fine)));
    }
    return fine && (flags & ~(uint64_t)SAME_FLAGS) == 0 ? at : NULL;
}

/* Read one if it is such a one; the last ones from a copy, which has room
   behind them. */
static bool
try_plain(omni__reader *reader, int64_t previous_us, const word_list *list,
          omni__entry *entry)
{
    const size_t left = omni__reader_left(reader);
    uint8_t room[PLAIN_MOST] = {0};
    const uint8_t *from = reader->at;
    if (left < PLAIN_MOST) {
        from = left != 0 ? memcpy(room, reader->at, left) : room;
    }
    const uint8_t *end = read_plain(from, previous_us, list, entry);
    if (end == NULL || (size_t)(end - from) > left) {
        return false;
    }
    reader->at += end - from;
    return true;
}

static void
read_entry(omni__reader *reader, int64_t previous_us, const word_list *list,
           omni__entry *entry)
{
    if (try_plain(reader, previous_us, list, entry)) {
        return;
    }
    const uint64_t flags = omni__read_varint(reader);
    const bool listed = (flags & OUT_OF_LIST) == 0;
    *entry = (omni__entry){
        .flags = (uint16_t)((flags & SAME_FLAGS) |
                            ((flags & MERGED) != 0 ? OMNI__ENTRY_MERGED : 0) |
                            ((flags & AWAY) != 0 ? OMNI__ENTRY_AWAY : 0) |
                            ((flags & NOBODY) != 0 ? OMNI__ENTRY_NOBODY : 0))};
    entry->order.time_us =
        (int64_t)((uint64_t)previous_us + omni__read_varint(reader));
    const omni__slice hash = omni__read_bytes(reader, 4);
    entry->order.event_hash =
        hash.data != NULL ? omni__le32_read(hash.data) : 0;
    entry->order.position = omni__read_varint(reader);
    entry->instant_us = entry->order.time_us;
    if ((flags & SKEWED) != 0) {
        entry->instant_us = (int64_t)((uint64_t)entry->instant_us +
                                      (uint64_t)omni__read_zigzag(reader));
    }
    if ((entry->flags & OMNI__ENTRY_ANCHORED) != 0) {
        entry->name = read_word(reader, listed, list);
        entry->channel = read_word(reader, listed, list);
    }
    if ((flags & OMNI__ENTRY_AMOUNT) == 0) {
        return;
    }
    entry->currency = read_word(reader, listed, list);
    if ((flags & WIDE) != 0) {
        entry->amount.low = omni__read_le64(reader);
        entry->amount.high = omni__read_le64(reader);
    } else {
        entry->amount = omni__int128_of(omni__read_zigzag(reader));
    }
}

omni_status
omni__run_decode(omni__slice bytes, omni__arena *arena, omni__entry **out,
                 size_t *count)
{
    word_list list; /* large: only what is read is set */
    omni__reader reader = omni__reader_of(bytes);
    int64_t last_us = 0;
    const size_t n = bytes.size != 0 ? read_head(&reader, &last_us, &list) : 0;
    omni__entry *entries = omni__arena_get(arena, (n + 1) * sizeof(entries[0]));
    if (entries == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    int64_t previous_us = 0;
    for (size_t i = 0; i < n && !reader.bad; ++i) {
        read_entry(&reader, previous_us, &list, &entries[i]);
        previous_us = entries[i].order.time_us;
    }
    *out = entries;
    *count = n;
    return reader.bad || (n != 0 && previous_us != last_us) ? OMNI_ERR_CORRUPT
                                                            : OMNI_OK;
}

int64_t
omni__run_last_time(omni__slice bytes)
{
    omni__reader reader = omni__reader_of(bytes);
    const int64_t last_us = omni__read_zigzag(&reader);
    return reader.bad ? INT64_MIN : last_us;
}

bool
omni__run_append(omni__slice bytes, const omni__entry *entry, omni__buffer *out)
{
    if (bytes.size == 0) {
        return false;
    }
    word_list list;
    int64_t last_us;
    size_t places[3];
    omni__reader reader = omni__reader_of(bytes);
    const size_t count = read_head(&reader, &last_us, &list);
    if (reader.bad || entry->order.time_us <= last_us ||
        !find_words(entry, &list, places)) {
        return false;
    }
    put_head(out, entry->order.time_us, &list, count + 1);
    omni__buffer_put(out, reader.at, omni__reader_left(&reader));
    put_entry(out, entry, last_us, &list);
    return true;
}
