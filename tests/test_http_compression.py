"""Bodies are packed for clients that take it, and only for those."""

import gzip

import pytest
from fastapi import Request

from assistant.faces.http.compression import LEAST, packed_for

LONG = b'{"title": "Free flap"}' * LEAST


def asked(accepted: str | None) -> Request:
    headers = [] if accepted is None else [(b"accept-encoding", accepted.encode())]
    return Request({"type": "http", "headers": headers})


@pytest.mark.parametrize("accepted", ["gzip", "br, GZIP;q=0.5", "deflate, *", "gzip; q=1.0"])
def test_a_long_body_is_packed_and_unpacks_to_itself(accepted: str) -> None:
    sent = packed_for(asked(accepted), LONG)
    assert sent.headers == {"Vary": "Accept-Encoding", "Content-Encoding": "gzip"}
    assert len(sent.body) < len(LONG) / 10 and gzip.decompress(sent.body) == LONG
    assert packed_for(asked(accepted), LONG) == sent


@pytest.mark.parametrize("accepted", [None, "", "br", "gzip;q=0", "gzip; q=0.0, *", "identity"])
def test_it_is_sent_as_it_is_to_a_client_that_does_not_take_it(accepted: str | None) -> None:
    assert packed_for(asked(accepted), LONG).body == LONG


def test_a_short_body_is_sent_as_it_is() -> None:
    assert packed_for(asked("gzip"), b"{}").body == b"{}"
