"""Rules on repository agents (core, model_repository_manager.cc, CreateAgentModelListWithLoadAction), and on
what the agent `checksum` checks (checksum_repository_agent, README and src/checksum.cc). Whether the image
holds an agent is not judged here.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from reconciler.triton.repository_model import CHECKSUM, RepositoryModel
from reconciler.triton.rules.reading.named_files import Is, find
from reconciler.triton.rules.reading.tensor_list import quoted
from reconciler.triton.rules.rule import Fault, Field, Repository, Rule

FIELD = "model_repository_agents"
ALGORITHM = "md5"
LARGEST_DIGESTED = 64 << 20
"""Bytes of a file that are still digested; of a larger one the server tells."""

_DIGEST = re.compile("[0-9a-f]{32}")


def _no_agents(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    if model.message.HasField(FIELD) and not model.message.model_repository_agents.agents:
        what = f"{FIELD} names no agent, which ends a server that loads it"
        yield Fault(what, f"Take `{FIELD}` out, or add `agents`.", (FIELD,))


def _nameless_agent(model: RepositoryModel, _: Repository) -> Iterator[Fault]:
    for index, agent in enumerate(model.message.model_repository_agents.agents):
        if not agent.name:
            yield Fault("an agent has no name", "Add `name`.", (FIELD, "agents", index))


def _checksums(model: RepositoryModel) -> Iterator[tuple[Field, str, str]]:
    """What the agent is to check: the field, the algorithm with the file, and the digest."""
    for index, agent in enumerate(model.message.model_repository_agents.agents):
        for key in sorted(agent.parameters) if agent.name == CHECKSUM else ():
            yield (FIELD, "agents", index, "parameters", key), key, agent.parameters[key]


def _checksum(model: RepositoryModel, repository: Repository) -> Iterator[Fault]:
    for field, key, digest in _checksums(model):
        algorithm, colon, file = key.partition(":")
        if not colon or algorithm.lower() != ALGORITHM:
            what = f"the agent checksum cannot read {quoted(key)}"
            yield Fault(what, "Write MD5, a colon, and the file's path in the model's folder.", field)
        elif not _DIGEST.fullmatch(digest):
            what = f"{quoted(digest)} is no MD5 digest as the agent checksum writes it"
            yield Fault(what, "Write 32 digits, from 0 to 9 and from a to f in small letters.", field)
        else:
            yield from _of_file(find(model, repository, file), file, digest, field)


def _of_file(place: Any, file: str, digest: str, field: Field) -> Iterator[Fault]:
    if place.found in (Is.MISSING, Is.FOLDER):
        what = f"the agent checksum is to check {quoted(file)}, which is no file of the model"
        yield Fault(what, "Write its path in the model's folder.", field)
    data = place.read(LARGEST_DIGESTED + 1) or b""
    found = hashlib.md5(data, usedforsecurity=False).hexdigest()
    if place.found is Is.FILE and place.size() == len(data) and found != digest:
        what = f"{quoted(file)} has the MD5 digest {found}, and the agent checksum expects another"
        yield Fault(what, "Write this digest, or bring back the file that was meant.", field)


_SOURCE = "checksum_repository_agent, checksum.cc, TRITONREPOAGENT_ModelAction"
RULES = (
    Rule("no-agents", "core, model_repository_manager.cc, CreateAgentModelListWithLoadAction", _no_agents),
    Rule("nameless-agent", "core, repo_agent.cc, TritonRepoAgentManager::CreateAgent", _nameless_agent),
    Rule("checksum", _SOURCE, _checksum),
)
