"""A training as HTML: its status, its findings as cards, the list of all trainings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from gan_studio.studio import TRANSLATIONS, Finding
from gan_studio.studio.jobs import Snapshot

STATES = {
    "waiting": "waits",
    "running": "trains",
    "paused": "is paused",
    "finished": "is finished",
    "stopped": "was stopped",
    "failed": "failed",
    "interrupted": "was interrupted",
}
TURNS = {"discriminator": "only D learns", "generator": "only G learns"}
"""who learns, where it is not both"""
NOT_OWNER = (
    "This training was started in another browser. You can watch it; only the browser that started "
    "it can steer it."
)


def readout(snapshot: Snapshot, device: str, *, mine: bool) -> str:
    """The status above the picture: a line of numbers, then sentences."""
    numbers = " · ".join(f"<span>{part}</span>" for part in _numbers(snapshot, device))
    sentences = [snapshot.reason] if snapshot.reason else []
    sentences += [] if mine else [NOT_OWNER]
    return f"<p>{numbers}</p>" + "".join(f"<p>{escape(line)}</p>" for line in sentences)


def _numbers(snapshot: Snapshot, device: str) -> Iterable[str]:
    yield f"<b>{escape(title(snapshot))}</b> {STATES[snapshot.state]}"
    if snapshot.state == "waiting":
        yield f"{ordinal(snapshot.queue_position + 1)} in the queue"
        return
    yield f"step {snapshot.step:,}" + (f" of {snapshot.total:,}" if snapshot.total else "")
    if snapshot.trainable in TURNS and not snapshot.is_over:
        yield TURNS[snapshot.trainable]
    if snapshot.state == "running" and snapshot.seconds_left is not None:
        yield f"{snapshot.images_per_second:,.0f} pictures/s"
        yield f"{duration(snapshot.seconds_left)} left"
    else:
        yield f"{duration(snapshot.seconds)} of training"
    yield escape(device)


def title(snapshot: Snapshot) -> str:
    """The title of a training."""
    return f"{snapshot.family} on {snapshot.dataset}"


def duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    if whole < 7200:
        return f"{whole // 60}:{whole % 60:02} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02} h"


def ordinal(n: int) -> str:
    """1 -> 1st."""
    last = {1: "st", 2: "nd", 3: "rd"}
    return f"{n}{'th' if n % 100 in (11, 12, 13) else last.get(n % 10, 'th')}"


def findings(entries: Sequence[Finding], *, mine: bool) -> str:
    """A card for each finding, with its remedies as buttons for those who may steer."""
    return "".join(_card(finding, mine) for finding in entries)


def _card(finding: Finding, mine: bool) -> str:
    kind = ' class="severe"' if finding.severe else ""
    buttons = "".join(
        f'<div><button type="button" data-key="{escape(key(finding.name, remedy.title))}">'
        f"{escape(remedy.title)}</button><span>{escape(remedy.why)}</span></div>"
        for remedy in (finding.remedies if mine else ())
    )
    return (
        f"<article{kind}><h2>⚠ {escape(finding.name)}: {escape(finding.evidence)}</h2>"
        f"<p>{escape(finding.explanation)}</p>{buttons}</article>"
    )


def key(finding: str, remedy: str) -> str:
    """The key of a remedy's button."""
    return f"{finding}/{remedy}"


def training_list(snapshots: Sequence[Snapshot], current_id: str) -> str:
    """A list of trainings; a press watches one."""
    rows = "".join(_row(snapshot, current=snapshot.id == current_id) for snapshot in snapshots)
    return f"<ul>{rows}</ul>" if rows else "<p>None yet.</p>"


def _row(snapshot: Snapshot, *, current: bool) -> str:
    kind = ' class="current"' if current else ""
    return (
        f'<li><button type="button"{kind} data-key="{escape(snapshot.id)}">'
        f"<b>{escape(title(snapshot))}</b><span>{snapshot.state}</span>"
        f"<i>step {snapshot.step:,} · {escape(snapshot.id)}</i></button></li>"
    )


def changes(snapshot: Snapshot) -> str:
    """The settings that changed during the training."""
    sentence = "; ".join(describe_change(one) for one in snapshot.changes)
    return f"Changed at {escape(sentence)}." if sentence else ""


def describe_change(change: Mapping[str, Any]) -> str:
    """One change on the way, as a sentence's half."""
    new = {name: value for name, value in change.items() if name != "step"}
    settings = [
        TURNS.get(value, "both learn") if name == "turns" else f"{name.replace('_', ' ')} {value}"
        for name, value in new.items()
    ]
    return f"step {change['step']:,}: {', '.join(settings)}"


def model_link(model: str, family: str) -> str:
    """A link that opens the finished model on the tab that uses it."""
    if family in TRANSLATIONS:
        return f'<a href="?t={escape(model)}" target="_self">Open in Transform</a>'
    return f'<a href="?m={escape(model)}&amp;s=42" target="_self">Open in Explore</a>'
