"""Where the digest of an image comes from: a pin of the manifest, or its tag, if that could be looked up."""

from reconciler.core.model.images.image import NoSuchImage, NotLookedUp
from reconciler.core.planning.explain.explanation import FieldStanding
from reconciler.core.planning.explain.subject import Answer, Subject
from reconciler.core.planning.transition.image_verdict import tag_words


def answer_digest(subject: Subject, answer: Answer) -> Answer:
    """The answer for the digest, with where it comes from."""
    spec, (standing, why) = subject.spec, answer
    if spec is None or spec.image.digest or standing is FieldStanding.IGNORED:
        return answer
    if spec.looked_up:
        return standing, f"{tag_words(spec.image)} stands for what the manifest has here; {why}"
    match spec.sight:
        case NotLookedUp(why_not):
            return (
                FieldStanding.NOT_COMPARED,
                f"{tag_words(spec.image)} could not be looked up: {why_not}; {why}",
            )
        case NoSuchImage(why_not):
            return standing, f"the registry has no {tag_words(spec.image)}: {why_not}; {why}"
        case _:
            return answer
