/* Look-up of functions and their overloads. */
#include "cel/library.h"

const char omni__cel_letters[OMNI__CEL_KINDS + 1] = "!nbiudsytrLMTOpcm";

static const omni__cel_overload *
find_in(const omni__cel_overload *table, omni__slice name)
{
    for (; table != NULL && table->function != NULL; ++table) {
        if (omni__slice_equal(omni__slice_text(table->name), name)) {
            return table;
        }
    }
    return NULL;
}

#define OWN_TABLES 6u

/* A table by its number: CEL's own, then the host's. */
static const omni__cel_overload *
table_of(const omni__cel_environment *environment, size_t number)
{
    const omni__cel_overload *const tables[OWN_TABLES] = {
        omni__cel_core_functions,     omni__cel_time_functions,
        omni__cel_string_functions,   omni__cel_math_functions,
        omni__cel_optional_functions, omni__cel_net_functions};
    return number < OWN_TABLES ? tables[number] : environment->functions;
}

const omni__cel_overload *
omni__cel_function_find(const omni__cel_environment *environment,
                        omni__slice name)
{
    const omni__cel_overload *found = NULL;
    for (size_t i = 0; i <= OWN_TABLES && found == NULL; ++i) {
        found = find_in(table_of(environment, i), name);
    }
    return found;
}

size_t
omni__cel_function_names(const omni__cel_environment *environment,
                         const char **out, size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i <= OWN_TABLES; ++i) {
        const omni__cel_overload *at = table_of(environment, i);
        while (at != NULL && at->function != NULL && count < most) {
            out[count++] = at->name;
            at += omni__cel_overload_count(at);
        }
    }
    return count;
}

bool
omni__cel_letter_among(char digit, char letter)
{
    static const char sets[][12] = {"syLM", "iudms", "biudmytrpc"};
    return digit >= '1' && digit <= '3' &&
           strchr(sets[digit - '1'], letter) != NULL;
}

uint32_t
omni__cel_overload_count(const omni__cel_overload *first)
{
    uint32_t count = 0;
    while (first[count].function != NULL &&
           strcmp(first[count].name, first->name) == 0) {
        ++count;
    }
    return count;
}

const char *
omni__cel_letter_name(char letter)
{
    const char *found =
        letter != '\0' ? strchr(omni__cel_letters, letter) : NULL;
    return found != NULL ? omni__cel_kind_name(
                               (omni__cel_kind)(found - omni__cel_letters))
                         : "dyn";
}
