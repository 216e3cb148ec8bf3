"""What became of profiles: for whoever has stored their ids."""

from collections.abc import Iterator
from ctypes import byref
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from . import _native as n
from . import _people, _read
from ._convert import to_unsigned
from ._handle import PartHandle
from ._library import lib
from .enums import ProfileChangeKind
from .errors import ArgumentError
from .model import instant


@dataclass(frozen=True, slots=True)
class FeedPosition:
    """Where a reader stands in a feed of changes.

    Keep it whole, or as str() and FeedPosition.parse() have it.

    sequence: of a change, from 1 on; 0: before the first
    epoch: of the feed, which is another one where it was written anew: by
        another policy, in another store; 0: whatever it is
    """

    sequence: int = 0
    epoch: int = 0

    def __str__(self) -> str:
        return f"{self.epoch:016x}:{self.sequence}"

    @classmethod
    def parse(cls, text: str) -> "FeedPosition":
        """The position that str() made this of."""
        epoch, colon, sequence = text.partition(":")
        if len(epoch) != 16 or not colon or not sequence.isdecimal():
            raise ArgumentError(f"no position of a feed: {text!r}")
        try:
            return cls(int(sequence), int(epoch, 16))
        except ValueError:
            raise ArgumentError(f"no position of a feed: {text!r}") from None

    @classmethod
    def _of(cls, raw: Any) -> "FeedPosition":
        return cls(raw.sequence, raw.epoch)


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """Something became of a profile.

    position: its own; pass it on as `after`
    kind: what, a ProfileChangeKind
    profile: the id that named a profile before
    other: the one that names what it is now, or lost; None if it ended
    fact: id of what did it; of facts that came together, the one
    made_us: when that was made, by its maker's clock; whole milliseconds
    """

    position: FeedPosition
    kind: ProfileChangeKind | int
    profile: str
    other: str | None
    fact: str
    made_us: int

    @property
    def sequence(self) -> int:
        return self.position.sequence

    @property
    def made(self) -> datetime:
        return instant(self.made_us)

    @property
    def word(self) -> str:
        """The kind as a word: "joined"."""
        name = lib.omni_profile_change_name(int(self.kind))
        return str(name.decode("ascii"))

    def __repr__(self) -> str:
        other = f" {self.other}" if self.other is not None else ""
        told = f"{self.profile} {self.word}{other}"
        return f"<ProfileChange {self.sequence}, {self.made}: {told}>"


def to_position(after: Any) -> n.omni_feed_position:
    """A position, a change, or a sequence whose epoch is not checked."""
    at = getattr(after, "position", after)
    if at is None:
        at = FeedPosition()
    if not isinstance(at, FeedPosition):
        at = FeedPosition(at)
    return n.omni_feed_position(
        epoch=to_unsigned(at.epoch, 64, "after.epoch"),
        sequence=to_unsigned(at.sequence, 64, "after"),
    )


def feed_end(handle: PartHandle, feed: int) -> FeedPosition:
    out = n.omni_feed_position()
    with handle as txn:
        status = lib.omni_feed_end(txn, feed, byref(out))
        _people.check(txn, status, "omni_feed_end")
    return FeedPosition._of(out)


class Changes:
    """The feed of profiles, as a Snapshot has it."""

    _handle: PartHandle

    def changes(
        self, *, after: FeedPosition | ProfileChange | int | None = None
    ) -> Iterator[ProfileChange]:
        """What became of profiles, in the order in which it came about.

        after: what was dealt with last; a number alone is not checked

        New profiles, and identifiers that come to one, are no changes. What is
        kept under an id that joined or was renamed belongs to the other one.
        Of one that was split, look up in this snapshot what is kept under it,
        once all changes are read.

        ConflictError: the feed was written anew, by another policy, in
        another store, or after one was restored. Look up what is kept, and go
        on from changes_end() of the same snapshot.
        """
        at = to_position(after)
        out = n.omni_profile_change()
        while True:
            with self._handle as txn:
                status = lib.omni_profile_change_next(
                    txn, byref(at), byref(out)
                )
                if status == n.OMNI_END:
                    return
                _people.check(txn, status, "omni_profile_change_next")
                change = _change(out)
            yield change
            at = to_position(change)

    def changes_end(self) -> FeedPosition:
        """Where changes() ends now: for who begins to follow."""
        return feed_end(self._handle, n.OMNI_FEED_PROFILES)


def _change(raw: n.omni_profile_change) -> ProfileChange:
    ended = raw.kind == n.OMNI_PROFILE_ENDED
    return ProfileChange(
        position=FeedPosition._of(raw.position),
        kind=_read.known(ProfileChangeKind, raw.kind),
        profile=_read.id_text(raw.profile),
        other=None if ended else _read.id_text(raw.other),
        fact=_read.fact_text(raw.fact),
        made_us=raw.made_us,
    )
