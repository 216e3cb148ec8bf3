"""Policies: what identifiers mean, and what another one would do."""

import json
from collections.abc import Callable, Mapping
from ctypes import POINTER, byref, c_size_t, sizeof
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from . import _native as n
from . import _read
from ._convert import to_bytes, to_object, to_optional, to_unsigned
from ._handle import PartHandle, StoreHandle
from ._hooks import Hooks
from ._library import lib
from .enums import PolicyEffect
from .errors import check, fail
from .model import instant

#: A policy as a mapping, or as JSON text.
PolicyDocument = Mapping[str, Any] | str

#: Is told (done, total); a true result stops the work.
Progress = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class PolicySetting:
    """A setting, as `max_identifiers` or `namespaces.email`.

    value: None: nothing is set
    other: the default; of a change: what was in force before
    """

    name: str
    value: Any
    other: Any

    @property
    def is_default(self) -> bool:
        return bool(self.value == self.other)


@dataclass(frozen=True, slots=True)
class InvalidPolicy:
    """A fact of the policy that has no effect, and why.

    value: what it says, as JSON text
    """

    name: str
    value: str
    error: str
    author: str
    time_us: int
    fact: str

    @property
    def time(self) -> datetime:
        return instant(self.time_us)


@dataclass(frozen=True, slots=True)
class PolicyResult:
    """What setting a policy did.

    fact: the first of the facts, one for each change; None: nothing changed
    refolded: profiles, figures or traits were made anew
    """

    changes: tuple[PolicySetting, ...]
    fact: str | None
    refolded: bool

    def __bool__(self) -> bool:
        return bool(self.changes)


@dataclass(frozen=True, slots=True)
class PolicySample:
    """An example of what a policy would do, with its reason.

    a, b: as "namespace:value"; b is None where one identifier is concerned
    """

    effect: PolicyEffect | int
    a: str
    b: str | None
    because: str


@dataclass(frozen=True, slots=True)
class PolicyPlan:
    """What a policy would do to identifiers and profiles."""

    profiles_before: int
    profiles_after: int
    joined: int
    split: int
    generic: int
    not_generic: int
    changes: tuple[PolicySetting, ...]
    samples: tuple[PolicySample, ...]

    def __str__(self) -> str:
        head = (
            f"{self.profiles_before} profiles would be "
            f"{self.profiles_after}: {self.joined} joined, {self.split} split; "
            f"{self.generic} identifiers generic, "
            f"{self.not_generic} no longer"
        )
        return "\n".join([head, *(f"  {s.because}" for s in self.samples)])


class PolicyReading:
    """What a Snapshot tells of policies."""

    _handle: PartHandle

    def policy(self) -> dict[str, Any]:
        """The policy in force, as a document that set_policy() takes."""
        with self._handle as txn:
            return _policy(txn)

    def policy_settings(self) -> tuple[PolicySetting, ...]:
        """Every setting in force, with its default."""
        with self._handle as txn:
            return _settings(txn)

    def policy_invalid(self) -> tuple[InvalidPolicy, ...]:
        """Facts of the policy that have no effect: another version of the
        library recorded what this one does not know."""
        with self._handle as txn:
            return _invalid(txn)

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
        with self._handle.calling_back() as (txn, hooks):
            return _plan(txn, _options(hooks, progress), policy, samples)

    def plan_policy_json(
        self, policy: PolicyDocument, *, samples: int = 10
    ) -> str:
        """The same as one canonical JSON object."""
        with self._handle.calling_back() as (txn, hooks):
            return _plan_json(txn, _options(hooks, None), policy, samples)


def _policy(txn: Any) -> dict[str, Any]:
    out = n.omni_text()
    _check(txn, lib.omni_policy_json(txn, byref(out)), "omni_policy_json")
    found: dict[str, Any] = json.loads(_read.text(out))
    return found


def _settings(txn: Any) -> tuple[PolicySetting, ...]:
    out = POINTER(n.omni_policy_setting)()
    count = c_size_t()
    status = lib.omni_policy_settings(txn, byref(out), byref(count))
    _check(txn, status, "omni_policy_settings")
    return tuple(_setting(out[i]) for i in range(count.value))


def _invalid(txn: Any) -> tuple[InvalidPolicy, ...]:
    out = POINTER(n.omni_policy_invalid)()
    count = c_size_t()
    status = lib.omni_policy_invalid_facts(txn, byref(out), byref(count))
    _check(txn, status, "omni_policy_invalid_facts")
    return tuple(
        InvalidPolicy(
            _read.text(raw.name),
            _read.text(raw.value),
            _read.text(raw.error),
            _read.text(raw.author),
            raw.time_us,
            _read.fact_text(raw.fact),
        )
        for raw in out[: count.value]
    )


def set_policy(
    handle: StoreHandle,
    document: PolicyDocument,
    reason: str,
    author: str | None,
    progress: Progress | None,
) -> PolicyResult:
    text = to_object(document, "policy") or b""
    changes: list[PolicySetting] = []
    result = n.omni_policy_result(size=sizeof(n.omni_policy_result))
    error = n.omni_error()
    with handle.calling_back() as (store, hooks):
        options = _options(hooks, progress)
        options.reason = n.omni_reason(
            to_bytes(reason, "reason"), to_optional(author, "author")
        )

        def changed(user: int | None, setting: Any) -> None:
            found = _setting(setting.contents)
            hooks.run(lambda: changes.append(found))

        options.changed = n.omni_policy_fn(changed)
        status = lib.omni_policy_set_json(
            store, text, len(text), byref(options), byref(result), byref(error)
        )
    check(status, "omni_policy_set_json", error)
    fact = result.fact
    return PolicyResult(
        changes=tuple(changes),
        fact=_read.fact_text(fact) if fact.sequence else None,
        refolded=result.refolded,
    )


def _rehearse(
    txn: Any, options: Any, document: PolicyDocument, samples: int
) -> Any:
    text = to_object(document, "policy") or b""
    options.samples = to_unsigned(samples, 32, "samples")
    out = POINTER(n.omni_policy_plan)()
    status = lib.omni_policy_rehearse(
        txn, text, len(text), byref(options), byref(out)
    )
    _check(txn, status, "omni_policy_rehearse")
    return out


def _plan(
    txn: Any, options: Any, document: PolicyDocument, samples: int
) -> PolicyPlan:
    plan = _rehearse(txn, options, document, samples).contents
    return PolicyPlan(
        profiles_before=plan.profiles_before,
        profiles_after=plan.profiles_after,
        joined=plan.joined,
        split=plan.split,
        generic=plan.generic,
        not_generic=plan.not_generic,
        changes=tuple(
            _setting(plan.settings[i]) for i in range(plan.setting_count)
        ),
        samples=tuple(
            _sample(plan.samples[i]) for i in range(plan.sample_count)
        ),
    )


def _plan_json(
    txn: Any, options: Any, document: PolicyDocument, samples: int
) -> str:
    out = n.omni_text()
    plan = _rehearse(txn, options, document, samples)
    status = lib.omni_policy_plan_json(txn, plan, byref(out))
    _check(txn, status, "omni_policy_plan_json")
    return _read.text(out)


def _options(hooks: Hooks, progress: Progress | None) -> n.omni_policy_options:
    """Python runs in it even if nobody listens: Ctrl-C stops the call."""

    def tell(user: int | None, done: int, total: int) -> int:
        return hooks.run(lambda: progress and progress(done, total))

    return n.omni_policy_options(
        size=sizeof(n.omni_policy_options), progress=n.omni_progress_fn(tell)
    )


def _value(raw: n.omni_text) -> Any:
    return json.loads(_read.text(raw)) if raw.size else None


def _setting(raw: Any) -> PolicySetting:
    return PolicySetting(
        name=_read.text(raw.name),
        value=_value(raw.value),
        other=_value(raw.other),
    )


def _sample(raw: Any) -> PolicySample:
    a, b = (
        f"{_read.text(who.ns)}:{_read.text(who.value)}"
        for who in (raw.a, raw.b)
    )
    return PolicySample(
        effect=_read.known(PolicyEffect, raw.effect),
        a=a,
        b=b if b != ":" else None,
        because=_read.text(raw.because),
    )


def _check(txn: Any, status: int, call: str) -> None:
    if status < 0:
        fail(status, call, lib.omni_txn_error(txn).contents)
