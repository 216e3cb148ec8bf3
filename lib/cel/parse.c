/*
   The parser: precedence climbing over tokens (langdef.md, "Syntax"). Chains
   of && and || become one node each, so that they do not nest.
*/
#include "cel/literal.h"
#include "cel/node.h"
#include "cel/strings.h"

#include <stdarg.h>
#include <stdio.h>

typedef struct parser {
    const omni__cel_source *source;
    size_t at;
    omni__cel_token token; /* the next one */
    omni__cel_token last;  /* the one before */
    unsigned depth;
} parser;

omni_status
omni__cel_fail(const omni__cel_source *source, uint32_t offset,
               const char *format, ...)
{
    char message[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    return omni__cel_fail_as(source, OMNI_ERR_SYNTAX, offset, message);
}

omni_status
omni__cel_fail_as(const omni__cel_source *source, omni_status status,
                  uint32_t offset, char *message)
{
    omni__cel_clean(message);
    unsigned line = 1;
    unsigned column = 1;
    for (size_t i = 0; i < offset && i < source->text.size; ++i) {
        const uint8_t c = source->text.data[i];
        line += c == '\n';
        column = c == '\n' ? 1 : column + ((c & 0xc0) != 0x80);
    }
    return omni__fail_at(source->error, status, offset,
                         "line %u, column %u: %s", line, column, message);
}

static void
advance(parser *p)
{
    p->last = p->token;
    p->token = omni__cel_token_next(p->source->text, &p->at);
}

static bool
is(const parser *p, const char *mark)
{
    return omni__cel_token_is(&p->token, mark);
}

static bool
accept(parser *p, const char *mark)
{
    if (!is(p, mark)) {
        return false;
    }
    advance(p);
    return true;
}

static omni_status
unexpected(const parser *p, const char *wanted)
{
    if (p->token.kind == OMNI__CEL_TOKEN_BAD) {
        return omni__cel_fail(p->source, p->token.offset, "%s", p->token.why);
    }
    if (p->token.kind == OMNI__CEL_TOKEN_END) {
        return omni__cel_fail(p->source, p->token.offset,
                              "the expression ends where %s should be", wanted);
    }
    return omni__cel_fail(
        p->source, p->token.offset, "\"%.*s\" where %s should be",
        p->token.text.size > 40 ? 40 : (int)p->token.text.size,
        (const char *)p->token.text.data, wanted);
}

static omni_status
expect(parser *p, const char *mark)
{
    return accept(p, mark) ? OMNI_OK : unexpected(p, mark);
}

static omni_status
make(parser *p, omni__cel_node_kind kind, uint32_t offset, omni__cel_node **out)
{
    omni__cel_node *node =
        omni__arena_zero(p->source->arena, sizeof(omni__cel_node));
    *out = node;
    if (node == NULL) {
        return omni__fail_memory(p->source->error);
    }
    node->kind = (uint8_t)kind;
    node->offset = offset;
    return OMNI_OK;
}

static void
end_here(const parser *p, omni__cel_node *node)
{
    node->end = p->last.offset + (uint32_t)p->last.text.size;
}

/* Arguments that grow by doubling in the arena. */
static omni_status
add(parser *p, omni__cel_node *node, omni__cel_node *argument, bool optional)
{
    const uint32_t count = node->count;
    if ((count & (count - 1)) == 0) {
        const size_t capacity = count == 0 ? 1 : (size_t)count * 2;
        omni__cel_node **grown = omni__arena_get(
            p->source->arena, capacity * sizeof(omni__cel_node *));
        bool *flags = omni__arena_zero(p->source->arena, capacity);
        if (grown == NULL || flags == NULL) {
            return omni__fail_memory(p->source->error);
        }
        if (count != 0) {
            memcpy(grown, node->arguments, count * sizeof(omni__cel_node *));
            memcpy(flags, node->optionals, count);
        }
        node->arguments = grown;
        node->optionals = flags;
    }
    node->arguments[count] = argument;
    node->optionals[count] = optional;
    node->count = count + 1;
    return OMNI_OK;
}

static omni_status
expression(parser *p, omni__cel_node **out);

/* Words that may not name a variable (langdef.md, RESERVED). */
static bool
is_reserved(omni__slice name)
{
    static const char *const words[] = {
        "in",      "as",        "break",  "const",  "continue", "else",
        "for",     "function",  "if",     "import", "let",      "loop",
        "package", "namespace", "return", "var",    "void",     "while"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); ++i) {
        if (omni__slice_equal(name, omni__slice_text(words[i]))) {
            return true;
        }
    }
    return false;
}

/* Arguments up to the closing bracket, which is taken too. */
static omni_status
arguments(parser *p, omni__cel_node *call)
{
    omni_status status = OMNI_OK;
    if (accept(p, ")")) {
        return OMNI_OK;
    }
    do {
        omni__cel_node *argument;
        status = expression(p, &argument);
        if (status == OMNI_OK) {
            status = add(p, call, argument, false);
        }
    } while (status == OMNI_OK && accept(p, ","));
    return status == OMNI_OK ? expect(p, ")") : status;
}

/* A call whose opening bracket was taken; a macro becomes what it stands
   for. */
static omni_status
call(parser *p, omni__cel_node *target, omni__cel_token name, bool rooted,
     omni__cel_node **out)
{
    omni__cel_node *node;
    bool done = false;
    omni_status status =
        make(p, OMNI__CEL_CALL, target != NULL ? target->offset : name.offset,
             &node);
    if (status == OMNI_OK) {
        node->a = target;
        node->name = name.text;
        node->rooted = rooted;
        status = arguments(p, node);
    }
    if (status == OMNI_OK) {
        end_here(p, node);
        status = omni__cel_expand(p->source, node, &done);
    }
    *out = node;
    return status;
}

static omni_status
literal(parser *p, bool negative, omni__cel_node **out)
{
    size_t at;
    omni_status status = make(p, OMNI__CEL_LITERAL, p->token.offset, out);
    if (status != OMNI_OK) {
        return status;
    }
    const char *why = omni__cel_literal(&p->token, negative, p->source->arena,
                                        &(*out)->value, &at);
    if (why == omni__cel_no_memory) {
        return omni__fail_memory(p->source->error);
    }
    if (why != NULL) {
        return omni__cel_fail(p->source, p->token.offset + (uint32_t)at, "%s",
                              why);
    }
    advance(p);
    end_here(p, *out);
    return OMNI_OK;
}

static bool
constant(omni__slice name, omni__cel_value *out)
{
    if (omni__slice_equal(name, omni__slice_text("true"))) {
        *out = omni__cel_bool(true);
    } else if (omni__slice_equal(name, omni__slice_text("false"))) {
        *out = omni__cel_bool(false);
    } else if (omni__slice_equal(name, omni__slice_text("null"))) {
        *out = omni__cel_null();
    } else {
        return false;
    }
    return true;
}

static omni_status
named(parser *p, bool rooted, omni__cel_node **out)
{
    const omni__cel_token name = p->token;
    omni__cel_value value;
    if (name.kind != OMNI__CEL_TOKEN_NAME) {
        return unexpected(p, "a name");
    }
    if (is_reserved(name.text)) {
        return omni__cel_fail(
            p->source, name.offset, "\"%.*s\" is a reserved word",
            (int)name.text.size, (const char *)name.text.data);
    }
    advance(p);
    if (accept(p, "(")) {
        return call(p, NULL, name, rooted, out);
    }
    const bool fixed = !rooted && constant(name.text, &value);
    const omni_status status =
        make(p, fixed ? OMNI__CEL_LITERAL : OMNI__CEL_NAME, name.offset, out);
    if (status == OMNI_OK) {
        (*out)->name = name.text;
        (*out)->rooted = rooted;
        if (fixed) {
            (*out)->value = value;
        }
        end_here(p, *out);
    }
    return status;
}

/* Elements of a list or map, up to its closing bracket. */
static omni_status
elements(parser *p, omni__cel_node *node, const char *closing)
{
    const bool map = node->kind == OMNI__CEL_MAKE_MAP;
    omni_status status = OMNI_OK;
    while (status == OMNI_OK && !accept(p, closing)) {
        omni__cel_node *element;
        const bool optional = accept(p, "?");
        status = expression(p, &element);
        if (status == OMNI_OK) {
            status = add(p, node, element, optional);
        }
        if (status == OMNI_OK && map) {
            status = expect(p, ":");
            if (status == OMNI_OK) {
                status = expression(p, &element);
            }
            if (status == OMNI_OK) {
                status = add(p, node, element, false);
            }
        }
        if (status == OMNI_OK && !accept(p, ",") && !is(p, closing)) {
            status = unexpected(p, closing);
        }
    }
    end_here(p, node);
    return status;
}

static omni_status
primary(parser *p, omni__cel_node **out)
{
    const uint32_t offset = p->token.offset;
    omni_status status;
    switch (p->token.kind) {
    case OMNI__CEL_TOKEN_INT:
    case OMNI__CEL_TOKEN_UINT:
    case OMNI__CEL_TOKEN_DOUBLE:
    case OMNI__CEL_TOKEN_STRING:
    case OMNI__CEL_TOKEN_BYTES:
        return literal(p, false, out);
    case OMNI__CEL_TOKEN_NAME:
        return named(p, false, out);
    default:
        break;
    }
    if (accept(p, "(")) {
        status = expression(p, out);
        return status == OMNI_OK ? expect(p, ")") : status;
    }
    if (accept(p, ".")) {
        return named(p, true, out);
    }
    if (accept(p, "[")) {
        status = make(p, OMNI__CEL_MAKE_LIST, offset, out);
        return status == OMNI_OK ? elements(p, *out, "]") : status;
    }
    if (accept(p, "{")) {
        status = make(p, OMNI__CEL_MAKE_MAP, offset, out);
        return status == OMNI_OK ? elements(p, *out, "}") : status;
    }
    return unexpected(p, "a value");
}

/* Behind a dot: a field, or a call of a method. */
static omni_status
select_field(parser *p, omni__cel_node *operand, omni__cel_node **out)
{
    const bool optional = accept(p, "?");
    const omni__cel_token name = p->token;
    if (name.kind != OMNI__CEL_TOKEN_NAME &&
        name.kind != OMNI__CEL_TOKEN_QUOTED) {
        return unexpected(p, "the name of a field");
    }
    advance(p);
    if (!optional && name.kind == OMNI__CEL_TOKEN_NAME && accept(p, "(")) {
        return call(p, operand, name, false, out);
    }
    if (name.kind == OMNI__CEL_TOKEN_NAME &&
        omni__slice_equal(name.text, omni__slice_text("in"))) {
        return omni__cel_fail(p->source, name.offset, "\"in\" names no field");
    }
    const omni_status status = make(p, OMNI__CEL_SELECT, operand->offset, out);
    if (status == OMNI_OK) {
        (*out)->a = operand;
        (*out)->name = name.text;
        (*out)->optional = optional;
        end_here(p, *out);
    }
    return status;
}

static omni_status
select_index(parser *p, omni__cel_node *operand, omni__cel_node **out)
{
    omni__cel_node *node;
    omni_status status = make(p, OMNI__CEL_INDEX, operand->offset, &node);
    if (status == OMNI_OK) {
        node->a = operand;
        node->optional = accept(p, "?");
        status = expression(p, &node->b);
    }
    if (status == OMNI_OK) {
        status = expect(p, "]");
        end_here(p, node);
    }
    *out = node;
    return status;
}

/* What follows a value: fields, calls and indices. */
static omni_status
postfix(parser *p, omni__cel_node **out)
{
    unsigned chain = 0;
    omni_status status = OMNI_OK;
    while (status == OMNI_OK && (is(p, ".") || is(p, "["))) {
        omni__cel_node *operand = *out;
        if (++chain + p->depth > OMNI__CEL_DEPTH) {
            return omni__fail_at(p->source->error, OMNI_ERR_LIMIT,
                                 operand->offset, "nested more than %u deep",
                                 OMNI__CEL_DEPTH);
        }
        status = accept(p, ".") ? select_field(p, operand, out)
                                : (advance(p), select_index(p, operand, out));
    }
    return status;
}

static omni_status
member(parser *p, bool negative, omni__cel_node **out)
{
    const omni_status status =
        negative ? literal(p, true, out) : primary(p, out);
    return status == OMNI_OK ? postfix(p, out) : status;
}

/* Signs before a value. The minus of a number belongs to it; of the others
   an odd number is one, and an even number two. */
static omni_status
unary(parser *p, omni__cel_node **out)
{
    const uint32_t offset = p->token.offset;
    const bool minus = is(p, "-");
    unsigned signs = 0;
    while (is(p, minus ? "-" : "!")) {
        ++signs;
        advance(p);
    }
    const bool number = p->token.kind == OMNI__CEL_TOKEN_INT ||
                        p->token.kind == OMNI__CEL_TOKEN_DOUBLE;
    const bool folded = minus && number;
    omni_status status = member(p, folded && signs % 2 == 1, out);
    if (signs == 0 || folded) {
        return status;
    }
    for (signs = signs % 2 == 1 ? 1 : 2; signs != 0; --signs) {
        omni__cel_node *node;
        if (status == OMNI_OK) {
            status = make(p, minus ? OMNI__CEL_NEGATE : OMNI__CEL_NOT, offset,
                          &node);
        }
        if (status == OMNI_OK) {
            node->a = *out;
            end_here(p, node);
            *out = node;
        }
    }
    return status;
}

typedef struct operator_ {
    const char *mark;
    uint8_t op;
    uint8_t level;
} operator_;

static bool
binary_operator(const parser *p, unsigned level, uint8_t *op)
{
    static const operator_ all[] = {
        {"==", OMNI__CEL_EQUAL, 0},   {"!=", OMNI__CEL_UNEQUAL, 0},
        {"<", OMNI__CEL_LESS, 0},     {"<=", OMNI__CEL_LESS_EQUAL, 0},
        {">", OMNI__CEL_GREATER, 0},  {">=", OMNI__CEL_GREATER_EQUAL, 0},
        {"+", OMNI__CEL_ADD, 1},      {"-", OMNI__CEL_SUBTRACT, 1},
        {"*", OMNI__CEL_MULTIPLY, 2}, {"/", OMNI__CEL_DIVIDE, 2},
        {"%", OMNI__CEL_MODULO, 2},
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); ++i) {
        if (all[i].level == level && is(p, all[i].mark)) {
            *op = all[i].op;
            return true;
        }
    }
    if (level == 0 && p->token.kind == OMNI__CEL_TOKEN_NAME &&
        omni__slice_equal(p->token.text, omni__slice_text("in"))) {
        *op = OMNI__CEL_IN;
        return true;
    }
    return false;
}

/* Relations (0), sums (1) and products (2), each from left to right. */
static omni_status
binary(parser *p, unsigned level, omni__cel_node **out)
{
    unsigned chain = 0;
    uint8_t op;
    omni_status status = level == 2 ? unary(p, out) : binary(p, level + 1, out);
    while (status == OMNI_OK && binary_operator(p, level, &op)) {
        omni__cel_node *node;
        status = make(p, OMNI__CEL_BINARY, (*out)->offset, &node);
        if (status != OMNI_OK) {
            break;
        }
        advance(p);
        node->op = op;
        node->a = *out;
        status =
            level == 2 ? unary(p, &node->b) : binary(p, level + 1, &node->b);
        end_here(p, node);
        *out = node;
        if (++chain + p->depth > OMNI__CEL_DEPTH) {
            return omni__fail_at(p->source->error, OMNI_ERR_LIMIT, node->offset,
                                 "more than %u operators in a row",
                                 OMNI__CEL_DEPTH);
        }
    }
    return status;
}

/* All operands of && or ||. */
static omni_status
logical(parser *p, bool either, omni__cel_node **out)
{
    const char *mark = either ? "||" : "&&";
    omni_status status = either ? logical(p, false, out) : binary(p, 0, out);
    if (status != OMNI_OK || !is(p, mark)) {
        return status;
    }
    omni__cel_node *first = *out;
    status = make(p, either ? OMNI__CEL_OR : OMNI__CEL_AND, first->offset, out);
    if (status == OMNI_OK) {
        status = add(p, *out, first, false);
    }
    while (status == OMNI_OK && accept(p, mark)) {
        omni__cel_node *operand;
        status = either ? logical(p, false, &operand) : binary(p, 0, &operand);
        if (status == OMNI_OK) {
            status = add(p, *out, operand, false);
        }
    }
    end_here(p, *out);
    return status;
}

static omni_status
choice(parser *p, omni__cel_node **out)
{
    omni_status status = logical(p, true, out);
    if (status != OMNI_OK || !accept(p, "?")) {
        return status;
    }
    omni__cel_node *node;
    status = make(p, OMNI__CEL_CHOICE, (*out)->offset, &node);
    if (status == OMNI_OK) {
        node->a = *out;
        *out = node;
        status = logical(p, true, &node->b);
    }
    if (status == OMNI_OK) {
        status = expect(p, ":");
    }
    if (status == OMNI_OK) {
        status = expression(p, &node->c);
        end_here(p, node);
    }
    return status;
}

static omni_status
expression(parser *p, omni__cel_node **out)
{
    if (++p->depth > OMNI__CEL_DEPTH) {
        return omni__fail_at(p->source->error, OMNI_ERR_LIMIT, p->token.offset,
                             "nested more than %u deep", OMNI__CEL_DEPTH);
    }
    const omni_status status = choice(p, out);
    --p->depth;
    return status;
}

omni_status
omni__cel_parse(const omni__cel_source *source, omni__cel_node **out)
{
    parser p = {.source = source};
    omni__cel_node *root = NULL;
    if (source->text.size > UINT32_MAX / 2) {
        return omni__fail(source->error, OMNI_ERR_LIMIT,
                          "the expression is too long");
    }
    advance(&p);
    omni_status status = expression(&p, &root);
    if (status == OMNI_OK && p.token.kind != OMNI__CEL_TOKEN_END) {
        status = unexpected(&p, "an operator or the end");
    }
    if (status == OMNI_OK) {
        *out = root;
    }
    return status;
}
