"""Values that somebody could write to act on whoever reads a plan, and a way to put one into every place of
ours.
"""

from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

SHA = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"

TRIED = {
    "a person": "@octocat",
    "a team": "cc @acme/owners, now",
    "a person in brackets": "(@octocat)",
    "an issue": "fixes #12",
    "an issue by prefix": "GH-12",
    "an issue of another repository": "acme/models#1",
    "an issue by address": "https://github.com/acme/models/issues/1",
    "a commit": SHA,
    "a short commit": "see 0a1b2c3",
    "a commit of another repository": f"acme/models@{SHA}",
    "advisories": "GHSA-aaaa-bbbb-cccc CVE-2026-12345",
    "an address": "https://evil.example/x?y=1&z=2",
    "an address without a scheme": "www.evil.example",
    "a mail address": "someone@evil.example",
    "a mail address with signs": "some_one+x@evil_1.example.com",
    "other schemes": "mailto:a@b.example xmpp:a@b.example javascript:alert(1)",
    "a link": "[click](https://evil.example)",
    "a link by reference": "[click][1] [1]: https://evil.example",
    "an image": "![x](https://evil.example/x.png)",
    "an address in angle brackets": "<https://evil.example>",
    "HTML": "<b onclick=alert(1)>x</b><script>alert(1)</script>",
    "a picture in HTML": "<img src=https://evil.example/x.png>",
    "the end of code": "</code></td></tr></table><h1>approved</h1>",
    "the end of details": "</details></summary> approved <details open>",
    "a comment": "<!-- x --> -->",
    "our marker": "<!-- reconcile:plan:prod -->",
    "references": "&lt;b&gt; &#60;b&#62; &amp;lt;",
    "a cell": "a | b || c \\| d",
    "a row": "x |\n| --- | --- |\n| a | b",
    "code": "`x` ``y`` `",
    "a fence": "```\nx\n```",
    "nested code": "<code>`<code>@octocat`</code>",
    "emphasis": "*a* **b** _c_ __d__ ~~e~~ ***",
    "a heading": "# approved",
    "another heading": "x\n===\ny\n---",
    "a list": "- x",
    "a numbered list": "1. x",
    "a nested list": "- - 1) + x",
    "a rule": "---",
    "a quote": "> x",
    "an alert": "> [!CAUTION]\n> x",
    "a task": "- [x] approved",
    "a footnote": "[^1] x\n\n[^1]: y",
    "an emoji": ":tada: :+1:",
    "a formula": "$x$ $$y$$ $`z`$",
    "a formula in words": "costs $5 and $6",
    "lines": "a\nb\r\nc\rd\u2028e\u0085f",
    "an indented line": "        x",
    "a command of the runner": "::error file=x,line=1::approved",
    "a command on a line": "x\n::stop-commands::y\n  ::add-mask::z",
    "an old command": "x ##[error]y ##[set-output name=a]b",
    "a command to a bot": "/approve\n/merge",
    "another direction": "\u202ex\u202c \u2066y\u2069 \u200f",
    "no width": "a\u200bb\u200cc\u200dd\ufeffe\u2060f\U000e0041",
    "nothing to see": "a\u034fb\u115fc\u3164d\uffa0e\u2800f\ufe0fg\U000e0100h",
    "lookalikes": "\u0440rod \uff20octocat \uff03\uff11\uff12 \u2024\u2024\u2024",
    "colours": "\x1b[31mx\x1b[0m\x1b[2J\x07\x00",
    "a template": "{{ values.x }} {% raw %} ${{ secrets.TOKEN }}",
    "half a character": "\ud800 \udfff",
    "very long": "x" * 5000,
    "very long and all signs": "@<|" * 2000,
    "very long in other letters": "\U00020000" * 5000,
    "nothing": "",
    "blanks": "   ",
}
"""What was tried, by what it would be if it acted."""

PLAIN = "value"


def everywhere(thing: Any, text: str, keep: frozenset[str] = frozenset()) -> Any:
    """The same with this text in place of every text in it; words of ours, such as a state, stay, and so do
    the fields and keys to `keep`.
    """
    if isinstance(thing, Enum):
        return thing
    if isinstance(thing, str):
        return text
    if isinstance(thing, dict):
        return {key: one if key in keep else everywhere(one, text, keep) for key, one in thing.items()}
    if isinstance(thing, list):
        return [everywhere(one, text, keep) for one in thing]
    if isinstance(thing, tuple):
        items = [everywhere(one, text, keep) for one in thing]
        return type(thing)(*items) if hasattr(thing, "_fields") else tuple(items)
    if is_dataclass(thing) and not isinstance(thing, type):
        changed = {
            one.name: everywhere(getattr(thing, one.name), text, keep)
            for one in fields(thing)
            if one.init and one.name not in keep
        }
        return replace(thing, **changed)
    return thing
