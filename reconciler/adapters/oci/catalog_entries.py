"""What catalog models and model groups have in common: they are read, renamed, marked, released and
deleted alike.

Whoever looks and then writes guards the write with the etag of the look. Nothing is decided here.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from reconciler.adapters.oci.conversion.live import renamed_tags, tags_of
from reconciler.adapters.oci.errors import translated
from reconciler.adapters.sdk import Sdk, etag_of
from reconciler.core.model.errors import CloudError, EtagMismatch, NotFound, ServiceAnswer
from reconciler.core.model.live import MARKS, USED

LOOKS = 5
"""So often another run may be faster between our look and our write."""

GONE = frozenset({"DELETING", "DELETED"})


def released(item: Sdk) -> dict[str, Any]:
    """The fields of a catalog entry that change when our marks come off; none when it has none."""
    tags = dict(tags_of(item))
    others = {key: value for key, value in tags.items() if key not in MARKS}
    return {} if others == tags else {"freeform_tags": others}


@dataclass(frozen=True, slots=True)
class Entries:
    """One kind of catalog entries: `noun` for messages, and the SDK's operations and class of details."""

    noun: str
    get: Sdk
    update: Sdk
    delete: Sdk
    details: Sdk

    def read(self, ocid: str) -> tuple[Sdk, str]:
        """The entry and its etag. Raises NotFound when it is gone."""
        operation = f"reading the {self.noun} {ocid}"
        with translated(operation):
            answer = self.get(ocid)
        if answer.data.lifecycle_state in GONE:
            said = ServiceAnswer(operation, HTTPStatus.NOT_FOUND, "NotAuthorizedOrNotFound", "it is deleted")
            raise NotFound(said)
        return answer.data, etag_of(answer)

    def rename(self, ocid: str, name: str) -> None:
        """Change the display name and the name mark, unless they are right; other tags stay."""

        def rename() -> None:
            with translated(f"renaming {ocid}"):
                answer = self.get(ocid)
                tags = renamed_tags(answer.data, name)
                if tags is not None:
                    details = self.details(display_name=name, freeform_tags=tags)
                    self.update(ocid, details, if_match=etag_of(answer))

        look_again_after(EtagMismatch, rename)

    def mark_used(self, ocid: str, at: str) -> None:
        """Mark it as used at this time; other tags stay. Raises NotFound when it is gone."""

        def mark() -> None:
            item, etag = self.read(ocid)
            tags = {**dict(tags_of(item)), USED: at}
            with translated(f"marking the {self.noun} {ocid} as used"):
                self.update(ocid, self.details(freeform_tags=tags), if_match=etag)

        look_again_after(EtagMismatch, mark)

    def release(self, ocid: str, without_marks: Callable[[Sdk], dict[str, Any]] = released) -> None:
        """Take our marks off; `without_marks` gives the fields that change, none when there are no marks.
        Raises NotFound when it is gone.
        """

        def release() -> None:
            item, etag = self.read(ocid)
            if changed := without_marks(item):
                with translated(f"taking our marks off the {self.noun} {ocid}"):
                    self.update(ocid, self.details(**changed), if_match=etag)

        look_again_after(EtagMismatch, release)

    def remove(self, ocid: str, etag: str) -> None:
        """Delete it, if its etag is still this one; one that is gone already is no error."""
        with suppress(NotFound), translated(f"deleting the {self.noun} {ocid}"):
            self.delete(ocid, if_match=etag)


def look_again_after(spoiled: type[CloudError], act: Callable[[], None]) -> None:
    """Do `act`, which looks and then writes, again when its write came too late."""
    for _ in range(LOOKS - 1):
        try:
            return act()
        except spoiled:
            continue
    return act()
