"""Texts as manifests write them, where they would be taken for templates. It must not import Jinja2: few
texts need it.
"""

import re

from reconciler.manifests.yaml.tree import holds_template

_BRACES = re.compile(r"\{\{|\{(?=[%\r])|\r")
_ESCAPED = {"{{": "{{ '{{' }}", "{": "{{ '{' }}", "\r": r"{{ '\r' }}"}
"""A line end is written out too: in a template all of them are one."""


def literal(text: str) -> str:
    """The value of a manifest that is exactly this text. Most texts are so themselves."""
    return _BRACES.sub(lambda found: _ESCAPED[found[0]], text) if holds_template(text) else text
