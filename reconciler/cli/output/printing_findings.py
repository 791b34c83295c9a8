"""Prints findings on stderr; in GitHub Actions as annotations too."""

import os
from collections.abc import Sequence

import click

from reconciler.cli.output import streams
from reconciler.core.model.findings import Finding

MOST_BESIDE = 10
"""Warnings that are shown beside a plan. GitHub, too, shows ten of a step."""


def print_findings(findings: Sequence[Finding]) -> None:
    """Print what makes manifests invalid, and how much it is."""
    from reconciler.report.findings import finding_lines

    _print(finding_lines(findings), findings)


def print_notices(findings: Sequence[Finding]) -> None:
    """Print what makes no manifest invalid."""
    from reconciler.report.findings import notice_lines

    _print(notice_lines(findings), findings)


def print_few_notices(findings: Sequence[Finding]) -> None:
    """The same, before something that matters more: dangers, a few of the others, and how many there are."""
    from reconciler.report.findings import few_notices, notice_lines

    shown, others = few_notices(findings, MOST_BESIDE)
    _print([*notice_lines(shown), *filter(None, (others,))], shown)


def _print(lines: Sequence[str], findings: Sequence[Finding]) -> None:
    from reconciler.report.findings import annotation

    for line in lines:
        click.echo(line, err=True)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for finding in findings:
            streams.write_workflow_command(annotation(finding))
