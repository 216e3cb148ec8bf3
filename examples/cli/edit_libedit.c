/* Lines edited by libedit, with history and completion. */
#include "edit.h"
#include "complete.h"
#include "output.h"
#include "split.h"
#include "text.h"

#include <glob.h>
#include <histedit.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HISTORY_LINES 1000
#define PROMPT_BYTES 256

struct editor {
    EditLine *line;
    History *history;
    const char *file; /* of the history, or NULL */
    const char *store;
    char prompt[PROMPT_BYTES];
    bool cancelled;
};

static editor *
editor_of(EditLine *line)
{
    void *editor = NULL;
    el_get(line, EL_CLIENTDATA, &editor);
    return editor;
}

static char *
prompt_of(EditLine *line)
{
    return editor_of(line)->prompt;
}

static unsigned char
cancel(EditLine *line, int key)
{
    (void)key;
    editor_of(line)->cancelled = true;
    fputs("^C\n", stdout);
    fflush(stdout);
    return CC_NEWLINE;
}

/* Names of files that begin as typed; directories end with a slash. */
static void
add_files(const char *typed, bool only_directories, words *out)
{
    glob_t found = {0};
    char *pattern = malloc(2 * strlen(typed) + 2);
    size_t size = 0;
    for (const char *at = typed; pattern != NULL && *at != '\0'; ++at) {
        if (strchr("*?[\\", *at) != NULL) {
            pattern[size++] = '\\';
        }
        pattern[size++] = *at;
    }
    if (pattern == NULL) {
        return;
    }
    memcpy(pattern + size, "*", 2);
    if (glob(pattern, GLOB_MARK, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; ++i) {
            const char *path = found.gl_pathv[i];
            const size_t length = strlen(path);
            if (!only_directories || path[length - 1] == '/') {
                words_add_once(out, path, length);
            }
        }
        globfree(&found);
    }
    free(pattern);
}

static size_t
word_size(const char *item)
{
    return strcspn(item, "\t");
}

/* What all candidates begin with; the caller frees it. */
static char *
common_begin(const words *items)
{
    size_t size = word_size(items->items[0]);
    for (size_t i = 1; i < items->count; ++i) {
        size_t same = 0;
        while (same < size && items->items[i][same] == items->items[0][same]) {
            ++same;
        }
        size = same;
    }
    while (size > 0 && (items->items[0][size] & 0xc0) == 0x80) {
        --size; /* not within a character */
    }
    return strndup(items->items[0], size);
}

static void
list_items(const words *items)
{
    size_t widest = 0;
    for (size_t i = 0; i < items->count; ++i) {
        const omni_text word = {.bytes = items->items[i],
                                .size = word_size(items->items[i])};
        const size_t columns = text_columns(word);
        widest = columns > widest ? columns : widest;
    }
    const size_t whole = terminal_columns() != 0 ? terminal_columns() : 80;
    const bool meanings = strchr(items->items[0], '\t') != NULL;
    const size_t beside = meanings ? 1 : (whole + 1) / (widest + 2);
    putchar('\n');
    for (size_t i = 0; i < items->count; ++i) {
        const size_t size = word_size(items->items[i]);
        const char *meaning = items->items[i] + size;
        const omni_text word = {.bytes = items->items[i], .size = size};
        put_text(word);
        if (*meaning == '\t' && whole > widest + 10) {
            put_gap(text_columns(word), widest + 2);
            put_cut(text_of(meaning + 1), whole - widest - 3);
        }
        if (beside < 2 || (i + 1) % beside == 0 || i + 1 == items->count) {
            putchar('\n');
        } else {
            put_gap(text_columns(word), widest + 2);
        }
    }
    fflush(stdout);
}

/* Put `word` in the place of the last `raw` bytes before the cursor. */
static void
replace(EditLine *line, const char *raw, const char *word, bool whole)
{
    char *quoted = quote_word(word);
    const size_t size = strlen(word);
    int characters = 0;
    for (const char *at = raw; *at != '\0'; ++at) {
        characters += (*at & 0xc0) != 0x80;
    }
    if (quoted != NULL) {
        if (characters != 0) {
            el_deletestr(line, characters);
        }
        el_insertstr(line, quoted);
        if (whole && size != 0 && strchr(":/=", word[size - 1]) == NULL) {
            el_insertstr(line, " ");
        }
    }
    free(quoted);
}

static unsigned char
complete(EditLine *line, int key)
{
    const LineInfo *info = el_line(line);
    char *text = strndup(info->buffer, (size_t)(info->cursor - info->buffer));
    completion completion = {0};
    words typed = {0};
    size_t begin = 0;
    unsigned char outcome = CC_ERROR;
    (void)key;
    if (text == NULL) {
        return CC_ERROR;
    }
    split_typed(text, &typed, &begin);
    if (typed.count != 0) {
        complete_words((const char *const *)typed.items, typed.count,
                       editor_of(line)->store, &completion);
        if (completion.files || completion.directories) {
            add_files(typed.items[typed.count - 1], !completion.files,
                      &completion.items);
        }
    }
    if (completion.items.count != 0) {
        char *same = common_begin(&completion.items);
        const bool one = completion.items.count == 1;
        outcome = CC_REFRESH;
        if (same != NULL &&
            (one || strlen(same) > strlen(typed.items[typed.count - 1]))) {
            replace(line, text + begin, same, one);
        } else {
            list_items(&completion.items);
            outcome = CC_REDISPLAY;
        }
        free(same);
    }
    completion_free(&completion);
    words_free(&typed);
    free(text);
    return outcome;
}

editor *
editor_open(const char *history_file, const char *store)
{
    HistEvent event;
    editor *editor = calloc(1, sizeof(*editor));
    if (editor == NULL) {
        return NULL;
    }
    editor->file = history_file;
    editor->store = store;
    editor->line = el_init("omni", stdin, stdout, stderr);
    editor->history = history_init();
    if (editor->line == NULL || editor->history == NULL) {
        editor_close(editor);
        return NULL;
    }
    history(editor->history, &event, H_SETSIZE, HISTORY_LINES);
    history(editor->history, &event, H_SETUNIQUE, 1);
    if (history_file != NULL) {
        history(editor->history, &event, H_LOAD, history_file);
    }
    el_set(editor->line, EL_CLIENTDATA, editor);
    el_set(editor->line, EL_PROMPT, prompt_of);
    el_set(editor->line, EL_EDITOR, "emacs");
    el_set(editor->line, EL_SIGNAL, 1);
    el_set(editor->line, EL_HIST, history, editor->history);
    el_wset(editor->line, EL_ADDFN, L"omni-complete", L"Complete", complete);
    el_wset(editor->line, EL_ADDFN, L"omni-cancel", L"Cancel", cancel);
    el_set(editor->line, EL_BIND, "^I", "omni-complete", NULL);
    el_set(editor->line, EL_BIND, "^R", "em-inc-search-prev", NULL);
    el_source(editor->line, NULL);
    /* An interrupt is a key while a line is edited. */
    el_set(editor->line, EL_SETTY, "-d", "-isig", NULL);
    el_set(editor->line, EL_BIND, "^C", "omni-cancel", NULL);
    return editor;
}

edit_outcome
editor_read(editor *editor, const char *prompt, char **line)
{
    int count = 0;
    editor->cancelled = false;
    snprintf(editor->prompt, sizeof(editor->prompt), "%s", prompt);
    /* Before the prompt shows: what is typed at its sight is a key already. */
    el_set(editor->line, EL_PREP_TERM, 1);
    const char *typed = el_gets(editor->line, &count);
    if (editor->cancelled) {
        return EDIT_CANCELLED;
    }
    if (typed == NULL || count <= 0) {
        putchar('\n');
        return EDIT_END;
    }
    *line = strndup(typed, strcspn(typed, "\n"));
    return *line != NULL ? EDIT_LINE : EDIT_END;
}

void
editor_remember(editor *editor, const char *line)
{
    HistEvent event;
    history(editor->history, &event, H_ENTER, line);
}

void
editor_close(editor *editor)
{
    HistEvent event;
    if (editor->history != NULL && editor->file != NULL) {
        const mode_t before = umask(077);
        history(editor->history, &event, H_SAVE, editor->file);
        umask(before);
    }
    if (editor->line != NULL) {
        el_end(editor->line);
    }
    if (editor->history != NULL) {
        history_end(editor->history);
    }
    free(editor);
}
