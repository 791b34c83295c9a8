"""What a rollback says of the files that it wrote, and the commands that come next."""

from reconciler.core.model.views.reverted import Reverted
from reconciler.report.rollback import rollback_lines

DONE = [Reverted("hello", "a" * 40, written=("manifests/hello.yaml",)), Reverted("it's", "b" * 40, ("x",))]


def test_what_comes_next_is_for_the_same_target() -> None:
    only = "--only hello --only 'it'\"'\"'s'"
    *_, after = rollback_lines(DONE, "prod")
    assert after.endswith(f"reconcile plan -t prod {only}, and reconcile apply -t prod {only}")
    *_, after = rollback_lines(DONE, "local")
    assert after.endswith(f"reconcile plan {only}, and reconcile apply {only}")
