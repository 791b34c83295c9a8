"""The emulator inside the tests of another project."""

import subprocess
import sys
from pathlib import Path

import oci
import pytest
from oci.data_science import DataScienceClient

from datascience_emulator.embedded import running
from datascience_emulator.home.home import HomeLocked

CONFTEST = 'pytest_plugins = ["datascience_emulator.pytest_plugin"]\n'
TESTS = """\
from oci.data_science import DataScienceClient, models
import pytest

@pytest.mark.parametrize("name", ["one", "two"])
def test_mine(oci_data_science, name):
    client = DataScienceClient(oci_data_science.config, service_endpoint=oci_data_science.endpoint)
    details = models.CreateProjectDetails(compartment_id=oci_data_science.compartment, display_name=name)
    client.create_project(details)
    assert [one.display_name for one in client.list_projects(oci_data_science.compartment).data] == [name]
"""


def client_of(emulator: object) -> DataScienceClient:
    return DataScienceClient(
        emulator.config, service_endpoint=emulator.endpoint, retry_strategy=oci.retry.NoneRetryStrategy()
    )


def test_three_lines_in_another_project(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_mine.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", str(tmp_path)]
    ran = subprocess.run(
        command,
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "2 passed" in ran.stdout
    assert not list(tmp_path.glob("emulator-*")), "it leaves nothing"


def test_two_at_once_know_nothing_of_each_other() -> None:
    with running() as one, running() as two:
        assert one.endpoint != two.endpoint
        assert one.tenancy == one.config["tenancy"] != two.tenancy
        with pytest.raises(oci.exceptions.ServiceError) as refused:
            DataScienceClient(one.config, service_endpoint=two.endpoint).list_projects(two.compartment)
        assert refused.value.status == 401


def test_its_folder_is_gone_and_a_given_one_stays(tmp_path: Path) -> None:
    with running() as emulator:
        folder = emulator.home
        assert oci.config.from_file(str(emulator.config_file))["user"] == emulator.config["user"]
    assert not folder.exists()
    with running(tmp_path) as emulator:
        project = client_of(emulator).create_project(
            oci.data_science.models.CreateProjectDetails(compartment_id=emulator.compartment)
        )
        with pytest.raises(HomeLocked), running(tmp_path):
            pass
    with running(tmp_path) as again:
        assert client_of(again).get_project(project.data.id).data.id == project.data.id


def test_a_test_that_fails_stops_it_too() -> None:
    clients = []

    def broken_test() -> None:
        with running() as emulator:
            clients.append(client_of(emulator))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken_test()
    with pytest.raises(oci.exceptions.RequestException):
        clients[0].list_projects("ocid1.compartment.oc1..any")
