"""What GitHub makes of Markdown: by its own parser (cmark-gfm), and by rules for what comes after that."""

import re
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

EXTENSIONS = ["table", "autolink", "strikethrough", "tasklist", "tagfilter"]
OPTIONS = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES
EMPTY = {"br", "hr", "img", "input"}

MADE_SOMETHING_OF = {
    "a person or a team": r"@[a-zA-Z0-9]",
    "an issue": r"#[0-9]|\bGH-[0-9]",
    "a commit": r"(?<![^\W_])[0-9a-f]{7,40}(?![^\W_])",
    "an advisory": r"\b(?:GHSA|CVE)-",
    "an emoji": r":[\w+-]+:",
    "a formula": r"\$",
}
"""In text that is not code (GitHub docs, "Autolinked references and URLs", "Basic writing and formatting
syntax", "Writing mathematical expressions").
"""


class Read(HTMLParser):
    """The elements of a text in their order, with their attributes; and its text, that of code apart."""

    def __init__(self, markdown: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.comments: list[str] = []
        self.text, self.code = "", ""
        self._inside: list[str] = []
        html = cmarkgfm.markdown_to_html_with_extensions(markdown, options=OPTIONS, extensions=EXTENSIONS)
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(" ".join([tag, *(f"{name}={value}" for name, value in attrs)]))
        if tag not in EMPTY:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            self._inside.remove(tag)
        self.elements.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if "code" in self._inside:
            self.code += data
        else:
            self.text += data if "a" not in self._inside else ""

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    @property
    def skeleton(self) -> list[str]:
        """The elements, without code: which words are set as code is up to their signs."""
        return [element for element in self.elements if element.strip("/") != "code"]

    @property
    def links(self) -> list[str]:
        return [element for element in self.elements if element.startswith(("a ", "img"))]

    @property
    def acting(self) -> dict[str, str]:
        """What would be made something of after the parser."""
        found = {what: re.search(rule, self.text) for what, rule in MADE_SOMETHING_OF.items()}
        return {what: match.group() for what, match in found.items() if match}
