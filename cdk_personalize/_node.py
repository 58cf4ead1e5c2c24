"""Node.js for jsii: the one that the extra `local` put beside this interpreter, unless the user names another.

Imported before anything of the CDK, which starts Node.js when it is imported.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

_BESIDE = Path(sys.executable).with_name("node")

if _BESIDE.exists():
    os.environ.setdefault("JSII_NODE", str(_BESIDE))
