"""The API documentation of each endpoint, from the docstring of its handler."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import gradio as gr
from docstring_parser.google import GoogleParser, Section, SectionType

PARSER = GoogleParser(
    [
        Section(title, key, SectionType.MULTIPLE)
        for title, key in (("Args", "param"), ("Returns", "returns"))
    ]
)
RECIPE = "m=dcgan-mnist&s={}"
FILE = {
    "path": "photo.png",
    "meta": {"_type": "gradio.FileData"},
    "url": "https://raw.githubusercontent.com/gradio-app/gradio/main/test/test_files/bus.png",
}
"""as the API view wants a file, of which its snippets name the address"""
EXAMPLES: dict[str, Any] = {
    "picture": RECIPE.format(42),
    **{name: RECIPE.format(seed) for seed, name in enumerate("abc", 1)},
    "pictures": [FILE],
    "image": FILE,
    "content": FILE,
    "styles": [FILE],
    "mask": FILE,
    "model": "dcgan-mnist",
    "models": ["dcgan-mnist", "gan-mnist"],
    "label": 7,
    "minutes": 1,
    "steps": 300,
    "id": "dcgan-digits-1",
    "run": "dcgan-digits-1",
    "owner": "what /train gave as owner",
    "text": "Good evening.",
    "action": "pause",
}
"""of arguments that have no default, or one that is nothing"""


class Docstring(NamedTuple):
    """A docstring of ours in parts."""

    description: str
    arguments: dict[str, str]
    returns: dict[str, str]

    @property
    def whole(self) -> str:
        """Description and results, for clients that show nothing else of the results."""
        gives = "; ".join(f"{name}: {text}" for name, text in self.returns.items())
        return f"{self.description} Gives {gives}."


class WithApiDocs(gr.Blocks):
    """Blocks whose endpoints are described by their handlers' docstrings."""

    def get_api_info(self, all_endpoints: bool = False, page: str | None = None) -> Any:
        info = super().get_api_info(all_endpoints, page)
        for event in self.fns.values():
            endpoint = info["named_endpoints"].get(f"/{event.api_name}")
            if endpoint and event.fn and event.api_visibility == "public":
                describe(endpoint, event.fn)
        return info


def describe(endpoint: Any, handler: Callable[..., Any]) -> None:
    """Complete what Gradio found out of the components: names, types, examples, sentences."""
    docs = parse_docstring(handler)
    endpoint["description"] = docs.whole
    for parameter in endpoint["parameters"]:
        name = parameter["parameter_name"]
        set_description(parameter, name, docs.arguments.get(name, ""))
        parameter["example_input"] = example(parameter)
    for returned, (name, text) in zip(endpoint["returns"], docs.returns.items(), strict=True):
        set_description(returned, name, text)


def example(parameter: Any) -> Any:
    """A value that works: the default, where that says something."""
    name, default = parameter["parameter_name"], parameter["parameter_default"]
    if name == "pictures" and parameter["python_type"]["type"] == "list[str]":
        return [RECIPE.format(seed) for seed in (1, 2, 3)]
    return EXAMPLES.get(name, default) if default in (None, "") else default


def set_description(one: Any, name: str, text: str) -> None:
    """Name, sentence and type of one argument or result, the type as Python writes it."""
    kind = re.sub(r"dict\((.+?)\)", r"dict[\1]", one["python_type"]["type"].removeprefix("None | "))
    kind = re.sub(r"Literal\[(\w+)\]", r"Literal['\1']", kind)
    one["label"] = name
    one["python_type"] = {"type": kind, "description": f"{text[:1].upper()}{text[1:]}."}


def parse_docstring(handler: Callable[..., Any]) -> Docstring:
    """The docstring of a handler: what it does, then a section for arguments and for results."""
    found = PARSER.parse(inspect.getdoc(handler) or "")
    arguments = {n: line(p.description) for p in found.params for n in p.arg_name.split(", ")}
    returns = {str(one.type_name): line(one.description) for one in found.many_returns}
    return Docstring(line(found.description), arguments, returns)


def line(text: str | None) -> str:
    return " ".join((text or "").split())
