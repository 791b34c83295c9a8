"""What a tag stands for now, beside the pin in the manifest."""

from dataclasses import dataclass
from enum import StrEnum

from reconciler.core.model.findings import Location
from reconciler.core.model.images.image import ImageFacts, ImageRequest, ImageSight, NoSuchImage, Platform


class PinState(StrEnum):
    """How the pin of a manifest compares with what its tag stands for."""

    UNPINNED = "unpinned"
    UP_TO_DATE = "up-to-date"
    OUTDATED = "outdated"
    OTHER_PLATFORM = "other-platform"
    """The image is for another platform than the deployment's shape."""
    MISSING = "missing"
    UNSEEN = "unseen"
    """The registry did not say, or nobody can."""


@dataclass(frozen=True, slots=True)
class ResolvedImage:
    """The image of one manifest. `request` is what the registry was asked for: without the pin, unless there
    is nothing but the pin.
    """

    name: str
    where: Location
    request: ImageRequest
    platform: Platform
    pin: str | None
    sight: ImageSight | None

    @property
    def facts(self) -> ImageFacts | None:
        """What the registry says, if it is of use to this deployment."""
        facts = self.sight if isinstance(self.sight, ImageFacts) else None
        return facts if facts is not None and facts.platform == self.platform else None

    @property
    def state(self) -> PinState:
        """How the pin compares."""
        if isinstance(self.sight, NoSuchImage):
            return PinState.MISSING
        if not isinstance(self.sight, ImageFacts):
            return PinState.UNSEEN
        if self.facts is None:
            return PinState.OTHER_PLATFORM
        if self.pin is None:
            return PinState.UNPINNED
        return PinState.UP_TO_DATE if self.sight.pinned_by(self.pin) else PinState.OUTDATED

    @property
    def wanted_pin(self) -> str | None:
        """The digest that the manifest is to be pinned to; None when there is nothing to write."""
        if self.facts is None or self.state is PinState.UP_TO_DATE:
            return None
        return self.facts.digest
