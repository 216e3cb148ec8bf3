/* Look-up of functions and their overloads. */
#include "cel/library.h"

static const char letters[OMNI__CEL_KINDS + 1] = "!nbiudsytrLMTOpcm";

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

const omni__cel_overload *
omni__cel_function_find(const omni__cel_environment *environment,
                        omni__slice name)
{
    const omni__cel_overload *const tables[] = {
        omni__cel_core_functions,     omni__cel_time_functions,
        omni__cel_string_functions,   omni__cel_math_functions,
        omni__cel_optional_functions, omni__cel_net_functions,
        environment->functions};
    const omni__cel_overload *found = NULL;
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]) && found == NULL;
         ++i) {
        found = find_in(tables[i], name);
    }
    return found;
}

char
omni__cel_letter(omni__cel_kind kind)
{
    return letters[kind];
}

const char *
omni__cel_letter_name(char letter)
{
    const char *found = letter != '\0' ? strchr(letters, letter) : NULL;
    return found != NULL
               ? omni__cel_kind_name((omni__cel_kind)(found - letters))
               : "dyn";
}

bool
omni__cel_overload_takes(const omni__cel_overload *overload, bool member,
                         const char *given, size_t count)
{
    const char *pattern = overload->pattern;
    if ((*pattern == '.') != member) {
        return false;
    }
    pattern += member ? 1 : 0;
    for (size_t i = 0; i < count; ++i) {
        if (*pattern == '\0') {
            return false;
        }
        if (*pattern != '*' && given[i] != '*' && *pattern != given[i]) {
            return false;
        }
        if (pattern[1] != '+') {
            ++pattern;
        } else if (i + 1 == count) {
            pattern += 2;
        }
    }
    return *pattern == '\0';
}
