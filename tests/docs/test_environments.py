"""What docs/environments.md shows is so: its settings and its manifest are valid, and rendered as shown."""

from pathlib import Path

from tests.support.hello import write_hello
from tests.support.workspace import CHECKOUT, make

PAGE = (CHECKOUT / "docs/environments.md").read_text()


def block(kind: str, number: int) -> str:
    return PAGE.split(f"```{kind}\n")[number + 1].partition("```")[0]


def test_the_example_is_rendered_as_it_is_shown(tmp_path: Path) -> None:
    workspace = make(tmp_path)
    write_hello(workspace)
    workspace.write("reconciler.yaml", block("yaml", 0))
    workspace.write("manifests/hello.yaml", block("yaml", 1))
    command, *shown = block("console", 0).split("\n")
    assert "1 manifest valid for each of the targets local, staging, prod" in workspace.run("validate").out
    out = workspace.run(*command.removeprefix("$ reconcile ").split()).out
    assert [line.split() for line in out.split("\n")[: len(shown) - 2]] == [
        line.split() for line in shown[:-2]
    ]
