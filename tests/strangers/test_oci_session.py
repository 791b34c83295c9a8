"""Signing in with a session token, as `oci session authenticate` leaves one behind."""

import dataclasses

from tests.strangers.command_line import Oci


def test_a_session_token_signs_in(oci: Oci, compartment: str) -> None:
    session = dataclasses.replace(oci, auth=("--auth", "security_token", "--profile", "SESSION"))
    made = session("data-science project create", compartment_id=compartment, display_name="by token")["data"]
    assert oci("data-science project get", project_id=made["id"])["data"] == made
