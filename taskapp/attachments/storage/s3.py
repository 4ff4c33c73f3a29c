"""Files in an S3 bucket, of Amazon's or of any server that speaks its protocol."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Any, NoReturn, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from taskapp.core.errors import Unavailable
from taskapp.logs import log

_OURS = re.compile("[0-9a-f]{32}")
_DELETED_AT_ONCE = 1000  # what DeleteObjects takes
_PATIENCE = 10  # seconds, for each piece of an answer


class S3Storage:
    """A bucket that is there already. Credentials come from the AWS_… environment variables."""

    def __init__(self, bucket: str, prefix: str, endpoint: str | None) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=endpoint,
            config=Config(
                # A server that hangs holds a thread of ours for some 20 s.
                connect_timeout=3,
                read_timeout=_PATIENCE,
                retries={"mode": "standard", "total_max_attempts": 2},
                # Only Amazon has a host name for each bucket.
                s3={"addressing_style": "path" if endpoint else "auto"},
            ),
        )

    def save(self, key: str, file: IO[bytes]) -> None:
        """Send the file in one request, which the server takes whole or not at all.

        When its answer does not come, nobody knows which; the sweep will.
        """
        with _errors_of_s3():
            self._client.put_object(Bucket=self._bucket, Key=self._prefix + key, Body=file)

    def open(self, key: str, start: int, stop: int) -> IO[bytes]:
        """The answer of the server, as it comes in; raises FileNotFoundError."""
        with _errors_of_s3():
            answer = self._client.get_object(
                Bucket=self._bucket, Key=self._prefix + key, Range=f"bytes={start}-{stop - 1}"
            )
        return cast(IO[bytes], answer["Body"])

    def delete(self, keys: Iterable[str]) -> None:
        """Remove the objects, many in one request."""
        objects = [{"Key": self._prefix + key} for key in keys]
        for first in range(0, len(objects), _DELETED_AT_ONCE):
            some = objects[first : first + _DELETED_AT_ONCE]
            with _errors_of_s3():
                answer = self._client.delete_objects(
                    Bucket=self._bucket, Delete={"Objects": some, "Quiet": True}
                )
            if failures := answer.get("Errors"):
                log.error("storage_failed", error=str(failures[0]), count=len(failures))
                raise Unavailable("The store of files refused.")

    def keys(self, stored_before: datetime) -> Iterator[str]:
        """The names of older objects below the prefix."""
        pages = self._client.get_paginator("list_objects_v2")
        with _errors_of_s3():
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                for entry in page.get("Contents", ()):
                    key = entry["Key"].removeprefix(self._prefix)
                    if entry["LastModified"] < stored_before and _OURS.fullmatch(key):
                        yield key


@contextmanager
def _errors_of_s3() -> Iterator[None]:
    """What boto3 raises, in the words of the application."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "NoSuchKey":
            raise FileNotFoundError from error
        _give_up(error)
    except BotoCoreError as error:
        _give_up(error)


def _give_up(error: Exception) -> NoReturn:
    log.error("storage_failed", error=str(error))
    raise Unavailable("The store of files does not answer. Try again in a moment.") from error
