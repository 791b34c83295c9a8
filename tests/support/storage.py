"""Object Storage of an emulator, through the real SDK, with one bucket to use."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import oci
import pytest
import requests
from oci.object_storage import models as s

from tests.support.emulator import Emulator


@dataclass
class Storage:
    emulator: Emulator
    client: Any
    namespace: str
    bucket: str = "b"

    def make(self, name: str) -> Any:
        details = s.CreateBucketDetails(name=name, compartment_id=self.emulator.compartment)
        return self.client.create_bucket(self.namespace, details).data

    def put(self, name: str, content: Any = b"x", **more: Any) -> Any:
        return self.client.put_object(self.namespace, self.bucket, name, content, **more)

    def get(self, name: str, **more: Any) -> Any:
        return self.client.get_object(self.namespace, self.bucket, name, **more)

    def content(self, name: str) -> bytes:
        found: bytes = self.get(name).data.content
        return found

    def head(self, name: str, **more: Any) -> Any:
        return self.client.head_object(self.namespace, self.bucket, name, **more)

    def delete(self, name: str, **more: Any) -> Any:
        return self.client.delete_object(self.namespace, self.bucket, name, **more)

    def listing(self, **more: Any) -> Any:
        return self.client.list_objects(self.namespace, self.bucket, **more).data

    def names(self, **more: Any) -> list[str]:
        return [one.name for one in self.listing(**more).objects]

    def raw(self, method: str, path: str, content: bytes = b"", **headers: str) -> requests.Response:
        """A signed request below the bucket, with its path as it is; the body's hash is signed too."""
        url = f"{self.emulator.endpoint}/n/{self.namespace}/b/{self.bucket}{path}"
        auth = self.emulator.auth
        return requests.request(method, url, data=content, auth=auth, headers=headers, timeout=10)

    def stored(self) -> list[str]:
        """Names of the files that hold content, and of uploads on their way in."""
        return sorted(path.name for path in (self.emulator.home / "artifacts").iterdir())


def storage(emulator: Emulator) -> Storage:
    client = storage_client(emulator)
    found = Storage(emulator, client, client.get_namespace().data)
    if not client.list_buckets(found.namespace, emulator.compartment).data:
        found.make(found.bucket)
    return found


def storage_client(emulator: Emulator) -> Any:
    return oci.object_storage.ObjectStorageClient(
        emulator.config,
        service_endpoint=emulator.endpoint,
        retry_strategy=oci.retry.NoneRetryStrategy(),
        circuit_breaker_strategy=oci.circuit_breaker.NoCircuitBreakerStrategy(),
    )


@contextmanager
def refused(status: int, code: str) -> Iterator[None]:
    with pytest.raises(oci.exceptions.ServiceError) as caught:
        yield
    assert (caught.value.status, caught.value.code) == (status, code)
