"""The server of the corpus knows every field that is said to be as old as it is."""

from reconciler.triton.config.pbtxt import parse_config
from reconciler.triton.config.values import Config
from reconciler.triton.images.releases import release_order
from tests.corpus.case import Case, topics, verdicts_of

SERVER = release_order("2.51.0")


def newest_field(case: Case) -> tuple[int, ...]:
    """The first release that knows all fields of the configurations of a case."""
    texts = [content for path, content in case.files.items() if path.endswith("config.pbtxt")]
    configs = [
        parse_config(text if isinstance(text, str) else text.decode(errors="replace")) for text in texts
    ]
    fields = [field for config in configs if isinstance(config, Config) for field in config.newer_fields]
    return max((release_order(release) for _, release in fields), default=(0,))


def test_what_the_server_loads_has_no_field_of_a_newer_release() -> None:
    loaded = [
        case for topic, cases in topics().items() for case in cases if verdicts_of(topic)[case.name].accepted
    ]
    assert {case.name: newest_field(case) for case in loaded if newest_field(case) > SERVER} == {}


def test_no_case_with_a_field_of_a_newer_release_is_loaded() -> None:
    newer = {
        case.name: verdicts_of(topic)[case.name].accepted
        for topic, cases in topics().items()
        for case in cases
        if newest_field(case) > SERVER
    }
    assert newer
    assert not any(newer.values())
