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
"""a file as the API view expects it; its code snippets show the address"""
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
"""argument -> example, where it has no default or an empty one"""


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
    """Add names, types, examples and descriptions to what Gradio reads from the components."""
    docs = parse_docstring(handler)
    endpoint["description"] = docs.whole
    for parameter in endpoint["parameters"]:
        name = parameter["parameter_name"]
        set_description(parameter, name, docs.arguments.get(name, ""))
        parameter["example_input"] = example(parameter)
    for result, (name, text) in zip(endpoint["returns"], docs.returns.items(), strict=True):
        set_description(result, name, text)


def example(parameter: Any) -> Any:
    """An example value of a parameter: its default unless that is empty."""
    name, default = parameter["parameter_name"], parameter["parameter_default"]
    if name == "pictures" and parameter["python_type"]["type"] == "list[str]":
        return [RECIPE.format(seed) for seed in (1, 2, 3)]
    return EXAMPLES.get(name, default) if default in (None, "") else default


def set_description(entry: Any, name: str, text: str) -> None:
    """Name, sentence and type of one argument or result, the type as Python writes it."""
    kind = re.sub(
        r"dict\((.+?)\)", r"dict[\1]", entry["python_type"]["type"].removeprefix("None | ")
    )
    kind = re.sub(r"Literal\[(\w+)\]", r"Literal['\1']", kind)
    entry["label"] = name
    entry["python_type"] = {"type": kind, "description": f"{text[:1].upper()}{text[1:]}."}


def parse_docstring(handler: Callable[..., Any]) -> Docstring:
    """The docstring of a handler: what it does, then a section for arguments and for results."""
    docs = PARSER.parse(inspect.getdoc(handler) or "")
    arguments = {n: line(p.description) for p in docs.params for n in p.arg_name.split(", ")}
    returns = {str(result.type_name): line(result.description) for result in docs.many_returns}
    return Docstring(line(docs.description), arguments, returns)


def line(text: str | None) -> str:
    return " ".join((text or "").split())
