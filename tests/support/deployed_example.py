"""An example, deployed from the assembly that `cdk synth` writes in its folder."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from support.deploy import ROOT

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from support.deploy import LocalAws


class Example:
    """The folder of an example, and the local AWS into which it is deployed."""

    def __init__(self, aws: LocalAws, name: str) -> None:
        self.aws = aws
        self._folder = ROOT / "examples" / name
        self._before = self._existing()
        self._assembly: Path | None = None

    def prepare(self) -> ModuleType:
        spec = importlib.util.spec_from_file_location(f"prepare_{self._folder.name}", self._folder / "prepare.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.prepare(self.aws.session())
        return module

    def deploy(self, *options: str) -> None:
        self.aws.bootstrap("111111111111")
        self._assembly = self.aws.synth_folder(self._folder, *options)
        self.aws.deploy_assembly(self._assembly).ok()
        self.aws.no_drift()

    def destroy(self) -> None:
        self.aws.cdk("destroy", "--all", "--force", app=self._assembly, cwd=self._folder).ok()

    def left(self) -> set[str]:
        """Return the ARNs that still exist, except jobs, which the API cannot delete."""
        return self._existing() - self._before

    def _existing(self) -> set[str]:
        return {each["arn"] for each in self.aws.control("GET", "resources") if not each["kind"].endswith("Job")}
