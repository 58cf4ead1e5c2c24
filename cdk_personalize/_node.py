"""Selection of the Node.js runtime for jsii.

Imported before anything of the CDK, which starts Node.js when it is imported.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

_BESIDE = Path(sys.executable).with_name("node")

if _BESIDE.exists():
    os.environ.setdefault("JSII_NODE", str(_BESIDE))
