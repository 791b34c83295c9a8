"""YAML as nobody writes it, by its grammar: anchors, tags, odd keys, every kind of scalar and line end."""

from hypothesis import strategies as st

WORDS = tuple(
    word.encode()
    for word in (
        "- ", "? ", ": ", ":", ",", "[", "]", "{", "}", "&a ", "*a", "*a ", "!!str ", "!x ", "!", "|\n",
        ">-\n ", "'", '"',
        "#", "---\n", "...\n", "%YAML 1.1\n", "%TAG ! x:\n", "<<: ", "{{ ", " }}", "{% ", " %}", "\n",
        "\r\n", "\r", "\t",
        "  ", "\u2028", "\u0085", "\ufeff", "\0", "\\0", "\\ud800", "\\x1b", "~", "null", "no", "0o17",
        "0x1F", "1e999",
        ".inf", ".nan", "-", "+1", "1_000", "é", "\U0001f600", "a: ", "key: value\n", "@", "`",
    )
)  # fmt: skip

odd_scalars = st.sampled_from(
    [
        "", "~", "no", "Null", "TRUE", "0o17", "0o9", "0xFF", "0x", "1" * 39, "1" * 41, "-" + "9" * 40,
        "1e5", "1e999",
        "-.inf", ".NaN", "+.5", "1_0", "2026-01-01", "12:30:45", "x" * 3000, "\u2028", "a\u0085b", "\ufeff",
        "é", "@x",
        "|\n  text\n", ">+\n  a\n\n  b\n", "'it''s'", '"\\0"', '"\\ud800"', '"\\u2028\\n"', '"\\\n  x"',
        '"\t"', "{{ x }}",
        '"{{ values.replicas }}"', "'{% if %}'", "a: b", "# x", "- x", "*b", "&b", "!!int 1",
        "!<tag:x,2000:y> z", "%x",
    ]
)  # fmt: skip
quoted = st.text(max_size=8).map(lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"')
scalars = odd_scalars | quoted | st.text("abc:-#,[]{}&*!|>'\"%@` \t\n", max_size=8)
keys = st.sampled_from(
    ["a", "b", "c", "<<", "? a", "? [a]", "1", "null", "", "'x'", "*a", "&k d", "!!str e", "{{ x }}"]
)
marks = st.sampled_from(["", "", "", "", "&a ", "&b ", "!!str ", "!!map ", "!x ", "! "])
aliases = st.sampled_from(["*a", "*b"])


def _flow(below: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    lists = st.lists(below, max_size=4).map(lambda items: f"[{', '.join(items)}]")
    tables = st.lists(st.tuples(keys, below), max_size=4).map(
        lambda items: "{" + ", ".join(f"{key}: {value}" for key, value in items) + "}"
    )
    return st.builds("{}{}".format, marks, lists | tables)


nodes = st.recursive(scalars | aliases | st.builds("{}{}".format, marks, scalars), _flow, max_leaves=12)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))


def _block(below: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    lists = st.lists(below, min_size=1, max_size=4).map(
        lambda items: "\n".join(f"- {item}" for item in items)
    )
    entries = st.tuples(keys, marks, below)
    tables = st.lists(entries, min_size=1, max_size=4).map(
        lambda items: "\n".join(f"{key}: {mark}\n{_indented(value)}" for key, mark, value in items)
    )
    return lists | tables


blocks = st.recursive(nodes, _block, max_leaves=8)


def chain(links: int, deep: int, opening: str, closing: str) -> str:
    """Each value holds the one before, some levels down: aliases that make what no indentation could."""
    lines = ["a0: &a0 x"]
    lines += [f"a{n}: &a{n} {opening * deep}*a{n - 1}{closing * deep}" for n in range(1, links)]
    return "\n".join(lines)


def laughs(links: int, width: int) -> str:
    """Each value holds the one before, many times."""
    lines = ["a0: &a0 x"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, links)]
    return "\n".join(lines)


brackets = st.sampled_from([("[", "]"), ("{x: ", "}")])
chains = st.builds(
    lambda links, deep, pair: chain(links, deep, *pair), st.integers(1, 90), st.integers(1, 40), brackets
)
bombs = chains | st.builds(laughs, st.integers(1, 12), st.integers(1, 12))
nests = st.builds(
    lambda pair, deep: pair[0] * deep + "x" + pair[1] * deep,
    brackets | st.sampled_from([("- ", ""), ("? ", "")]),
    st.integers(1, 120),
)
documents = st.integers(0, 9).flatmap(
    lambda number: bombs if number == 0 else nests if number == 1 else blocks
)

ends = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r", "\u2028\n", "\n\t"])
heads = st.sampled_from(
    ["", "", "", "---\n", "\ufeff", "%YAML 1.2\n---\n", "%YAML 1.1\n---\n", "# x\n", "\n\n"]
)
between = st.sampled_from(["\n---\n", "\n...\n", "\n"])


def text_of(head: str, first: str, middle: str, second: str, end: str) -> bytes:
    whole = f"{head}{first}{middle}{second}\n".replace("\n", end)
    return whole.encode("utf-8", "surrogatepass")


texts = st.builds(text_of, heads, documents, between, documents | st.just(""), ends)
