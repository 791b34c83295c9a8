"""What is wrong in manifests, as text, as JSON, and as annotations on a pull request."""

from collections.abc import Sequence

from reconciler.core.model.configuration import Json
from reconciler.core.model.findings import Finding, Severity
from reconciler.core.model.text import counted
from reconciler.report.style import clean, clean_lines

API_VERSION = "reconciler.oci/validate.v1"


def finding_lines(findings: Sequence[Finding]) -> list[str]:
    """Every finding with its place and advice, and how many there are. What makes a manifest invalid comes
    last, where people look, however much else is told.
    """
    problems = [finding for finding in findings if finding.severity is Severity.ERROR]
    notices = [finding for finding in findings if finding.severity is not Severity.ERROR]
    lines = notice_lines([*notices, *problems])
    if findings:
        files = len({finding.where.path for finding in problems})
        others = f", and {counted(len(notices), 'warning')}" if notices else ""
        lines.append(f"{counted(len(problems), 'problem')} in {counted(files, 'file')}{others}.")
    return lines


def notice_lines(findings: Sequence[Finding]) -> list[str]:
    """Every finding with its place and advice."""
    return [line for finding in findings for line in _lines(finding)]


def few_notices(findings: Sequence[Finding], most: int) -> tuple[list[Finding], str]:
    """As many findings as that, but all dangers; and what is to be said of the others, if there are any."""
    dangers = [finding for finding in findings if finding.severity is Severity.DANGER]
    warnings = [finding for finding in findings if finding.severity is not Severity.DANGER]
    shown, left = warnings[:most], len(warnings[most:])
    words = (
        f"{left:,} more {'warning' if left == 1 else 'warnings'}: see `reconcile validate`" if left else ""
    )
    return [*dangers, *shown], words


def _lines(finding: Finding) -> list[str]:
    """Every line of the advice is indented: text from a manifest must not look like a message of its own."""
    advice = [f"    {clean(line)}" for line in finding.advice.splitlines()]
    return [clean(f"{finding.where}: {finding.headline}"), *advice]


def findings_document(findings: Sequence[Finding], ok: int) -> dict[str, Json]:
    """The result of `validate` as data (schemas/validate.v1.json); `ok` is how many manifests are fine."""
    problems: list[Json] = []
    notices: list[Json] = []
    for finding in findings:
        if finding.severity is Severity.ERROR:
            problems.append(_finding(finding))
        else:
            notices.append({**_finding(finding), "severity": finding.severity.value})
    return {
        "apiVersion": API_VERSION,
        "valid": not problems,
        "ok": ok,
        "problems": problems,
        **({"notices": notices} if notices else {}),
    }


def _finding(finding: Finding) -> dict[str, Json]:
    where = finding.where
    return {
        "file": where.path,
        "line": where.line,
        "column": where.column,
        "what": finding.what,
        "advice": finding.advice,
    }


def annotation(finding: Finding) -> str:
    """The workflow command that shows a finding beside its line (GitHub docs, "Workflow commands for GitHub
    Actions", setting an error message).
    """
    where = finding.where
    place = f",line={where.line},col={where.column}" if where.line else ""
    message = clean_lines("\n".join(part for part in (finding.what, finding.advice) if part))
    is_error = finding.severity is Severity.ERROR
    command, title = ("error", "Manifest problem") if is_error else ("warning", "Manifest warning")
    return f"::{command} file={_property(clean(where.path))}{place},title={title}::{_data(message)}"


def warning_command(title: str, message: str) -> str:
    """The workflow command that shows a warning on the page of the run."""
    return f"::warning title={_property(clean(title))}::{_data(clean_lines(message))}"


def _data(text: str) -> str:
    """Escaped so that the runner gets the text back (actions/toolkit, packages/core/src/command.ts)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
