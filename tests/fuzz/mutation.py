"""Hypothesis strategies: real texts and real documents, damaged in every way."""

import copy
import json
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

Path = tuple[str | int, ...]

LARGEST = 1 << 20
DEEP = "\N{SNOWMAN}deep"
"""Stands for nesting that no encoder writes."""

HUGE = "\N{SNOWMAN}huge"
"""Stands for a number that no encoder writes."""

ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 7, 1.5, -0.0, 1e308, 10**20, 10**400, float("nan"), float("inf"),
    float("-inf"),
    "", " ", "x", "0", "null", "\0", "\x1b[2J", "\u2028", "\ud800", "\U0001f600", "a" * 5000, "ocid1.x",
    "{{ values.replicas }}", "{{", "../..", "/", [], {}, [None], [[]], {"": None}, {"x": {}}, [1, "x"], DEEP,
    HUGE,
)  # fmt: skip
"""What may stand where something else should: of every kind, and at every edge."""

values = (
    st.sampled_from(ODD)
    | st.sampled_from(ODD)
    | st.sampled_from(ODD)
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
)


def written(document: object) -> bytes:
    """JSON, with the nesting and the numbers that stand-ins stand for."""
    text = json.dumps(document)
    text = text.replace(json.dumps(DEEP), "[" * 3000 + "]" * 3000)
    return text.replace(json.dumps(HUGE), "9" * 6000).encode()


def places(value: object, path: Path = ()) -> Iterator[Path]:
    """Where every node of a document is, its root first."""
    yield path
    if isinstance(value, dict | list):
        for key, child in list(value.items() if isinstance(value, dict) else enumerate(value)):
            yield from places(child, (*path, key))


@st.composite
def damaged(draw: st.DrawFn, documents: Sequence[object], most: int = 3) -> Any:
    """One of these documents with some of its nodes replaced, removed, doubled or exchanged."""
    document = [copy.deepcopy(draw(st.sampled_from(documents)))]
    for _ in range(draw(st.integers(1, most))):
        found = [path for path in places(document) if path]
        if not found:
            break
        *way, last = draw(st.sampled_from(found))
        holder: Any = document
        for key in way:
            holder = holder[key]
        match draw(st.sampled_from(["odd", "odd", "odd", "other", "wrap", "gone", "more"])):
            case "odd":
                holder[last] = copy.deepcopy(draw(values))
            case "other":
                holder[last] = copy.deepcopy(_at(document, draw(st.sampled_from(found))))
            case "wrap":
                holder[last] = draw(st.sampled_from([[holder[last]], {"x": holder[last]}]))
            case "gone" if way:
                del holder[last]
            case _:
                _add(holder, draw(st.text(max_size=4)), holder[last])
    return document[0] if document else None


def _at(document: Any, path: Path) -> Any:
    for key in path:
        document = document[key]
    return document


def _add(holder: Any, key: str, value: object) -> None:
    if isinstance(holder, dict):
        holder[key] = copy.deepcopy(value)
    elif len(holder) < 50:
        holder.append(copy.deepcopy(value))


@st.composite
def mutated(draw: st.DrawFn, corpus: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    """One of these texts, cut, doubled, spliced with another, and with words of its language put in."""
    data = bytearray(draw(st.sampled_from(corpus)))
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(data)))
        stop = min(start + draw(st.integers(0, 40)), len(data))
        match draw(st.integers(0, 6)):
            case 0:
                del data[start:stop]
            case 1:
                data[start:start] = data[start:stop] * draw(st.sampled_from([1, 2, 50]))
            case 2:
                other = draw(st.sampled_from(corpus))
                data[start:stop] = other[start : start + 200]
            case 3 if data:
                data[min(start, len(data) - 1)] = draw(st.integers(0, 255))
            case 4:
                data[start:stop] = draw(st.text(max_size=6)).encode("utf-8", "surrogatepass")
            case 5:
                del data[stop if draw(st.booleans()) else start :]
            case _:
                data[start:stop] = draw(st.sampled_from(words))
    return bytes(data)


def repeated(words: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """A few words over and over, up to the largest file that is read: what grows too fast, shows."""
    few = st.lists(st.sampled_from(words), min_size=1, max_size=3).map(b"".join).filter(len)
    return st.builds(
        lambda before, unit, size, after: (before + unit * (size // len(unit)) + after)[:LARGEST],
        st.sampled_from([b"", *words]),
        few,
        st.sampled_from([5_000, 50_000, LARGEST]),
        st.sampled_from([b"", *words]),
    )


def sometimes(usual: st.SearchStrategy[bytes], rare: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """One in forty of what is slow."""
    return st.integers(0, 39).flatmap(lambda number: rare if number == 20 else usual)
