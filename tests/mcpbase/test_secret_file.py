"""What a secret file holds."""

import os
from pathlib import Path

import pytest

from mcpbase.secret_file import kept_secret


@pytest.mark.parametrize(
    ("content", "secret"),
    [
        (b"\xff" * 31 + b"\n", b"\xff" * 31 + b"\n"),
        (b"\r" + b"\xff" * 31, b"\r" + b"\xff" * 31),
        (b" " + b"k" * 40 + b"\t\r\n", b"k" * 40),
    ],
    ids=["32 bytes that end as a line does", "32 bytes that begin with one", "text"],
)
def test_raw_bytes_are_the_secret_and_text_is_without_white_space(
    tmp_path: Path, content: bytes, secret: bytes
) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    assert kept_secret(path, os.urandom) == secret
