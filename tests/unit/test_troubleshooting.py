"""Tests that the troubleshooting page has an entry for each error message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import messages
from support.documentation import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = " ".join((ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8").replace("`", "").split())


@pytest.mark.parametrize("read", [messages.of_handler, messages.of_validators], ids=["deployment", "synth"])
def test_every_message_has_an_entry(read: Callable[[], dict[str, str]]) -> None:
    found = read()
    assert len(found) > 30
    parts = {f"{place}: {message}": messages.longest_part(message).replace("`", "") for message, place in found.items()}
    assert [place for place, part in parts.items() if part not in PAGE] == []
