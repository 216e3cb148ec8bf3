"""libomni: one profile of a customer, over all channels, in process.

    import omni

    with omni.Store("shop.omni", create=True) as store:
        store.append("Order Completed", "loyalty_id:L-1", channel="store",
                     properties={"revenue": 59.9, "currency": "CHF"})
        print(store.profile("loyalty_id:L-1").id)

Threads: every call releases the interpreter's lock while the library works,
and a Store may be shared by any number of threads. A Snapshot, Batch or
Import is for one thread at a time; others that use it wait their turn.

Fork: what was opened before os.fork() is the parent's. In the child every
use of it raises ConflictError; open the store there anew.

Callbacks (hooks, progress, files that are written to) may raise: the
exception comes out of the call that they were called from. Ctrl-C stops
long calls in the same way.

Faults are exceptions derived from OmniError, one class for each status of
the library, and of what Python has for it (ValueError, OSError, …). A record
that the store does not take is none of them: it is counted, kept, and listed
by Store.refused().
"""

from . import _native, cel
from ._convert import Instant, Names, Who
from ._event import Json, Record, Records
from ._library import lib as _lib
from ._library import path as _path
from ._version import __version__ as __version__
from .batch import Batch, Import
from .changes import FeedPosition, ProfileChange
from .enums import (
    Durability,
    EventType,
    FactKind,
    FunnelMode,
    LinkKind,
    LinkState,
    LogLevel,
    Membership,
    Outcome,
    PolicyEffect,
    ProfileChangeKind,
    RefusedCode,
    Status,
)
from .errors import (
    ArgumentError,
    BusyError,
    ClosedError,
    ConflictError,
    CorruptError,
    FullError,
    IoError,
    LimitError,
    NoMemoryError,
    NotFound,
    NotStoreError,
    OmniError,
    ParseError,
    ReadOnlyError,
    StoreNotFound,
    VersionError,
)
from .explain import Explanation, IdentifierExplanation, Link
from .facts import Facts
from .funnel import Funnel, FunnelChannel, FunnelCount, FunnelTimes
from .mapping import Mapping, Row, TableForm
from .model import (
    Amount,
    CheckReport,
    Digest,
    EventResult,
    Fact,
    Figure,
    Group,
    HeldApart,
    Identifier,
    ImportSummary,
    ParsedEvent,
    Profile,
    Refused,
    RetractResult,
    StatementResult,
    Stats,
    TimelineEvent,
    Trait,
    TraitEntry,
    Voided,
)
from .policy import (
    InvalidPolicy,
    PolicyPlan,
    PolicyResult,
    PolicySample,
    PolicySetting,
)
from .segment import Answer, Counts, Members, Segment
from .segments import (
    SegmentChange,
    Segments,
    SegmentSet,
    StoredSegment,
    TickResult,
)
from .snapshot import Events, Profiles, Snapshot, Timeline, Walk
from .store import Store

EXPLAIN_NEIGHBOURS = _native.OMNI_EXPLAIN_NEIGHBOURS
FUNNEL_STEPS = _native.OMNI_FUNNEL_STEPS
LIMIT_IDENTIFIERS = _native.OMNI_LIMIT_IDENTIFIERS
LIMIT_IDENTIFIER_BYTES = _native.OMNI_LIMIT_IDENTIFIER_BYTES
LIMIT_NAMESPACE_BYTES = _native.OMNI_LIMIT_NAMESPACE_BYTES
LIMIT_NAME_BYTES = _native.OMNI_LIMIT_NAME_BYTES
LIMIT_EVENT_ID_BYTES = _native.OMNI_LIMIT_EVENT_ID_BYTES
LIMIT_EVENT_BYTES = _native.OMNI_LIMIT_EVENT_BYTES
LIMIT_TRAITS = _native.OMNI_LIMIT_TRAITS
LIMIT_JSON_DEPTH = _native.OMNI_LIMIT_JSON_DEPTH
LIMIT_LINE_BYTES = _native.OMNI_LIMIT_LINE_BYTES
LIMIT_REASON_BYTES = _native.OMNI_LIMIT_REASON_BYTES
LIMIT_SEGMENT_NAME_BYTES = _native.OMNI_LIMIT_SEGMENT_NAME_BYTES
LIMIT_SET_SEGMENTS = _native.OMNI_LIMIT_SET_SEGMENTS
LIMIT_BATCH_FACTS = _native.OMNI_LIMIT_BATCH_FACTS
LIMIT_BATCH_BYTES = _native.OMNI_LIMIT_BATCH_BYTES


def version() -> str:
    """Version of the library that is running, "MAJOR.MINOR.PATCH"."""
    return _lib.omni_version().decode("ascii")  # type: ignore[no-any-return]


def library_path() -> str:
    """Path of the library that is running, or the name the loader knows."""
    return _path


def status_name(status: int) -> str:
    """Stable English name of a status, such as "not found"."""
    return _lib.omni_status_name(status).decode()  # type: ignore[no-any-return]


def fact_kind_name(kind: int) -> str:
    """Stable word of a kind of facts, such as "event"."""
    return _lib.omni_fact_kind_name(kind).decode()  # type: ignore[no-any-return]


def refused_name(code: int) -> str:
    """Stable word of a refused code, such as "no_identifier"."""
    return _lib.omni_refused_name(code).decode()  # type: ignore[no-any-return]


__all__ = [
    "EXPLAIN_NEIGHBOURS",
    "FUNNEL_STEPS",
    "Amount",
    "Answer",
    "ArgumentError",
    "Batch",
    "BusyError",
    "CheckReport",
    "ClosedError",
    "ConflictError",
    "CorruptError",
    "Counts",
    "Digest",
    "Durability",
    "EventResult",
    "EventType",
    "Events",
    "Explanation",
    "Fact",
    "FactKind",
    "Facts",
    "FeedPosition",
    "Figure",
    "FullError",
    "Funnel",
    "FunnelChannel",
    "FunnelCount",
    "FunnelMode",
    "FunnelTimes",
    "Group",
    "HeldApart",
    "Identifier",
    "IdentifierExplanation",
    "Import",
    "ImportSummary",
    "Instant",
    "InvalidPolicy",
    "IoError",
    "Json",
    "LIMIT_BATCH_BYTES",
    "LIMIT_BATCH_FACTS",
    "LIMIT_EVENT_BYTES",
    "LIMIT_EVENT_ID_BYTES",
    "LIMIT_IDENTIFIERS",
    "LIMIT_IDENTIFIER_BYTES",
    "LIMIT_JSON_DEPTH",
    "LIMIT_LINE_BYTES",
    "LIMIT_NAMESPACE_BYTES",
    "LIMIT_NAME_BYTES",
    "LIMIT_REASON_BYTES",
    "LIMIT_SEGMENT_NAME_BYTES",
    "LIMIT_SET_SEGMENTS",
    "LIMIT_TRAITS",
    "LimitError",
    "Link",
    "LinkKind",
    "LinkState",
    "LogLevel",
    "Mapping",
    "Members",
    "Membership",
    "Names",
    "NoMemoryError",
    "NotFound",
    "NotStoreError",
    "OmniError",
    "Outcome",
    "ParseError",
    "ParsedEvent",
    "PolicyEffect",
    "PolicyPlan",
    "PolicyResult",
    "PolicySample",
    "PolicySetting",
    "Profile",
    "ProfileChange",
    "ProfileChangeKind",
    "Profiles",
    "ReadOnlyError",
    "Record",
    "Records",
    "Refused",
    "RefusedCode",
    "RetractResult",
    "Row",
    "Segment",
    "SegmentChange",
    "Segments",
    "Snapshot",
    "StatementResult",
    "Stats",
    "Status",
    "Store",
    "StoreNotFound",
    "StoredSegment",
    "TableForm",
    "TickResult",
    "Timeline",
    "TimelineEvent",
    "Trait",
    "TraitEntry",
    "VersionError",
    "Voided",
    "Walk",
    "Who",
    "__version__",
    "fact_kind_name",
    "library_path",
    "cel",
    "refused_name",
    "status_name",
    "version",
]
