/* What somebody may have meant who named nobody, or no store. */
#include "hint.h"
#include "sample.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* "email, phone and user_id"; the caller frees it. */
static char *
list_of(const words *words)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    for (size_t i = 0; to != NULL && i < words->count; ++i) {
        const char *between = i == 0                  ? ""
                              : i + 1 == words->count ? " and "
                                                      : ", ";
        fprintf(to, "%s%s", between, words->items[i]);
    }
    if (to != NULL) {
        fclose(to);
    }
    return text;
}

static void
hint_namespace(const char *who, const char *ns, const sample *sample)
{
    const char *meant =
        nearest_word(ns, (const char *const *)sample->namespaces.items,
                     sample->namespaces.count);
    const char *value = who + strlen(ns);
    if (words_has(&sample->namespaces, ns, strlen(ns))) {
        remark("%s: no event names it", who);
    } else if (meant != NULL) {
        remark("%s: no event names it; did you mean %s%s?", who, meant, value);
    } else {
        char *known = list_of(&sample->namespaces);
        remark("%s: no event names it; the store knows %s", who,
               known != NULL ? known : "others");
        free(known);
    }
}

void
hint_nobody(omni_txn *txn, const char *path, const char *who)
{
    sample sample;
    char ns[64];
    const size_t size = strcspn(who, ":");
    sample_take(txn, &sample);
    snprintf(ns, sizeof(ns), "%.*s", (int)(size < 63 ? size : 63), who);
    if (sample.namespaces.count == 0) {
        remark("%s: nobody is in the store yet; `omni import %s FILE` takes "
               "events in",
               who, path);
    } else if (who[size] == '\0') {
        remark("%s: no profile has this id", who);
    } else {
        hint_namespace(who, ns, &sample);
    }
    sample_free(&sample);
}

int
hint_no_name(const char *who)
{
    static const char form[] = "neither namespace:value, such as "
                               "email:anna@example.ch, nor a profile id";
    if (strchr(who, '@') != NULL) {
        return wrong_usage("\"%s\" is %s; did you mean email:%s?", who, form,
                           who);
    }
    if (who[0] == '+') {
        return wrong_usage("\"%s\" is %s; did you mean phone:%s?", who, form,
                           who);
    }
    return wrong_usage("\"%s\" is %s", who, form);
}

static bool
is_store(const char *path)
{
    char file[4096];
    struct stat info;
    const int size = snprintf(file, sizeof(file), "%s/store", path);
    return size > 0 && (size_t)size < sizeof(file) && stat(file, &info) == 0;
}

int
hint_no_store(const char *path)
{
    char other[4096];
    const int size = snprintf(other, sizeof(other), "%s.omni", path);
    if (size > 0 && (size_t)size < sizeof(other) && is_store(other)) {
        return fault("%s: no store is there; did you mean %s?", path, other);
    }
    return fault("%s: no store is there; `omni init %s` makes one", path, path);
}

void
hint_parent(const char *path)
{
    struct stat info;
    const char *slash = strrchr(path, '/');
    char *parent = slash != NULL && slash != path && slash[1] != '\0'
                       ? strndup(path, (size_t)(slash - path))
                       : NULL;
    if (parent != NULL && stat(parent, &info) != 0) {
        remark("the directory %s is not there; `mkdir -p %s` makes it", parent,
               parent);
    }
    free(parent);
}
