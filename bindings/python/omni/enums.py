"""The enumerations of the library, with their permanent numbers."""

from enum import IntEnum, IntFlag

from . import _native as n


class Status(IntEnum):
    """Outcome of a call: zero done, positive an answer, negative a fault."""

    OK = n.OMNI_OK
    NOT_FOUND = n.OMNI_NOT_FOUND
    END = n.OMNI_END
    UNCHANGED = n.OMNI_UNCHANGED
    ERR_ARGUMENT = n.OMNI_ERR_ARGUMENT
    ERR_NO_MEMORY = n.OMNI_ERR_NO_MEMORY
    ERR_IO = n.OMNI_ERR_IO
    ERR_FULL = n.OMNI_ERR_FULL
    ERR_BUSY = n.OMNI_ERR_BUSY
    ERR_CORRUPT = n.OMNI_ERR_CORRUPT
    ERR_VERSION = n.OMNI_ERR_VERSION
    ERR_SYNTAX = n.OMNI_ERR_SYNTAX
    ERR_LIMIT = n.OMNI_ERR_LIMIT
    ERR_READ_ONLY = n.OMNI_ERR_READ_ONLY
    ERR_CONFLICT = n.OMNI_ERR_CONFLICT
    ERR_NOT_STORE = n.OMNI_ERR_NOT_STORE


class Durability(IntEnum):
    """When a commit is told to be done."""

    DEFAULT = n.OMNI_DURABILITY_DEFAULT  #: What the store was opened with.
    FULL = n.OMNI_DURABILITY_FULL  #: Each commit is on the medium.
    GROUP = n.OMNI_DURABILITY_GROUP  #: So too; threads share one sync.
    OFF = n.OMNI_DURABILITY_OFF  #: At the end; a crash loses the tail.


class LogLevel(IntEnum):
    """Weight of a line that the library logs."""

    ERROR = n.OMNI_LOG_ERROR
    WARNING = n.OMNI_LOG_WARNING
    INFO = n.OMNI_LOG_INFO


class EventType(IntEnum):
    """Type words of the Segment spec."""

    TRACK = n.OMNI_EVENT_TRACK
    IDENTIFY = n.OMNI_EVENT_IDENTIFY
    PAGE = n.OMNI_EVENT_PAGE
    SCREEN = n.OMNI_EVENT_SCREEN
    GROUP = n.OMNI_EVENT_GROUP
    ALIAS = n.OMNI_EVENT_ALIAS


class Membership(IntEnum):
    """Whether somebody is in a segment."""

    NOT_MEMBER = n.OMNI_MEMBERSHIP_NOT_MEMBER
    MEMBER = n.OMNI_MEMBERSHIP_MEMBER
    ERROR = n.OMNI_MEMBERSHIP_ERROR  #: The condition has no value.


class PolicyEffect(IntEnum):
    """What a policy would do to an identifier."""

    JOINED = n.OMNI_POLICY_JOINED
    SPLIT = n.OMNI_POLICY_SPLIT
    GENERIC = n.OMNI_POLICY_GENERIC
    NOT_GENERIC = n.OMNI_POLICY_NOT_GENERIC


class FactKind(IntEnum):
    """What a fact says."""

    EVENT = n.OMNI_FACT_EVENT  #: Somebody did something.
    LINK = n.OMNI_FACT_LINK  #: Two identifiers are one person.
    PART = n.OMNI_FACT_PART  #: Two identifiers are not one person.
    RETRACT = n.OMNI_FACT_RETRACT  #: Facts are void.
    CONSENT = n.OMNI_FACT_CONSENT  #: Somebody allows or forbids something.
    ERASE = n.OMNI_FACT_ERASE  #: Somebody is to be forgotten.
    POLICY = n.OMNI_FACT_POLICY  #: How identity is resolved.
    SEGMENT = n.OMNI_FACT_SEGMENT  #: Whom a segment holds.


class Outcome(IntEnum):
    """What became of an appended event."""

    TAKEN = n.OMNI_OUTCOME_TAKEN  #: A new event.
    DUPLICATE = n.OMNI_OUTCOME_DUPLICATE  #: A copy of one that was there.
    REFUSED = n.OMNI_OUTCOME_REFUSED  #: Not taken; see Store.refused().
    #: A copy of an event that is retracted.
    RETRACTED = n.OMNI_OUTCOME_RETRACTED


class FunnelMode(IntFlag):
    """What else a chain of steps must keep to."""

    INCREASE = n.OMNI_FUNNEL_INCREASE  #: Each step later than the one before.
    ORDER = n.OMNI_FUNNEL_ORDER  #: No other event in between.
    DEDUP = n.OMNI_FUNNEL_DEDUP  #: No step, but the first, a second time.
    REENTRY = n.OMNI_FUNNEL_REENTRY  #: With ORDER: but for the first step's.
    FIRST = n.OMNI_FUNNEL_FIRST  #: From the first event of the first step on.


class LinkKind(IntEnum):
    """What a link between two identifiers rests on."""

    OBSERVED = n.OMNI_LINK_OBSERVED  #: An event carries both.
    STATED = n.OMNI_LINK_STATED  #: Somebody said so: Store.merge().
    ALIAS = n.OMNI_LINK_ALIAS  #: An alias event said so.
    PART = n.OMNI_LINK_PART  #: Somebody said no: Store.split().


class LinkState(IntEnum):
    """What a link does."""

    ACCEPTED = n.OMNI_LINK_ACCEPTED  #: It joins.
    HELD = n.OMNI_LINK_HELD  #: A rule holds it apart: two profiles.
    PASSED = n.OMNI_LINK_PASSED  #: Held apart; other links joined the two.
    PARTED = n.OMNI_LINK_PARTED  #: A statement that keeps both apart.
    WAITING = n.OMNI_LINK_WAITING  #: No event names the other one yet.


class ProfileChangeKind(IntEnum):
    """What became of a profile."""

    JOINED = n.OMNI_PROFILE_JOINED  #: Part of one with members of another.
    RENAMED = n.OMNI_PROFILE_RENAMED  #: Goes by another id.
    SPLIT = n.OMNI_PROFILE_SPLIT  #: Lost members to another one.
    ENDED = n.OMNI_PROFILE_ENDED  #: Nothing is left of it.


class RefusedCode(IntEnum):
    """Why a record was refused (below 100), or flagged but taken."""

    NONE = n.OMNI_REFUSED_NONE
    JSON = n.OMNI_REFUSED_JSON
    EVENT = n.OMNI_REFUSED_EVENT
    TIME = n.OMNI_REFUSED_TIME
    NO_IDENTIFIER = n.OMNI_REFUSED_NO_IDENTIFIER
    BLOCKED = n.OMNI_REFUSED_BLOCKED
    LIMIT = n.OMNI_REFUSED_LIMIT
    ROW = n.OMNI_REFUSED_ROW
    FLAGGED_FUTURE = n.OMNI_FLAGGED_FUTURE
    FLAGGED_IDENTIFIER = n.OMNI_FLAGGED_IDENTIFIER
