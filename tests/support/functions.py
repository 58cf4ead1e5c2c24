"""Lambda functions for tests, created without a stack."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.deploy import Session


def create_function(session: Session, name: str, code: str, role: str) -> None:
    """Create a Lambda function from the text of a Python module."""
    session.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": packed("index.py", code)},
        Timeout=30,
    )


def packed(file: str, text: str) -> bytes:
    """Return a ZIP archive with one file."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr(file, text)
    return archive.getvalue()
