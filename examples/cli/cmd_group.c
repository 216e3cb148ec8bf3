/* The command `group`: households, companies, accounts. */
#include "cli.h"
#include "text.h"

static int
print_traits(const omni_group *group)
{
    table table = {.titles = {"name", "value", "since", "source"}};
    for (size_t i = 0; i < group->trait_count; ++i) {
        const omni_trait *trait = &group->traits[i];
        table_row(&table);
        table_text(&table, 0, trait->name);
        table_text(&table, 1, trait->value_json);
        table_time(&table, 2, trait->time_us);
        table_text(&table, 3, trait->source);
    }
    return table_print(&table, "\nTraits");
}

static bool
print_head(const omni_group *group)
{
    char time[INSTANT_TEXT];
    table table = {0};
    table_row(&table);
    table_cell(&table, 0, "Group");
    table_text(&table, 1, group->id);
    table_row(&table);
    table_cell(&table, 0, "First seen");
    table_text(&table, 1, instant_show(group->first_us, time));
    table_row(&table);
    table_cell(&table, 0, "Last seen");
    table_text(&table, 1, instant_show(group->last_us, time));
    return table_print(&table, "");
}

static bool
print_members(const omni_group *group)
{
    char id[OMNI_ID_TEXT_SIZE];
    table table = {0};
    for (size_t i = 0; i < group->member_count; ++i) {
        omni_id_format(&group->members[i], id);
        table_row(&table);
        table_text(&table, 0, text_of(id));
    }
    return table_print(&table, "\nMembers");
}

static int
show_group(const view *view, const char *id, bool json)
{
    const omni_group *group = NULL;
    const omni_figure *figures = NULL;
    size_t count = 0;
    omni_text text = {0};
    omni_status status = omni_group_get(view->txn, id, &group);
    if (status == OMNI_NOT_FOUND) {
        remark("%s: no event names the group %s", view->path, id);
        return NO;
    }
    if (status == OMNI_OK) {
        status = json ? omni_group_json(view->txn, group, &text)
                      : omni_group_figures(view->txn, group, &figures, &count);
    }
    if (status != OMNI_OK) {
        return fault_of("group", status, omni_txn_error(view->txn));
    }
    if (json) {
        fwrite(text.bytes, 1, text.size, stdout);
        putchar('\n');
        return DONE;
    }
    return print_head(group) && print_members(group) && print_traits(group) &&
                   print_figures(figures, count)
               ? DONE
               : fault("out of memory");
}

/* A line for each group. */
static int
list_groups(const view *view, bool json)
{
    omni_text id = {0};
    const char *after = NULL;
    omni_status status;
    while ((status = omni_group_next(view->txn, after, &id)) == OMNI_OK) {
        if (json) {
            fputs("{\"group\":", stdout);
            put_json(id);
            puts("}");
        } else {
            put_text(id);
            putchar('\n');
        }
        after = id.bytes;
    }
    return status == OMNI_END
               ? DONE
               : fault_of("group", status, omni_txn_error(view->txn));
}

static int
run_group(const call *call)
{
    view view;
    int result = view_open(call->operands[0], &view);
    if (result == DONE) {
        result = call->operand_count == 1
                     ? list_groups(&view, call_json(call))
                     : show_group(&view, call->operands[1], call_json(call));
        result = view_close(&view, result);
    }
    return result;
}

const command group_command = {
    .name = "group",
    .group = GROUP_PEOPLE,
    .operands = "DB [GROUP]",
    .summary = "List the groups that people belong to, or show one",
    .help = "A group is a household, a company, an account: whatever events of "
            "type group say that somebody belongs to. It has traits of its "
            "own, and figures of what its members did together; it never makes "
            "one person of two.",
    .examples = "omni group shop.omni\n"
                "omni group shop.omni household-7\n"
                "omni group shop.omni household-7 --json\n",
    .exits = "1 if no event names GROUP.",
    .options = {{"json", NULL,
                 "A line for each group; of one, an object of canonical "
                 "JSON."}},
    .pages = true,
    .run = run_group,
};
