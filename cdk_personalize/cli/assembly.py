"""Stacks of a synthesized cloud assembly (`cdk.out`)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler.errors import HandlerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_MANIFEST = "manifest.json"
_STACK = "aws:cloudformation:stack"
_ASSEMBLY = "cdk:cloud-assembly"
_ASSETS = "cdk:asset-manifest"
_UNKNOWN = "unknown-"


class AssemblyNotFound(HandlerError):
    """The directory has no cloud assembly, or the assembly has no such stack."""


class UnreadableAssembly(HandlerError):
    """A file of the cloud assembly is missing or damaged."""


@dataclass(frozen=True)
class SynthesizedStack:
    """A stack of a cloud assembly."""

    name: str
    """The name in CloudFormation."""
    id: str
    """The name in the CDK CLI, such as `Production/Shop`."""
    account: str | None
    """None if the stack can be deployed to any account."""
    region: str | None
    template: Mapping[str, Any]
    folder: Path

    def nested_template(self, template_url: Any) -> Mapping[str, Any] | None:
        """Return the template of a nested stack, or None if it is not in the assembly.

        :param template_url: Its property in the template, which has the hash of the asset.
        """
        url = json.dumps(template_url)
        path = next((path for digest, path in self._assets.items() if digest in url), None)
        return None if path is None else _read(self.folder / path)

    @cached_property
    def _assets(self) -> Mapping[str, str]:
        artifacts = _artifacts(self.folder).values()
        manifests = [each["properties"]["file"] for each in artifacts if each["type"] == _ASSETS]
        return {
            digest: entry["source"]["path"]
            for manifest in manifests
            for digest, entry in _read(self.folder / manifest).get("files", {}).items()
        }


def synthesized(folder: Path, name: str | None = None) -> Sequence[SynthesizedStack]:
    """Return the stacks of an assembly and its stages, in order of deployment.

    :param name: Name of the only stack to return, in CloudFormation or in the CDK CLI.
    :raises AssemblyNotFound: If there is no assembly, or no stack with this name.
    """
    if not (folder / _MANIFEST).is_file():
        raise AssemblyNotFound(f"{folder} is not a cloud assembly. Run `cdk synth`, or use --app with its directory.")
    found = list(_stacks(folder))
    chosen = [each for each in found if name in (None, each.name, each.id)]
    if not chosen:
        known = ", ".join(each.id for each in found) or "none"
        raise AssemblyNotFound(f"there is no stack {name} in {folder}. Its stacks: {known}.")
    return chosen


def _stacks(folder: Path) -> Iterator[SynthesizedStack]:
    artifacts = _artifacts(folder)
    order = TopologicalSorter({name: sorted(each.get("dependencies", ())) for name, each in artifacts.items()})
    for name in order.static_order():
        artifact = artifacts.get(name, {"type": ""})
        properties = artifact.get("properties", {})
        if artifact["type"] == _ASSEMBLY:
            yield from _stacks(folder / properties["directoryName"])
        elif artifact["type"] == _STACK:
            account, region = artifact["environment"].removeprefix("aws://").split("/")
            yield SynthesizedStack(
                name=properties.get("stackName", name),
                id=artifact.get("displayName", name),
                account=None if account.startswith(_UNKNOWN) else account,
                region=None if region.startswith(_UNKNOWN) else region,
                template=_read(folder / properties["templateFile"]),
                folder=folder,
            )


def _artifacts(folder: Path) -> Mapping[str, Any]:
    artifacts: Mapping[str, Any] = _read(folder / _MANIFEST).get("artifacts", {})
    return artifacts


def _read(file: Path) -> Mapping[str, Any]:
    """Return the content of a JSON file of the assembly.

    :raises UnreadableAssembly: If the file is missing or damaged.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnreadableAssembly(f"{file} cannot be read: {error}. Repeat `cdk synth`.") from error
    if not isinstance(content, dict):
        raise UnreadableAssembly(f"{file} is not a JSON object. Repeat `cdk synth`.")
    return content
