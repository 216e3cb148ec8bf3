"""Facts as bytes, and logs of them, written from docs/file-format.md alone:
so a history can come to a store in any order, from any number of replicas,
and with facts that no store would make. Of the hashes only the primitives are
others': BLAKE2b is Python's; XXH3 and SipHash are of the libraries that
libomni itself stands on."""
import ctypes
import functools
import hashlib
import os
import struct

EVENT, LINK, PART, RETRACT, POLICY, SEGMENT = 1, 2, 3, 4, 7, 8
TYPES = ("track", "identify", "page", "screen", "group", "alias")
WORDS = ("", "user_id", "loyalty_id", "email", "phone", "device_id",
         "anonymous_id", "web", "app", "store", "kiosk", "call_center", "sms",
         "chat", "social", "push", "mail", "partner", "identify", "page",
         "screen", "group", "alias", "Order Completed", "Order Refunded",
         "Product Viewed", "Product Added", "Checkout Started", "Signed In",
         "Signed Out", "CHF", "EUR", "GBP", "USD")
PLACE = {word: place for place, word in enumerate(WORDS)}
CAPACITY = 64 << 20


@functools.cache
def hashes():
    """Loaded when they are wanted: a sanitized library has no Python of its
    own to be loaded into."""
    found = ctypes.CDLL(os.environ["OMNI_LIBRARY"])     # and what it needs
    for name in ("XXH3_64bits", "XXH3_64bits_withSeed"):
        getattr(found, name).restype = ctypes.c_uint64
    return found


def xxh3(data, seed=None):
    size = ctypes.c_size_t(len(data))
    if seed is None:
        return hashes().XXH3_64bits(data, size)
    return hashes().XXH3_64bits_withSeed(data, size, ctypes.c_uint64(seed))


def siphash(key, data):
    out = ctypes.create_string_buffer(8)
    hashes().crypto_shorthash_siphash24(
        out, data, ctypes.c_ulonglong(len(data)), key)
    return int.from_bytes(out.raw, "little")


def blake(data, size=32):
    return hashlib.blake2b(data, digest_size=size).digest()


# Numbers, blocks, words

def varint(number):
    made = bytearray()
    while number >= 128:
        made.append(number & 127 | 128)
        number >>= 7
    made.append(number)
    return bytes(made)


def zigzag(number):
    return varint(2 * number if number >= 0 else -2 * number - 1)


def block(data):
    data = data.encode() if isinstance(data, str) else data
    return varint(len(data)) + data


def word(text):
    if text in PLACE:
        return varint(PLACE[text])
    data = text.encode()
    return varint(64 + len(data)) + data


def le64(number):
    return struct.pack("<Q", number & 2**64 - 1)


class Keys:
    """What a deployment's secret says of identifiers and events."""

    def __init__(self, secret, deployment):
        self.secret, self.deployment = secret, deployment
        self.event_key, self.content_key = (
            blake(secret + bytes([n]), 16) for n in (3, 4))
        self.tokens, self.ids = {}, {}

    def token(self, node):
        if node not in self.tokens:
            self.tokens[node] = blake(
                self.secret + b"\1" + node[0].encode() + b"\0" +
                node[1].encode(), 16)
        return self.tokens[node]

    def id(self, node):
        if node not in self.ids:
            self.ids[node] = blake(
                self.secret + b"\2" + self.token(node), 16).hex()
        return self.ids[node]

    def id_hash(self, sent_id):
        return siphash(self.event_key, sent_id.encode())

    def content_hash(self, content):
        return siphash(self.content_key, content)

    def made_id(self, content_hash, ordinal):
        return siphash(self.content_key, le64(content_hash) + le64(ordinal))

    def carried(self, nodes):
        return varint(len(nodes)) + b"".join(
            self.token(node) + b"\0" for node in nodes)


# Bodies

def stated_ends(copy):
    return [(space, copy.alias[1]) for space in ("user_id", "anonymous_id")
            ] if copy.alias else []


def content_of(copy):
    """What F7 compares of a copy."""
    nodes, ends = sorted(copy.identifiers), stated_ends(copy)
    parts = [bytes([TYPES.index(copy.type)]), block(copy.name),
             zigzag(copy.time), block(copy.channel), block(copy.source),
             varint(len(nodes))]
    parts += [block(text) for node in nodes for text in node]
    parts += [block(copy.traits_json), block(copy.properties_json),
              varint(len(ends))]
    parts += [block(value) for _, value in ends]
    return b"".join(parts) + copy.group_id.encode()


def event_body(keys, copy):
    nodes, ends = sorted(copy.identifiers), stated_ends(copy)
    flags = (1 if copy.instant == 0 else
             2 if copy.instant != copy.time else 0)
    parts = [keys.carried(nodes + ends),
             bytes([1, TYPES.index(copy.type), flags]), zigzag(copy.time)]
    if flags == 2:
        parts.append(zigzag(copy.instant))
    parts.append(block(copy.sent_id))
    if not copy.sent_id:
        parts.append(le64(copy.id_hash))
    parts.append(varint(len(nodes)))
    for space, value in nodes + ends:
        parts += [word(space), block(value)]
    parts += [word(copy.name), word(copy.channel), word(copy.source),
              block(copy.group_id), block(copy.traits_json),
              block(copy.properties_json)]
    return b"".join(parts)


def statement_body(keys, fact):
    nodes = sorted((fact.a, fact.b))
    return keys.carried(nodes) + b"\1" + zigzag(fact.time) + b"".join(
        word(space) + block(value) for space, value in nodes
    ) + block(fact.author) + block(fact.reason)


def target(fact, check=None):
    return fact.replica + struct.pack(">Q", fact.sequence) + (
        fact.check if check is None else check)


def retract_body(keys, fact):
    nodes = {node for other in fact.targets for node in carried_by(other)}
    tokens = sorted(keys.token(node) for node in nodes)
    named = b"".join(map(target, fact.targets)) + b"".join(fact.strays)
    return (varint(len(tokens)) + b"".join(t + b"\0" for t in tokens) + b"\1"
            + block(named) + block(fact.author) + block(fact.reason))


def carried_by(fact):
    if fact.kind == EVENT:
        return sorted(fact.copy.identifiers) + stated_ends(fact.copy)
    if fact.kind in (LINK, PART):
        return [fact.a, fact.b]
    if fact.kind == RETRACT:
        return [n for other in fact.targets for n in carried_by(other)]
    return []


def register_body(fact):
    return b"\0\1" + zigzag(fact.time) + block(fact.name) + block(
        fact.value) + block(fact.author) + block(fact.reason)


def body_of(keys, fact):
    if fact.kind == EVENT:
        return event_body(keys, fact.copy)
    if fact.kind in (LINK, PART):
        return statement_body(keys, fact)
    if fact.kind == RETRACT:
        return retract_body(keys, fact)
    return register_body(fact)


# Groups and frames

def seal(keys, fact):
    """Give a fact its body, the hash of it, and its check."""
    fact.body = body_of(keys, fact)
    fact.salt = blake(fact.body + fact.replica + le64(fact.sequence), 8)
    fact.body_hash = blake(fact.salt + fact.body)
    fact.check = blake(fact.replica + le64(fact.sequence) + le64(fact.hlc) +
                       bytes([fact.kind]) + fact.body_hash)[:8]


def group_bytes(facts, previous):
    """A group, and the hash that the replica's next one names."""
    first = facts[0]
    parts = [b"\1", first.replica, previous, varint(first.sequence),
             varint(len(facts)), le64(first.hlc)]
    clock = first.hlc
    for fact in facts:
        parts += [bytes([fact.kind]), varint(fact.hlc - clock), b"\0",
                  fact.body_hash]
        clock = fact.hlc
    header = b"".join(parts)
    bodies = b"".join(b"\1" + fact.salt + block(fact.body) for fact in facts)
    return struct.pack("<I", len(header)) + header + bodies, blake(header)


def frame(keys, payload, position):
    seed = xxh3(keys.deployment + le64(0) + le64(position))
    head = b"OFMR\1\0\0\0" + struct.pack("<QQQ", len(payload), position,
                                         position)
    data = head + payload + b"\0" * (-len(payload) % 8)
    return le64(xxh3(data, seed)) + data


def segment_header(keys):
    head = (b"omnilog\n" + struct.pack("<II", 1, 0) + keys.deployment +
            struct.pack("<QQQ", 0, 0, CAPACITY))
    return head + le64(xxh3(head))


def log_bytes(keys, groups):
    """A whole log: the bytes behind each group, and all of them."""
    previous, parts, ends = {}, [segment_header(keys)], []
    position = 64
    for facts in groups:
        replica = facts[0].replica
        payload, previous[replica] = group_bytes(
            facts, previous.get(replica, bytes(32)))
        parts.append(frame(keys, payload, position))
        position += len(parts[-1])
        ends.append(position)
    return b"".join(parts), ends


def make_store(path, keys, replica, calling_code=41):
    """A directory that is a store with an empty log."""
    os.makedirs(os.path.join(path, "log"))
    head = (b"OMNISTOR" + struct.pack("<II", 1, calling_code) +
            keys.deployment + keys.secret + replica + le64(os.stat(
                os.path.join(path, "log")).st_ino) + bytes(32))
    with open(os.path.join(path, "store"), "wb") as file:
        file.write(head + le64(xxh3(head)))
    write_log(path, segment_header(keys))


def write_log(path, data):
    """Put a log in place of the one of a closed store; what the tables have
    of it stays, if it is longer now."""
    with open(os.path.join(path, "log", "0" * 16 + ".log"), "wb") as file:
        file.write(data)
    shared = os.path.join(path, "log", "shared")
    if os.path.exists(shared):
        os.remove(shared)
