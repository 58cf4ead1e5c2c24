"""Lambda functions for tests, created without a stack."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.deploy import Session


def create_function(session: Session, name: str, code: str, role: str) -> None:
    """Create a Python function from the text of its module."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", code)
    session.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": packed.getvalue()},
        Timeout=30,
    )
