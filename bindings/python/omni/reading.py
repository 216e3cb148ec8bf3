"""What a store reads in one call: each in a snapshot of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ._convert import Instant, Who
from ._handle import StoreHandle
from ._hooks import Hooks
from .changes import FeedPosition, ProfileChange
from .explain import Explanation, IdentifierExplanation, Link
from .facts import Facts
from .funnel import Funnels
from .model import HeldApart, Profile
from .policy import (
    InvalidPolicy,
    PolicyDocument,
    PolicyPlan,
    PolicySetting,
    Progress,
)
from .segment import Segment
from .segments import Segments
from .snapshot import Events, Profiles, Snapshot, Timeline


class Reading(Funnels):
    """The reads of a Store; each sees what is newest."""

    _handle: StoreHandle

    def snapshot(self) -> Snapshot:
        """A view that later writes do not change; use it with `with`."""
        return Snapshot(self._handle, self)

    def find(self, who: Who) -> str | None:
        """Id of the profile that a person is in; None if nobody knows them."""
        with self.snapshot() as snapshot:
            return snapshot.find(who)

    def profile(self, who: Who, *, events: int = 0) -> Profile:
        """The whole profile; NotFound if nobody knows them.

        events: with so many of the last events
        """
        with self.snapshot() as snapshot:
            return snapshot.profile(who, events=events)

    def profile_json(self, who: Who, *, at: Instant | None = None) -> str:
        """The profile as one canonical JSON object.

        at: when it is to be in the segments that it names; now if left out
        """
        with self.snapshot() as snapshot:
            if at is not None:
                snapshot.at(at)
            return snapshot.profile_json(who)

    def profile_segments(
        self, who: Who, *, at: Instant | None = None
    ) -> tuple[str, ...]:
        """Names of the segments that a person is in, now or at an instant."""
        with self.snapshot() as snapshot:
            if at is not None:
                snapshot.at(at)
            return snapshot.profile_segments(who)

    def changes(
        self, *, after: FeedPosition | ProfileChange | int | None = None
    ) -> Iterator[ProfileChange]:
        """As Snapshot.changes(), in a snapshot that ends with the walk."""
        with self.snapshot() as snapshot:
            yield from snapshot.changes(after=after)

    def changes_end(self) -> FeedPosition:
        """Where changes() ends now: for who begins to follow."""
        with self.snapshot() as snapshot:
            return snapshot.changes_end()

    @property
    def segments(self) -> Segments:
        """The segments of the store, by name."""
        return Segments(self._handle, self)

    def held_apart(self, who: Who) -> tuple[HeldApart, ...]:
        """Links to other profiles that were not accepted, and the rules."""
        with self.snapshot() as snapshot:
            return snapshot.held_apart(who)

    def explain(self, a: Who, b: Who) -> Explanation:
        """Why two identifiers are one profile, or why not."""
        with self.snapshot() as snapshot:
            return snapshot.explain(a, b)

    def explain_json(self, a: Who, b: Who) -> str:
        """The same as one canonical JSON object."""
        with self.snapshot() as snapshot:
            return snapshot.explain_json(a, b)

    def explain_identifier(self, who: Who) -> IdentifierExplanation:
        """What an identifier is linked with and named after, and why."""
        with self.snapshot() as snapshot:
            return snapshot.explain_identifier(who)

    def links(self, who: Who) -> tuple[Link, ...]:
        """Every link of a profile: accepted, passed over or held apart."""
        with self.snapshot() as snapshot:
            return snapshot.links(who)

    def explain_identifier_json(self, who: Who) -> str:
        """The same as one canonical JSON object."""
        with self.snapshot() as snapshot:
            return snapshot.explain_identifier_json(who)

    def policy(self) -> dict[str, Any]:
        """The policy in force, as a document that set_policy() takes."""
        with self.snapshot() as snapshot:
            return snapshot.policy()

    def policy_invalid(self) -> tuple[InvalidPolicy, ...]:
        """Facts of the policy that have no effect."""
        with self.snapshot() as snapshot:
            return snapshot.policy_invalid()

    def policy_settings(self) -> tuple[PolicySetting, ...]:
        """Every setting in force, with its default."""
        with self.snapshot() as snapshot:
            return snapshot.policy_settings()

    def plan_policy(
        self,
        policy: PolicyDocument,
        *,
        samples: int = 10,
        progress: Progress | None = None,
    ) -> PolicyPlan:
        """What a policy would do to identifiers, without setting it.

        samples: examples of each effect
        progress: is told (done, total); a true result stops it
        """
        with self.snapshot() as snapshot:
            return snapshot.plan_policy(
                policy, samples=samples, progress=progress
            )

    def segment(self, expression: str) -> Segment:
        """Compile a condition of CEL on profiles; ParseError says where."""
        return Segment(self._handle, self, expression)

    @contextmanager
    def _calling_back(self) -> Iterator[tuple[Any, Hooks]]:
        with self.snapshot() as snapshot:
            with snapshot._calling_back() as found:
                yield found

    def timeline(
        self,
        who: Who,
        *,
        since: Instant | None = None,
        until: Instant | None = None,
        name: str | None = None,
        channel: str | None = None,
        oldest_first: bool = False,
        limit: int | None = None,
        nobody: bool | Who = False,
    ) -> Timeline:
        """As Snapshot.timeline(), in a snapshot that ends with the walk.

        Walk to the end, close() it, or use it with `with`.
        """
        snapshot = self.snapshot()
        try:
            walk = snapshot.timeline(
                who,
                since=since,
                until=until,
                name=name,
                channel=channel,
                oldest_first=oldest_first,
                limit=limit,
                nobody=nobody,
            )
        except BaseException:
            snapshot.close()
            raise
        return walk.own_snapshot()

    def profiles(self, *, after: str | None = None) -> Profiles:
        """As Snapshot.profiles(), in a snapshot that ends with the walk.

        Walk to the end, close() it, or use it with `with`.
        """
        snapshot = self.snapshot()
        try:
            walk = snapshot.profiles(after=after)
        except BaseException:
            snapshot.close()
            raise
        return walk.own_snapshot()

    def facts(
        self, *, position: int | None = None, from_end: bool = False
    ) -> Facts:
        """Walk what the store took in, fact by fact, in the order it came.

        position: Facts.position of an earlier walk over this store; None:
            from the first fact
        from_end: only facts that come from now on

        It stops where there is no fact now, and can be asked again later.
        """
        return Facts(self._handle, self, position, from_end)

    def events(
        self,
        *,
        since: Instant | None = None,
        until: Instant | None = None,
        name: str | None = None,
        channel: str | None = None,
        oldest_first: bool = False,
    ) -> Events:
        """As Snapshot.events(), in a snapshot that ends with the walk.

        Walk to the end, close() it, or use it with `with`.
        """
        return (
            self.snapshot()
            .events(
                since=since,
                until=until,
                name=name,
                channel=channel,
                oldest_first=oldest_first,
            )
            .own_snapshot()
        )
