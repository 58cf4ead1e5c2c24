"""Types of the public API: interfaces, signatures and options."""

from __future__ import annotations

import inspect
import pydoc
import re
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from constructs import Construct

import cdk_personalize as personalize

if TYPE_CHECKING:
    from collections.abc import Iterator

PUBLIC = {name: getattr(personalize, name) for name in personalize.__all__}
CLASSES = {name: value for name, value in PUBLIC.items() if inspect.isclass(value)}
CONSTRUCTS = {name: value for name, value in CLASSES.items() if issubclass(value, Construct)}
INTERFACES = {name: value for name, value in CLASSES.items() if name[:1] == "I" and name[1:] in CONSTRUCTS}
ARN = "arn:aws:personalize:eu-west-1:222222222222"
PATHS = {"Dataset": "dataset/films/ITEMS", "SolutionVersion": "solution/films/12345678"}


def signatures(cls: type) -> Iterator[tuple[str, str]]:
    """Yield the public methods and properties of a class of this library.

    Each has its signature.
    """
    for base in cls.__mro__:
        if base.__module__.startswith("cdk_personalize"):
            for name, member in vars(base).items():
                function = getattr(member, "fget", None) or getattr(member, "__func__", member)
                is_public = not name.startswith("_") or (name == "__init__" and base is cls)
                if inspect.isfunction(function) and is_public:
                    yield f"{base.__name__}.{name}", str(inspect.signature(function))


@pytest.mark.parametrize("name", CLASSES)
def test_no_public_signature_has_any(name: str) -> None:
    assert [each for each in signatures(CLASSES[name]) if re.search(r"\bAny\b", each[1])] == []


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_help_shows_the_parameters_of_the_constructor(name: str) -> None:
    expected = list(inspect.signature(CONSTRUCTS[name].__init__).parameters.values())[1:]
    assert list(inspect.signature(CONSTRUCTS[name]).parameters.values()) == expected
    text = pydoc.plain(pydoc.render_doc(CONSTRUCTS[name]))
    assert f"{name}(scope: 'Construct', id: 'str'" in text


def test_help_shows_the_parameters_of_a_subclass() -> None:
    class Small(personalize.Campaign):
        def __init__(self, scope: Construct, id: str, size: int) -> None:
            raise NotImplementedError

    assert str(inspect.signature(Small)) == "(scope: 'Construct', id: 'str', size: 'int')"


@pytest.mark.parametrize("name", INTERFACES)
def test_an_interface_is_a_resource_with_the_methods_of_the_construct(name: str) -> None:
    interface, construct = INTERFACES[name], CONSTRUCTS[name[1:]]
    assert cdk.IResource in interface.__mro__
    expected = {each for each in dir(construct) if each.startswith(("grant_", "metric", "on_"))}
    assert expected - {f"metric_attribution_{each}" for each in ("arn", "name", "ref", "status")} <= set(dir(interface))
    for method in expected & set(dir(interface)):
        of_interface, of_construct = (inspect.signature(getattr(each, method)) for each in (interface, construct))
        assert of_interface == of_construct, method


@pytest.mark.parametrize("name", INTERFACES)
def test_an_import_has_the_interface_and_the_environment_of_its_arn(name: str, stack: cdk.Stack) -> None:
    kind = name[1:]
    prefix = "".join(f"_{each.lower()}" if each.isupper() else each for each in kind).removeprefix("_")
    path = PATHS.get(kind, f"{prefix.replace('_', '-')}/films")
    imported: Any = getattr(CONSTRUCTS[kind], f"from_{prefix}_arn")(stack, "Imported", f"{ARN}:{path}")
    assert isinstance(imported, INTERFACES[name])
    assert (imported.env.account, imported.env.region) == ("222222222222", "eu-west-1")
    assert imported.node.path == "Shop/Imported"
    assert getattr(imported, f"{prefix}_arn") == f"{ARN}:{path}"
