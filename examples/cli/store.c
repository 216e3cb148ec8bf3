/* Stores as operands, and the people that WHO stands for. */
#include "cli.h"
#include "hint.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* The store that the shell keeps open for all its commands. */
static struct {
    const char *path;
    omni_store *store;
} shared;

void
store_share(const char *path, omni_store *store)
{
    shared.path = path;
    shared.store = store;
}

static bool
is_shared(const char *path)
{
    return shared.store != NULL && strcmp(path, shared.path) == 0;
}

static int
open_with(const char *path, uint32_t flags, omni_store **out)
{
    omni_error error = {0};
    const omni_store_options options = {.size = sizeof(options),
                                        .flags = flags};
    if (is_shared(path)) {
        *out = shared.store;
        return DONE;
    }
    const omni_status status = omni_store_open(path, &options, out, &error);
    if (status == OMNI_OK) {
        return DONE;
    }
    if (status == OMNI_NOT_FOUND) {
        return hint_no_store(path);
    }
    fault_of(path, status, &error);
    if (status == OMNI_ERR_CORRUPT && strstr(error.message, ".log") != NULL) {
        remark("the log is damaged: take the store from a backup");
    }
    return FAULT;
}

int
store_open(const char *path, omni_store **out)
{
    return open_with(path, 0, out);
}

int
store_open_to_read(const char *path, omni_store **out)
{
    return open_with(path, OMNI_STORE_READ_ONLY, out);
}

int
store_close(omni_store *store, int status)
{
    if (store == shared.store) {
        return status;
    }
    const omni_status closed = omni_store_close(store);
    return closed == OMNI_OK ? status
                             : fault_of("closing the store", closed, NULL);
}

int
view_open(const char *path, view *out)
{
    omni_error error = {0};
    const int opened = store_open(path, &out->store);
    if (opened != DONE) {
        return opened;
    }
    out->path = path;
    out->at = NULL;
    const omni_status status = omni_txn_begin(out->store, &out->txn, &error);
    if (status != OMNI_OK) {
        return store_close(out->store, fault_of(path, status, &error));
    }
    return DONE;
}

bool
view_open_quietly(const char *path, view *out)
{
    const omni_store_options options = {.size = sizeof(options),
                                        .flags = OMNI_STORE_READ_ONLY};
    if (is_shared(path)) {
        out->store = shared.store;
    } else if (omni_store_open(path, &options, &out->store, NULL) != OMNI_OK) {
        return false;
    }
    if (omni_txn_begin(out->store, &out->txn, NULL) != OMNI_OK) {
        store_close(out->store, DONE);
        return false;
    }
    return true;
}

int
view_close(view *view, int status)
{
    omni_txn_end(view->txn);
    return store_close(view->store, status);
}

bool
is_profile_id(const char *who, omni_id *out)
{
    return strlen(who) == OMNI_ID_TEXT_SIZE - 1 &&
           omni_id_parse(who, out) == OMNI_OK;
}

int
name_make(omni_text ns, omni_text value, name *out)
{
    char *text = calloc(1, ns.size + value.size + 2);
    if (text == NULL) {
        return fault("out of memory");
    }
    memcpy(text, ns.bytes, ns.size);
    memcpy(text + ns.size + 1, value.bytes, value.size);
    out->text = text;
    out->identifier = (omni_identifier){text, text + ns.size + 1};
    return DONE;
}

int
name_parse(const char *who, name *out)
{
    const char *colon = strchr(who, ':');
    if (colon == NULL) {
        return hint_no_name(who);
    }
    const omni_text ns = {.bytes = who, .size = (size_t)(colon - who)};
    return name_make(ns, text_of(colon + 1), out);
}

void
name_free(name *name)
{
    free(name->text);
    *name = (struct name){0};
}

int
view_find(const view *view, const char *who, omni_id *out)
{
    omni_id id;
    name name = {0};
    omni_status status = OMNI_OK;
    if (is_profile_id(who, &id)) {
        status = omni_profile_resolve(view->txn, &id, out);
    } else {
        const int parsed = name_parse(who, &name);
        if (parsed != DONE) {
            return parsed;
        }
        status = omni_profile_find(view->txn, name.identifier, out);
        name_free(&name);
    }
    if (status == OMNI_OK || status == OMNI_NOT_FOUND) {
        return status == OMNI_OK ? DONE : NO;
    }
    fault_of(who, status, omni_txn_error(view->txn));
    return status == OMNI_ERR_ARGUMENT ? WRONG_USAGE : FAULT;
}

void
view_nobody(const view *view, const char *who)
{
    if (view->at == NULL) {
        hint_nobody(view->txn, view->path, who);
    } else {
        remark("%s: nothing was known of %s at %s", view->path, who, view->at);
    }
}

int
view_need(const view *view, const char *who, omni_id *out)
{
    const int found = view_find(view, who, out);
    if (found == NO) {
        view_nobody(view, who);
    }
    return found;
}

int
view_identifier(const view *view, const char *who, omni_id *out)
{
    name name = {0};
    if (is_profile_id(who, out)) {
        return DONE;
    }
    const int parsed = name_parse(who, &name);
    if (parsed != DONE) {
        return parsed;
    }
    const omni_status status =
        omni_identifier_find(view->txn, name.identifier, out);
    name_free(&name);
    if (status == OMNI_NOT_FOUND) {
        view_nobody(view, who);
        return NO;
    }
    if (status != OMNI_OK) {
        fault_of(who, status, omni_txn_error(view->txn));
    }
    return status == OMNI_OK             ? DONE
           : status == OMNI_ERR_ARGUMENT ? WRONG_USAGE
                                         : FAULT;
}

int
view_as_of(view *view, const call *call, const char *const *who, size_t count)
{
    enum { MOST = 2 };
    omni_id people[MOST];
    omni_txn *then = NULL;
    bool given;
    int64_t at_us;
    int result = call_instant(call, "at", &given, &at_us);
    if (result != DONE || !given) {
        return result;
    }
    for (size_t i = 0; i < count && result == DONE; ++i) {
        result = view_identifier(view, who[i], &people[i]);
    }
    if (result != DONE) {
        return result;
    }
    const omni_status status =
        omni_txn_as_of(view->txn, people, count, at_us, &then);
    if (status == OMNI_NOT_FOUND) {
        remark("%s: nobody has this id", view->path);
        return NO;
    }
    if (status != OMNI_OK) {
        return fault_of(view->path, status, omni_txn_error(view->txn));
    }
    omni_txn_end(view->txn);
    view->txn = then;
    view->at = call_value(call, "at");
    return DONE;
}
