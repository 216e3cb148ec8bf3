/* Identifiers are collected from links first; then all is printed. */
#include "explain_dot.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

/* Identifiers of other profiles that are drawn at most. */
#define OTHERS_MOST 200

#define OUTSIDE 2 /* in neither of the profiles */

typedef struct dot_node {
    omni_identifier_text name;
    omni_text class_name;
    size_t side; /* profile that it is in, or OUTSIDE */
    bool waiting;
} dot_node;

typedef struct drawing {
    dot_node *nodes;
    size_t count;
    size_t capacity;
    size_t outside; /* how many of them are */
    size_t left_out;
    const omni_link *links[2];
    size_t link_counts[2];
} drawing;

static bool
same_text(omni_text a, omni_text b)
{
    return a.size == b.size &&
           (a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

static bool
same_name(omni_identifier_text a, omni_identifier_text b)
{
    return same_text(a.ns, b.ns) && same_text(a.value, b.value);
}

static dot_node *
find_node(const drawing *d, omni_identifier_text name)
{
    for (size_t i = 0; i < d->count; ++i) {
        if (same_name(d->nodes[i].name, name)) {
            return &d->nodes[i];
        }
    }
    return NULL;
}

/* Add an identifier where it is missing; false without memory. */
static bool
add_node(drawing *d, omni_identifier_text name, omni_text class_name,
         size_t side)
{
    if (find_node(d, name) != NULL) {
        return true;
    }
    if (side == OUTSIDE && d->outside == OTHERS_MOST) {
        ++d->left_out;
        return true;
    }
    if (d->count == d->capacity) {
        const size_t capacity = d->capacity != 0 ? 2 * d->capacity : 64;
        dot_node *nodes = realloc(d->nodes, capacity * sizeof(nodes[0]));
        if (nodes == NULL) {
            return false;
        }
        d->nodes = nodes;
        d->capacity = capacity;
    }
    d->outside += side == OUTSIDE;
    d->nodes[d->count++] =
        (dot_node){.name = name, .class_name = class_name, .side = side};
    return true;
}

/* True if both ends of a link are in the same profile. */
static bool
is_within(const omni_link *link)
{
    return link->state == OMNI_LINK_ACCEPTED || link->state == OMNI_LINK_PASSED;
}

/* Members first; then who is outside, which two profiles do without. */
static bool
collect(drawing *d, size_t count)
{
    bool room = true;
    for (size_t side = 0; side < count; ++side) {
        for (size_t i = 0; i < d->link_counts[side] && room; ++i) {
            const omni_link *link = &d->links[side][i];
            room =
                add_node(d, link->a, link->a_class, side) &&
                (!is_within(link) || add_node(d, link->b, link->b_class, side));
        }
    }
    for (size_t i = 0; count == 1 && i < d->link_counts[0] && room; ++i) {
        const omni_link *link = &d->links[0][i];
        room = add_node(d, link->b, link->b_class, OUTSIDE);
        dot_node *node = find_node(d, link->b);
        if (room && node != NULL) {
            node->waiting = link->state == OMNI_LINK_WAITING;
        }
    }
    return room;
}

/* Text inside of quotes. */
static void
put_quoted(omni_text text)
{
    for (size_t i = 0; i < text.size; ++i) {
        const char c = text.bytes[i];
        if (c == '"' || c == '\\') {
            putchar('\\');
        }
        putchar((unsigned char)c < ' ' ? ' ' : c);
    }
}

static void
put_node(const drawing *d, const dot_node *node,
         const omni_identifier_text *asked, size_t asked_count)
{
    const bool person = same_text(node->class_name, text_of("person"));
    const bool device = same_text(node->class_name, text_of("device"));
    bool bold = false;
    for (size_t i = 0; i < asked_count; ++i) {
        bold |= same_name(node->name, asked[i]);
    }
    printf("    n%zu [label=\"", (size_t)(node - d->nodes));
    put_quoted(node->name.ns);
    putchar(':');
    put_quoted(node->name.value);
    printf("\", shape=%s, style=\"%s%s\"];\n",
           person   ? "box"
           : device ? "ellipse"
                    : "diamond",
           node->waiting ? "dotted" : "solid", bold ? ",bold" : "");
}

static void
put_label(const omni_link *link)
{
    if (link->state == OMNI_LINK_HELD) {
        put_quoted(link->rule);
    } else if (link->kind == OMNI_LINK_PART) {
        fputs("stated apart", stdout);
    } else if (link->kind == OMNI_LINK_STATED) {
        fputs("stated", stdout);
    } else if (link->kind == OMNI_LINK_ALIAS) {
        fputs("alias", stdout);
    } else {
        put_quoted(link->channel);
    }
}

static void
put_edge(const drawing *d, const omni_link *link)
{
    static const char *const styles[] = {
        "style=solid", "style=dashed, color=red, fontcolor=red",
        "style=dotted, color=gray, fontcolor=gray",
        "style=bold, color=red, fontcolor=red",
        "style=dotted, color=gray, fontcolor=gray"};
    const dot_node *a = find_node(d, link->a);
    const dot_node *b = find_node(d, link->b);
    if (a == NULL || b == NULL) {
        return;
    }
    printf("  n%zu -- n%zu [label=\"", (size_t)(a - d->nodes),
           (size_t)(b - d->nodes));
    put_label(link);
    printf("\", tooltip=\"");
    put_quoted(link->because);
    printf("\", %s];\n", styles[link->state]);
}

static void
put_profile(const drawing *d, size_t side, const omni_id *profile,
            const omni_identifier_text *asked, size_t asked_count)
{
    char id[OMNI_ID_TEXT_SIZE];
    omni_id_format(profile, id);
    printf("  subgraph cluster_%zu {\n    label=\"%s\";\n", side, id);
    for (size_t i = 0; i < d->count; ++i) {
        if (d->nodes[i].side == side) {
            put_node(d, &d->nodes[i], asked, asked_count);
        }
    }
    puts("  }");
}

static void
print_drawing(const drawing *d, const omni_id *profiles, size_t count,
              const omni_identifier_text *asked, size_t asked_count)
{
    puts("graph explanation {\n  node [fontname=\"sans-serif\"];\n"
         "  edge [fontname=\"sans-serif\", fontsize=10];");
    for (size_t side = 0; side < count; ++side) {
        put_profile(d, side, &profiles[side], asked, asked_count);
    }
    for (size_t i = 0; i < d->count; ++i) {
        if (d->nodes[i].side == OUTSIDE) {
            put_node(d, &d->nodes[i], asked, asked_count);
        }
    }
    for (size_t side = 0; side < count; ++side) {
        for (size_t i = 0; i < d->link_counts[side]; ++i) {
            const omni_link *link = &d->links[side][i];
            /* What is between the two is told by the first one. */
            if (side == 0 || is_within(link)) {
                put_edge(d, link);
            }
        }
    }
    if (d->left_out != 0) {
        printf("  more [shape=plaintext, label=\"and %zu more links\"];\n",
               d->left_out);
    }
    puts("}");
}

/* Add the one identifier of a profile that no link joins. */
static int
add_alone(const view *view, drawing *d, const omni_id *profiles, size_t side)
{
    const omni_identifier_explanation *e = NULL;
    const omni_status status =
        omni_explain_identifier(view->txn, &profiles[side], &e);
    if (status != OMNI_OK) {
        return fault_of("explain", status, omni_txn_error(view->txn));
    }
    return add_node(d, e->identifier, e->class_name, side)
               ? DONE
               : fault("out of memory");
}

int
dot_print(const view *view, const omni_id *profiles, size_t count,
          const omni_identifier_text *asked, size_t asked_count)
{
    drawing d = {.nodes = NULL};
    bool room = true;
    int result = DONE;
    for (size_t side = 0; side < count; ++side) {
        const omni_status status = omni_profile_links(
            view->txn, &profiles[side], &d.links[side], &d.link_counts[side]);
        if (status != OMNI_OK) {
            free(d.nodes);
            return fault_of("explain", status, omni_txn_error(view->txn));
        }
    }
    room = collect(&d, count);
    for (size_t i = 0; i < asked_count && room && result == DONE; ++i) {
        if (find_node(&d, asked[i]) == NULL) {
            result = add_alone(view, &d, profiles, i < count ? i : count - 1);
        }
    }
    if (room && result == DONE) {
        print_drawing(&d, profiles, count, asked, asked_count);
    }
    free(d.nodes);
    return room ? result : fault("out of memory");
}
