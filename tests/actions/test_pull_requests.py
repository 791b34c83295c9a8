"""Pull requests, as GitHub would run them."""

from tests.support.github_repository import Repository


def test_one_that_changes_a_model_is_planned_and_commented(repository: Repository) -> None:
    repository.run("apply", "--yes")
    repository.replace("manifests/hello/1/model.py", "Hello", "Howdy")
    number = repository.open_pull()

    run = repository.run_pull(number)

    print(run.log)
    assert run.succeeded, run.log
    assert repository.comments(number) != []
    assert 0
