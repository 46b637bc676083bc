"""Pickles read as data: nothing that a file names is imported, called or evaluated.

Python's own `pickle` calls whatever a file names. Here the opcodes of protocols 2 to 5 (PEP 307,
PEP 3154) move plain values between a stack and a memo, names outside of a closed list end the
reading, and for each name of the list `records.BUILDERS` has a function of ours.
Bytes stay slices of the mapped file, so that a length in the file takes no memory.
"""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from gan_studio.core.validation import abbreviate

MAX_OPCODES = 1_000_000
"""of a file with all that is nested in it; a generator of 1024 pixels takes 40,000"""
MAX_TEXT = 16 * 2**20
"""characters of all texts of a file together; NVIDIA's sources take 100,000"""
MAX_LINE = 200
MAX_INTEGER = 64
"""bytes of a whole number"""


class Refused(ValueError):
    """A file that is damaged, or wants more than data may: one clause without a full stop."""


@dataclass(frozen=True)
class Name:
    """A name of the closed list; what it means in Python plays no part here."""

    text: str


class Record(ABC):
    """An object of a file whose state follows it, as data."""

    @abstractmethod
    def fill(self, state: Any) -> None:
        """Take in the state; Refused where it makes no sense."""


@dataclass
class Budget:
    """The rest of the limits, shared with the pickles that are nested in a file."""

    opcodes: int = MAX_OPCODES
    text: int = MAX_TEXT

    def spend(self, opcodes: int = 0, text: int = 0) -> None:
        """Refused where nothing is left."""
        self.opcodes -= opcodes
        self.text -= text
        if self.opcodes < 0:
            raise Refused(f"it has more than {MAX_OPCODES:,} instructions")
        if self.text < 0:
            raise Refused(f"it has more than {MAX_TEXT:,} characters of text")

    def spend_copy(self, values: Any) -> None:
        """A copy of something that the file may name again and again."""
        if isinstance(values, str):
            self.spend(text=len(values))
        elif isinstance(values, tuple | list):
            self.spend(len(values))


@dataclass
class Reader:
    """One pickle, from a position of a file on."""

    data: memoryview
    names: Collection[str]
    """the closed list"""
    build: Callable[[str, tuple[Any, ...], Budget], Any]
    """a name of the list and its arguments -> a record; Refused where they make no sense"""
    persistent: Callable[[Any], Any] | None = None
    """an identifier of something outside of the pickle -> its record"""
    position: int = 0
    budget: Budget = field(default_factory=Budget)
    stack: list[Any] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)

    def read(self) -> Any:
        """The value; `position` is then that of what follows. Refused if it is damaged."""
        start = self.position
        try:
            while (code := self.take(1)[0]) != STOP:
                self.budget.spend(1)
                if code not in OPCODES:
                    raise Refused(f"instruction {code} at byte {self.position - 1} is no data")
                OPCODES[code](self)
            return self.pop()
        except Refused:
            raise
        except (LookupError, TypeError, ValueError, OverflowError, struct.error):
            raise Refused(f"it is damaged at byte {self.position or start}") from None

    def take(self, count: int) -> memoryview:
        """The next bytes, as a slice of the file."""
        end = self.position + count
        if count < 0 or end > len(self.data):
            raise Refused(f"it ends at byte {len(self.data)} within a value")
        part = self.data[self.position : end]
        self.position = end
        return part

    def number(self, kind: str) -> Any:
        """The next number, by its code in `struct`."""
        return struct.unpack(f"<{kind}", self.take(struct.calcsize(f"<{kind}")))[0]

    def line(self) -> str:
        """The next line, without its end."""
        head = bytes(self.data[self.position : self.position + MAX_LINE])
        end = head.find(b"\n")
        if end < 0:
            raise Refused(f"the line at byte {self.position} has no end")
        self.position += end + 1
        return head[:end].decode("ascii")

    def text(self, length: int, encoding: str = "utf-8") -> str:
        self.budget.spend(text=abs(length))
        return str(self.take(length), encoding)

    def integer(self, length: int) -> int:
        if length > MAX_INTEGER:
            raise Refused(f"the number at byte {self.position} has {length:,} bytes")
        return int.from_bytes(self.take(length), "little", signed=True)

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def pop(self) -> Any:
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise IndexError
        return self.stack.pop()

    def top(self, kind: type) -> Any:
        """The value on top, which must be of a kind."""
        self.push(value := self.pop())
        if type(value) is not kind:
            raise Refused(f"it fills a {type(value).__name__} as a {kind.__name__}")
        return value

    def to_mark(self) -> list[Any]:
        """The values above the last mark."""
        start = self.marks.pop()
        values = self.stack[start:]
        del self.stack[start:]
        return values

    def name(self, module: Any, word: Any) -> None:
        """A name of the closed list; Refused for all others."""
        text = f"{module}.{word}" if isinstance(module, str) and isinstance(word, str) else ""
        if text not in self.names:
            what = abbreviate(text) if text.isprintable() and text else "something"
            raise Refused(f"it names {what}, which no generator needs; nothing in it was run")
        self.push(Name(text))

    def reduce(self) -> None:
        """REDUCE: a record, made by our own function for the name that Python would call."""
        arguments, name = self.pop(), self.pop()
        if type(name) is not Name or type(arguments) is not tuple:
            raise Refused(f"it calls a {type(name).__name__}; nothing in it was run")
        self.push(self.build(name.text, arguments, self.budget))

    def state(self) -> None:
        """The state of a record that takes one."""
        state, record = self.pop(), self.pop()
        if isinstance(record, Record):
            record.fill(state)
        elif type(record) is not dict:  # an OrderedDict's own attributes say nothing
            raise Refused(f"it sets the state of a {type(record).__name__}")
        self.push(record)

    def items(self, pairs: list[Any]) -> None:
        target = self.top(dict)
        if len(pairs) % 2:
            raise IndexError
        target.update(_table(pairs))

    def persist(self) -> None:
        if self.persistent is None:
            raise Refused("it points outside of itself")
        self.push(self.persistent(self.pop()))


def _table(pairs: list[Any]) -> dict[Any, Any]:
    """Keys are plain: the hash of a nested tuple can take for ever."""
    keys = pairs[::2]
    if any(type(key) not in (str, int, bool, float, type(None)) for key in keys):
        raise Refused("a key in it is neither a text nor a number")
    return dict(zip(keys, pairs[1::2], strict=True))


def _plain(values: list[Any]) -> frozenset[Any]:
    return frozenset(_table([part for value in values for part in (value, None)]))


def _memoize(r: Reader, index: int) -> None:
    r.memo[index] = r.stack[-1]


def _line_number(r: Reader) -> int:
    return int(r.line().rstrip("L"))


def _int_line(r: Reader) -> int | bool:
    """Protocol 0 and 1 write truth values as the numbers 00 and 01."""
    start = r.position
    if bytes(r.data[start : start + 3]) in (b"00\n", b"01\n"):
        return r.line() == "01"
    return _line_number(r)


def _pop(r: Reader) -> None:
    """A mark on top is what POP removes first."""
    if r.marks and r.marks[-1] == len(r.stack):
        r.marks.pop()
    else:
        r.pop()


def _append(r: Reader, values: list[Any]) -> None:
    r.top(list).extend(values)


def _add(r: Reader) -> None:
    values = _plain(r.to_mark())
    r.top(set).update(values)


def _protocol(r: Reader) -> None:
    if (version := r.number("B")) > 5:
        raise Refused(f"it is of protocol {version}; 2 to 5 are read")


def _stack_global(r: Reader) -> None:
    word, module = r.pop(), r.pop()
    r.name(module, word)


def _global(r: Reader) -> None:
    module, word = r.line(), r.line()
    r.name(module, word)


def _items_to_mark(r: Reader) -> None:
    pairs = r.to_mark()
    r.items(pairs)


def _item(r: Reader) -> None:
    value, key = r.pop(), r.pop()
    r.items([key, value])


def _tuple(count: int) -> Callable[[Reader], None]:
    def push(r: Reader) -> None:
        values = [r.pop() for _ in range(count)]
        r.push(tuple(reversed(values)))

    return push


def _value(read: Callable[[Reader], Any]) -> Callable[[Reader], None]:
    return lambda r: r.push(read(r))


STOP = ord(".")
OPCODES: dict[int, Callable[[Reader], None]] = {
    ord(code): action
    for code, action in {
        "\x80": _protocol,
        "\x95": lambda r: r.take(8) and None,  # the length of a frame
        "(": lambda r: r.marks.append(len(r.stack)),
        "0": _pop,
        "1": lambda r: r.to_mark() and None,
        "2": lambda r: r.push(r.stack[-1]),
        "N": _value(lambda _: None),
        "\x88": _value(lambda _: True),
        "\x89": _value(lambda _: False),
        "I": _value(_int_line),
        "L": _value(_line_number),
        "J": _value(lambda r: r.number("i")),
        "K": _value(lambda r: r.number("B")),
        "M": _value(lambda r: r.number("H")),
        "\x8a": _value(lambda r: r.integer(r.number("B"))),
        "\x8b": _value(lambda r: r.integer(r.number("i"))),
        "F": _value(lambda r: float(r.line())),
        "G": _value(lambda r: struct.unpack(">d", r.take(8))[0]),
        "X": _value(lambda r: r.text(r.number("I"))),
        "\x8c": _value(lambda r: r.text(r.number("B"))),
        "\x8d": _value(lambda r: r.text(r.number("Q"))),
        "T": _value(lambda r: r.text(r.number("i"), "latin-1")),
        "U": _value(lambda r: r.text(r.number("B"), "latin-1")),
        "B": _value(lambda r: r.take(r.number("I"))),
        "C": _value(lambda r: r.take(r.number("B"))),
        "\x8e": _value(lambda r: r.take(r.number("Q"))),
        "\x96": _value(lambda r: r.take(r.number("Q"))),
        "]": _value(lambda _: []),
        "l": _value(lambda r: r.to_mark()),
        "a": lambda r: _append(r, [r.pop()]),
        "e": lambda r: _append(r, r.to_mark()),
        ")": _value(lambda _: ()),
        "t": _value(lambda r: tuple(r.to_mark())),
        "\x85": _tuple(1),
        "\x86": _tuple(2),
        "\x87": _tuple(3),
        "}": _value(lambda _: {}),
        "d": _value(lambda r: _table(r.to_mark())),
        "s": _item,
        "u": _items_to_mark,
        "\x8f": _value(lambda _: set()),
        "\x90": _add,
        "\x91": _value(lambda r: _plain(r.to_mark())),
        "g": _value(lambda r: r.memo[_line_number(r)]),
        "h": _value(lambda r: r.memo[r.number("B")]),
        "j": _value(lambda r: r.memo[r.number("I")]),
        "p": lambda r: _memoize(r, _line_number(r)),
        "q": lambda r: _memoize(r, r.number("B")),
        "r": lambda r: _memoize(r, r.number("I")),
        "\x94": lambda r: _memoize(r, len(r.memo)),
        "c": _global,
        "\x93": _stack_global,
        "R": Reader.reduce,
        "\x81": Reader.reduce,  # the arguments of a class make the same record
        "b": Reader.state,
        "Q": Reader.persist,
    }.items()
}
"""the opcodes that hold data; those for calls by other means (INST, OBJ, NEWOBJ_EX), extensions and
buffers are missing"""
