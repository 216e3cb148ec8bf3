/* Logs for tests. Whatever fails here that is not the log's ends the test. */
#include "support/log_world.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define START_US INT64_C(1700000000000000)

static void
stop(const char *what)
{
    perror(what);
    exit(2);
}

void
log_world_make(log_world *world)
{
    memset(world, 0, sizeof(*world));
    const char *base = getenv("TMPDIR");
    snprintf(world->directory, sizeof(world->directory), "%s/omni-log-XXXXXX",
             base != NULL ? base : "/tmp");
    if (mkdtemp(world->directory) == NULL) {
        stop("mkdtemp");
    }
    if (omni__hooks_init(&world->hooks, NULL) != OMNI_OK) {
        stop("hooks");
    }
    world->options = (omni__log_options){
        .hooks = &world->hooks, .segment_bytes = 8192, .allocate_bytes = 4096};
    memset(world->options.deployment, 0xd0, 16);
    memset(world->options.replica, 0xa1, OMNI__REPLICA_SIZE);
    if (omni__log_create(world->directory, &world->options, &world->error) !=
        OMNI_OK) {
        fprintf(stderr, "create: %s\n", world->error.message);
        exit(2);
    }
}

void
log_world_remove_directory(const char *directory)
{
    DIR *stream = opendir(directory);
    if (stream == NULL) {
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(stream)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 &&
            strcmp(entry->d_name, "..") != 0) {
            unlinkat(dirfd(stream), entry->d_name, 0);
        }
    }
    closedir(stream);
    rmdir(directory);
}

void
log_world_remove(log_world *world)
{
    log_world_close(world);
    log_world_remove_directory(world->directory);
}

omni_status
log_world_open(log_world *world)
{
    return omni__log_open(world->directory, &world->options, &world->log,
                          &world->error);
}

omni_status
log_world_close(log_world *world)
{
    const omni_status status = omni__log_close(world->log);
    world->log = NULL;
    return status;
}

omni_status
log_world_commit(omni__log *log, uint64_t first, size_t count, size_t size,
                 omni_durability durability, omni__log_commit_result *result,
                 omni_error *error)
{
    const size_t room = size < 8 ? 8 : size;
    omni__fact_draft *drafts = calloc(count, sizeof(*drafts));
    uint8_t *bodies = calloc(count, room);
    if (drafts == NULL || bodies == NULL) {
        stop("calloc");
    }
    for (size_t i = 0; i < count; ++i) {
        uint8_t *body = bodies + i * room;
        omni__le64_write(body, first + i);
        for (size_t at = 8; at < room; ++at) {
            body[at] = (uint8_t)(first + i + at);
        }
        drafts[i].kind = OMNI__FACT_EVENT;
        drafts[i].body = omni__slice_of(body, room);
        memset(drafts[i].salt, 0x5a, OMNI__SALT_SIZE);
        omni__body_hash(drafts[i].salt, drafts[i].body, drafts[i].body_hash);
    }
    const omni_status status = omni__log_commit(log, drafts, count, durability,
                                                START_US, result, error);
    free(drafts);
    free(bodies);
    return status;
}

/* History of one replica along a walk. */
typedef struct history {
    uint64_t next_sequence;
    uint64_t hlc;
    uint8_t previous[OMNI__HASH_SIZE];
} history;

static bool
complain(log_walk *walk, uint64_t position, const char *why)
{
    walk->sound = false;
    snprintf(walk->why, sizeof(walk->why), "at %llu: %.120s",
             (unsigned long long)position, why);
    return false;
}

static void
note_number(log_walk *walk, const omni__fact *fact)
{
    ++walk->facts;
    if (walk->seen == NULL || fact->body.size < 8) {
        return;
    }
    const uint64_t number = omni__le64_read(fact->body.data);
    if (number < walk->limit) {
        uint8_t *byte = &walk->seen[number / 8];
        const uint8_t bit = (uint8_t)(1u << (number % 8));
        walk->repeated += (*byte & bit) != 0;
        *byte |= bit;
    }
}

static bool
check_group(const log_world *world, const omni__log_frame *frame, history *past,
            log_walk *walk)
{
    omni__group group;
    if (omni__group_open(frame->group, &group, NULL) != OMNI_OK ||
        omni__group_verify(&group, NULL) != OMNI_OK) {
        return complain(walk, frame->position, "group is not sound");
    }
    if (memcmp(group.replica, world->options.replica, OMNI__REPLICA_SIZE) ==
        0) {
        if (group.first_sequence != past->next_sequence) {
            return complain(walk, frame->position, "sequence has a gap");
        }
        if (memcmp(group.previous, past->previous, OMNI__HASH_SIZE) != 0) {
            return complain(walk, frame->position, "chain is broken");
        }
        if (group.hlc <= past->hlc) {
            return complain(walk, frame->position, "clock went back");
        }
        past->next_sequence += group.count;
        past->hlc = group.last_hlc;
        omni__group_hash(&group, past->previous);
    }
    omni__fact fact;
    while (omni__group_next(&group, &fact) == OMNI_OK) {
        note_number(walk, &fact);
    }
    return true;
}

void
log_world_walk(const log_world *world, omni__log *log, log_walk *walk)
{
    history past = {.next_sequence = 1};
    const omni__log_state state = omni__log_state_now(log);
    uint64_t position = omni__log_start(log);
    walk->sound = true;
    while (position < state.end) {
        omni__log_frame frame;
        omni_error error = {0};
        const omni_status status =
            omni__log_read(log, position, &frame, &error);
        if (status != OMNI_OK) {
            complain(walk, position, error.message);
            return;
        }
        if (!frame.control && !check_group(world, &frame, &past, walk)) {
            return;
        }
        walk->groups += frame.control ? 0 : 1;
        walk->controls += frame.control ? 1 : 0;
        walk->last_position = frame.position;
        position = frame.next;
    }
    if (position != state.end) {
        complain(walk, position, "frames do not end where the log does");
    } else if (past.next_sequence != state.next_sequence) {
        complain(walk, position, "state has another next sequence");
    } else if (memcmp(past.previous, state.last_hash, OMNI__HASH_SIZE) != 0) {
        complain(walk, position, "state has another last hash");
    }
}

void
log_world_path(const log_world *world, const char *name, char *path)
{
    snprintf(path, LOG_WORLD_PATH + 64, "%s/%s", world->directory, name);
}

uint8_t *
log_world_read_file(const log_world *world, const char *name, size_t *size)
{
    char path[LOG_WORLD_PATH + 64];
    log_world_path(world, name, path);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        stop(path);
    }
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*size + 1);
    if (bytes == NULL || fread(bytes, 1, *size, file) != *size) {
        stop(path);
    }
    fclose(file);
    return bytes;
}

void
log_world_write_file(const log_world *world, const char *name,
                     const void *bytes, size_t size)
{
    char path[LOG_WORLD_PATH + 64];
    log_world_path(world, name, path);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, size, file) != size ||
        fclose(file) != 0) {
        stop(path);
    }
}

void
log_world_remove_file(const log_world *world, const char *name)
{
    char path[LOG_WORLD_PATH + 64];
    log_world_path(world, name, path);
    if (unlink(path) != 0) {
        stop(path);
    }
}

uint64_t
log_world_random(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}
