/* The network extension. An IPv4 address in IPv6 form (::ffff:…) is the same
   address. */
#include "cel/function.h"
#include "cel/network.h"
#include "cel/number.h"

static omni__cel_value
keep(omni__cel_run *run, omni__cel_kind kind, const omni__cel_net *net)
{
    omni__cel_net *held = omni__arena_get(run->arena, sizeof(*held));
    if (held == NULL) {
        return omni__cel_run_memory(run);
    }
    *held = *net;
    return (omni__cel_value){.kind = (uint8_t)kind, .as.net = held};
}

static omni__cel_value
no_address(omni__cel_run *run, omni__cel_value text, const char *what)
{
    return omni__cel_run_error(run, "not %s: \"%.*s\"", what,
                               text.size > 64 ? 64 : (int)text.size,
                               (const char *)text.as.bytes);
}

static bool
parse_block(omni__slice text, omni__cel_net *out)
{
    uint64_t prefix = 0;
    size_t slash = text.size;
    while (slash != 0 && text.data[slash - 1] != '/') {
        --slash;
    }
    if (slash == 0 || text.size - slash > 3 ||
        !omni__cel_uint_parse(
            omni__slice_of(text.data + slash, text.size - slash), &prefix) ||
        (text.size - slash > 1 && text.data[slash] == '0') ||
        !omni__cel_net_parse(omni__slice_of(text.data, slash - 1), out)) {
        return false;
    }
    out->prefix = (uint8_t)prefix;
    return prefix <= (uint64_t)out->size * 8;
}

FUNCTION(ip)
{
    omni__cel_net net;
    (void)count;
    return omni__cel_net_parse(omni__cel_slice(*a), &net)
               ? keep(run, OMNI__CEL_IP, &net)
               : no_address(run, *a, "an IP address");
}

FUNCTION(is_ip)
{
    omni__cel_net net;
    UNUSED(run, count);
    return omni__cel_bool(omni__cel_net_parse(omni__cel_slice(*a), &net));
}

FUNCTION(is_canonical)
{
    omni__cel_net net;
    omni__buffer text;
    (void)count;
    if (!omni__cel_net_parse(omni__cel_slice(*a), &net)) {
        return no_address(run, *a, "an IP address");
    }
    omni__buffer_init(&text, run->arena->alloc);
    omni__cel_put_net(&text, &net, false);
    const bool failed = text.failed;
    const bool same =
        omni__slice_equal(omni__buffer_bytes(&text), omni__cel_slice(*a));
    omni__buffer_free(&text);
    return failed ? omni__cel_run_memory(run) : omni__cel_bool(same);
}

FUNCTION(cidr)
{
    omni__cel_net net;
    (void)count;
    return parse_block(omni__cel_slice(*a), &net)
               ? keep(run, OMNI__CEL_CIDR, &net)
               : no_address(run, *a, "a block of IP addresses");
}

FUNCTION(is_cidr)
{
    omni__cel_net net;
    UNUSED(run, count);
    return omni__cel_bool(parse_block(omni__cel_slice(*a), &net));
}

/* The four bytes of an IPv4 address in either form, or NULL. */
static const uint8_t *
as_v4(const omni__cel_net *net)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (net->size == 4) {
        return net->bytes;
    }
    return memcmp(net->bytes, mapped, sizeof(mapped)) == 0 ? net->bytes + 12
                                                           : NULL;
}

FUNCTION(family)
{
    UNUSED(run, count);
    return omni__cel_int(as_v4(a->as.net) != NULL ? 4 : 6);
}

static bool
all_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; ++i) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

static bool
unspecified(const omni__cel_net *net)
{
    return all_zero(net->bytes, net->size);
}

static bool
loopback(const omni__cel_net *net)
{
    const uint8_t *four = as_v4(net);
    return four != NULL ? four[0] == 127
                        : all_zero(net->bytes, 15) && net->bytes[15] == 1;
}

static bool
link_local(const omni__cel_net *net)
{
    const uint8_t *four = as_v4(net);
    return four != NULL
               ? four[0] == 169 && four[1] == 254
               : net->bytes[0] == 0xfe && (net->bytes[1] & 0xc0) == 0x80;
}

static bool
local_multicast(const omni__cel_net *net)
{
    const uint8_t *four = as_v4(net);
    return four != NULL ? four[0] == 224 && four[1] == 0 && four[2] == 0
                        : net->bytes[0] == 0xff && (net->bytes[1] & 0xf) == 2;
}

static bool
global_unicast(const omni__cel_net *net)
{
    const uint8_t *four = as_v4(net);
    const bool multicast =
        four != NULL ? (four[0] & 0xf0) == 0xe0 : net->bytes[0] == 0xff;
    const bool broadcast = four != NULL && four[0] == 255 && four[1] == 255 &&
                           four[2] == 255 && four[3] == 255;
    const bool nowhere =
        four != NULL ? all_zero(four, 4) : all_zero(net->bytes, 16);
    return !multicast && !broadcast && !nowhere && !loopback(net) &&
           !link_local(net);
}

#define PREDICATE(function, test)                                              \
    FUNCTION(function)                                                         \
    {                                                                          \
        UNUSED(run, count);                                                    \
        return omni__cel_bool(test(a->as.net));                                \
    }

PREDICATE(is_unspecified, unspecified)
PREDICATE(is_loopback, loopback)
PREDICATE(is_link_local, link_local)
PREDICATE(is_local_multicast, local_multicast)
PREDICATE(is_global_unicast, global_unicast)

static bool
same_prefix(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    const unsigned whole = bits / 8;
    const unsigned rest = bits % 8;
    if (memcmp(a, b, whole) != 0) {
        return false;
    }
    return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

static bool
covers(const omni__cel_net *block, const omni__cel_net *net)
{
    return block->size == net->size &&
           same_prefix(block->bytes, net->bytes, block->prefix);
}

FUNCTION(contains_ip)
{
    omni__cel_net net;
    (void)count;
    if (a[1].kind == OMNI__CEL_IP) {
        net = *a[1].as.net;
    } else if (!omni__cel_net_parse(omni__cel_slice(a[1]), &net)) {
        return no_address(run, a[1], "an IP address");
    }
    return omni__cel_bool(covers(a[0].as.net, &net));
}

FUNCTION(contains_cidr)
{
    omni__cel_net net;
    (void)count;
    if (a[1].kind == OMNI__CEL_CIDR) {
        net = *a[1].as.net;
    } else if (!parse_block(omni__cel_slice(a[1]), &net)) {
        return no_address(run, a[1], "a block of IP addresses");
    }
    return omni__cel_bool(net.prefix >= a[0].as.net->prefix &&
                          covers(a[0].as.net, &net));
}

FUNCTION(block_ip)
{
    (void)count;
    omni__cel_net net = *a->as.net;
    net.prefix = 0;
    return keep(run, OMNI__CEL_IP, &net);
}

FUNCTION(masked)
{
    (void)count;
    omni__cel_net net = *a->as.net;
    for (unsigned bit = net.prefix; bit < net.size * 8u; ++bit) {
        net.bytes[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
    }
    return keep(run, OMNI__CEL_CIDR, &net);
}

FUNCTION(prefix_length)
{
    UNUSED(run, count);
    return omni__cel_int(a->as.net->prefix);
}

const omni__cel_overload omni__cel_net_functions[] = {
    {"ip", "s", 'p', 2, ip},
    {"ip", ".c", 'p', 1, block_ip},
    {"isIP", "s", 'b', 2, is_ip},
    {"ip.isCanonical", "s", 'b', 3, is_canonical},
    {"cidr", "s", 'c', 2, cidr},
    {"isCIDR", "s", 'b', 2, is_cidr},
    {"family", ".p", 'i', 1, family},
    {"isUnspecified", ".p", 'b', 1, is_unspecified},
    {"isLoopback", ".p", 'b', 1, is_loopback},
    {"isLinkLocalUnicast", ".p", 'b', 1, is_link_local},
    {"isLinkLocalMulticast", ".p", 'b', 1, is_local_multicast},
    {"isGlobalUnicast", ".p", 'b', 1, is_global_unicast},
    {"containsIP", ".cp", 'b', 1, contains_ip},
    {"containsIP", ".cs", 'b', 2, contains_ip},
    {"containsCIDR", ".cc", 'b', 1, contains_cidr},
    {"containsCIDR", ".cs", 'b', 2, contains_cidr},
    {"masked", ".c", 'c', 1, masked},
    {"prefixLength", ".c", 'i', 1, prefix_length},
    {"", "", 0, 0, NULL},
};
