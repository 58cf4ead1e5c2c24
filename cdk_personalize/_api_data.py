"""The part of botocore's data that the Lambda functions need, for their asset.

Before its first call, botocore reads the endpoints of all AWS services and lists their models. With only the data of
the services that it calls, a function starts faster.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_SOURCE = Path(botocore.__file__).parent / "data"
_PERSONALIZE = "personalize"
_OPERATIONS = {
    "cloudformation": ("DescribeStackEvents", "DescribeStackResource", "DescribeStacks"),
    "stepfunctions": (
        "DescribeExecution",
        "GetExecutionHistory",
        "ListExecutions",
        "StartExecution",
        "StopExecution",
    ),
}
"""The operations that the functions call, by service. The model of Amazon Personalize is complete."""
_SHARED_FILES = ("partitions", "sdk-default-configuration")


def write(folder: Path) -> None:
    """Write the data into a folder, in the layout that AWS_DATA_PATH requires."""
    for name in _SHARED_FILES:
        _write(folder / f"{name}.json", _read(name))
    prefixes = set()
    for service in (_PERSONALIZE, *_OPERATIONS):
        version = max(path.name for path in (_SOURCE / service).iterdir())
        subfolder = f"{service}/{version}"
        model = _read(f"{subfolder}/service-2")
        prefixes.add(model["metadata"]["endpointPrefix"])
        if service in _OPERATIONS:
            model = _trimmed(model, _OPERATIONS[service])
        _write_compressed(folder / subfolder / "service-2.json.gz", _without_documentation(model))
        _write_compressed(folder / subfolder / "endpoint-rule-set-1.json.gz", _read(f"{subfolder}/endpoint-rule-set-1"))
    _write(folder / "endpoints.json", _endpoints(prefixes))


def _endpoints(prefixes: Collection[str]) -> dict[str, Any]:
    """Return the endpoint data of the services that the functions call."""
    endpoints: dict[str, Any] = _read("endpoints")
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in sorted(prefixes) if name in services}
    return endpoints


def _trimmed(model: dict[str, Any], operations: Iterable[str]) -> dict[str, Any]:
    """Return a service model with some operations and the shapes that they use."""
    kept = {name: model["operations"][name] for name in operations}
    shapes: dict[str, Any] = {}
    waiting = list(_shape_names(kept))
    while waiting:
        name = waiting.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            waiting += _shape_names(shapes[name])
    return {**model, "operations": kept, "shapes": {name: shapes[name] for name in sorted(shapes)}}


def _without_documentation(part: Any) -> Any:
    """Return a part of a service model without its documentation.

    The documentation is most of the size of a service model.
    """
    if isinstance(part, Mapping):
        kept = {key: value for key, value in part.items() if key != "documentation" or not isinstance(value, str)}
        return {key: _without_documentation(value) for key, value in kept.items()}
    return [_without_documentation(each) for each in part] if isinstance(part, list) else part


def _shape_names(part: Any) -> Iterator[str]:
    """Yield the names of the shapes that a part of a service model refers to."""
    if isinstance(part, Mapping):
        for key, value in part.items():
            if key == "shape" and isinstance(value, str):
                yield value
            else:
                yield from _shape_names(value)
    elif isinstance(part, list):
        for value in part:
            yield from _shape_names(value)


def _read(name: str) -> Any:
    compressed = _SOURCE / f"{name}.json.gz"
    if compressed.is_file():
        return json.loads(gzip.decompress(compressed.read_bytes()))
    return json.loads((_SOURCE / f"{name}.json").read_bytes())


def _write(file: Path, data: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(data, separators=(",", ":")), encoding="utf-8")
    file.chmod(0o644)


def _write_compressed(file: Path, data: Any) -> None:
    """Write a file whose bytes depend on the data only, not on the time."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(json.dumps(data, separators=(",", ":")).encode(), mtime=0))
    file.chmod(0o644)
