"""The words that several checks share. Pure."""

from reconciler.core.model.errors import CloudError, NotAllowed, NotFound, ReconcilerError
from reconciler.core.model.views.checkup import Check, Topic, not_seen

AGAIN = "Run it again; if this stays, look at the service's status page."

REFUSED = "A policy has to allow it to whoever signs in."


def first_words(error: ReconcilerError) -> str:
    """The first line of an error."""
    return str(error).partition("\n")[0]


def advice_in(error: ReconcilerError) -> tuple[str, ...]:
    """The further lines of an error: what to do about it."""
    return tuple(line.strip() for line in str(error).splitlines()[1:])


def answer_words(error: ReconcilerError) -> str:
    """What the service answered: status, code and its message, without what was being done."""
    if not isinstance(error, CloudError):
        return first_words(error)
    answer = error.answer
    said = f"{answer.status or 'no answer'} {answer.code}".rstrip()
    return said + (f": {answer.message}" if answer.message else "")


def is_refusal(error: object) -> bool:
    """Whether the service says that it is not there, or not for us: it does not tell which."""
    return isinstance(error, NotFound) or (isinstance(error, NotAllowed) and error.answer.status == FORBIDDEN)


FORBIDDEN = 403


def unanswered(topic: Topic, subject: str, error: ReconcilerError) -> Check:
    """A check of what could not be looked at because of this error."""
    usual = (REFUSED,) if is_refusal(error) else (AGAIN,)
    return not_seen(topic, f"{subject}: {answer_words(error)}", *(advice_in(error) or usual))


def statement(verb: str, resources: str, compartment: str) -> str:
    """The policy that allows it to whoever signs in."""
    place = f"compartment id {compartment}" if compartment else "tenancy"
    return f"allow group GROUP to {verb} {resources} in {place}"


GROUP = (
    "GROUP is a group of whoever signs in; for a principal write dynamic-group NAME. A new policy takes up "
    "to five minutes to hold (docs/service.md §4.5)."
)
