"""Pickles that would run something, or take all memory: each is refused, and nothing happens."""

import pickletools
import struct
import tracemalloc
from collections.abc import Callable, Iterator

import published_pickles
import pytest

from gan_studio.models.importing.pickles import MAX_OPCODES, Refused
from gan_studio.models.importing.records import read_pickle

NAMES = [
    "posix.system",
    "os.system",
    "os.popen",
    "os.remove",
    "os.execv",
    "subprocess.Popen",
    "subprocess.check_output",
    "builtins.eval",
    "builtins.exec",
    "builtins.compile",
    "builtins.getattr",
    "builtins.__import__",
    "builtins.open",
    "__builtin__.eval",
    "__builtin__.getattr",
    "io.open",
    "pathlib.Path.write_text",
    "shutil.rmtree",
    "runpy.run_path",
    "importlib.import_module",
    "operator.attrgetter",
    "operator.methodcaller",
    "functools.partial",
    "functools.reduce",
    "types.FunctionType",
    "types.CodeType",
    "pickle.loads",
    "marshal.loads",
    "ctypes.CDLL",
    "socket.socket",
    "pty.spawn",
    "torch.load",
    "torch.hub.load",
    "torch.jit.load",
    "torch.utils.cpp_extension.load_inline",
    "numpy.load",
    "numpy.f2py.compile",
    "dnnlib.util.open_url",
    "dnnlib.util.call_func_by_name",
    "torch_utils.persistence._src_to_module",
    "torch.nn.Module",
    "webbrowser.open",
    "codecs.decode",
]


def text(word: str) -> bytes:
    raw = word.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def parts(name: str) -> tuple[str, str]:
    module, _, word = name.rpartition(".")
    return module, word


COMMAND = text("touch executed")
CALLS: dict[str, Callable[[str, str], bytes]] = {
    "REDUCE": lambda m, w: f"c{m}\n{w}\n".encode() + COMMAND + b"\x85R.",
    "STACK_GLOBAL": lambda m, w: text(m) + text(w) + b"\x93" + COMMAND + b"\x85R.",
    "INST": lambda m, w: b"(" + COMMAND + f"i{m}\n{w}\n.".encode(),
    "OBJ": lambda m, w: f"(c{m}\n{w}\n".encode() + COMMAND + b"o.",
    "NEWOBJ": lambda m, w: f"c{m}\n{w}\n".encode() + COMMAND + b"\x85\x81.",
    "NEWOBJ_EX": lambda m, w: f"c{m}\n{w}\n".encode() + COMMAND + b"\x85}\x92.",
    "BUILD": lambda m, w: (
        f"ccollections\nOrderedDict\n)R}}{'X'}".encode()
        + struct.pack("<I", 12)
        + b"__setstate__"
        + f"c{m}\n{w}\nsb.".encode()
    ),
}


def read(raw: bytes) -> object:
    return read_pickle(memoryview(raw))


@pytest.fixture(autouse=True)
def nothing_is_touched(tmp_path, monkeypatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", NAMES)
def test_a_call_is_refused(name, call):
    with pytest.raises(Refused):
        read(b"\x80\x02" + CALLS[call](*parts(name)))


KNOWN = "ctorch._utils\n_rebuild_tensor_v2\n"
TRICKS = {
    "a getattr chain": b"cbuiltins\ngetattr\ncbuiltins\nopen\n" + text("__self__") + b"\x86R.",
    "a dotted name": text("collections") + text("OrderedDict.__init__.__globals__") + b"\x93.",
    "a name with spaces": b"cos \nsystem\n.",
    "a name of numbers": b"K\x01K\x02\x93.",
    "a call of a text": text("os.system") + COMMAND + b"\x85R.",
    "a call without a tuple": b"ccollections\nOrderedDict\n]R.",
    "a state of a name": b"ccollections\nOrderedDict\n}b.",
    "a state of a text": COMMAND + b"}b.",
    "a state of a tensor": KNOWN.encode() + b")Rb.",
    "an array of objects": b"cnumpy\ndtype\n" + text("O8") + b"\x85R.",
    "an array of structures": b"cnumpy\ndtype\n" + text("i4,i4") + b"\x85R.",
    "an extension": b"\x82\x01.",
    "an extension of four bytes": b"\x84\x01\x00\x00\x00.",
    "a persistent name": b"Pos.system\n.",
    "a persistent object outside of a storage": text("storage") + b"Q.",
    "a buffer outside of it": b"\x97.",
    "protocol 9": b"\x80\x09N.",
    "a text of protocol 0": b"S'a'\n.",
    "no stop": b"N",
    "nothing": b"",
    "an empty stack": b".",
    "a pop of nothing": b"0.",
    "a mark that is missing": b"t.",
    "a memo that is missing": b"h\x07.",
    "an odd number of items": b"}(K\x01u.",
    "items of a list": b"](K\x01K\x02u.",
    "elements of a dictionary": b"}K\x01a.",
    "a key that is a list": b"}]K\x01s.",
    "a key that is a tuple": b"})K\x01s.",
    "a set of lists": b"\x8f(]\x90.",
    "a line without an end": b"c" + b"a" * 1000,
    "a number that is none": b"Iabc\n.",
    "a long number of a megabyte": b"\x8b" + struct.pack("<i", 10**6) + bytes(10**6) + b".",
    "a long number of negative length": b"\x8b" + struct.pack("<i", -1) + b".",
    "a text of negative length": b"T" + struct.pack("<i", -(10**6)) + b".",
    "a text that is no UTF-8": b"X" + struct.pack("<I", 2) + b"\xff\xfe.",
    "a persistent object without state": b"ctorch_utils.persistence\n_reconstruct_persistent_obj\n"
    b"}\x85R.",
    "a parameter that is a text": b"ctorch._utils\n_rebuild_parameter\n" + COMMAND + b"\x85R.",
    "a tensor without storage": KNOWN.encode() + b"(NK\x00)).".replace(b".", b"tR."),
    "too many arguments": b"cnumpy\ndtype\n(" + b"K\x01" * 9 + b"tR.",
    "bytes of another encoding": b"c_codecs\nencode\n" + COMMAND + text("rot13") + b"\x86R.",
}


@pytest.mark.parametrize("trick", TRICKS)
def test_what_is_no_data_is_refused(trick):
    with pytest.raises(Refused):
        read(b"\x80\x04" + TRICKS[trick] if TRICKS[trick][:1] != b"\x80" else TRICKS[trick])


def storage(inner: bytes, count: int = 4) -> bytes:
    """A storage as torch.save wrote it, with another pickle in the place of its fourth."""
    magic = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
    head = magic + b"\x80\x02M\xe9\x03." + b"\x80\x02}." + inner
    return head + b"\x80\x02](" + text("0") + b"e." + struct.pack("<q", count) + bytes(16)


def loading(raw: bytes) -> bytes:
    name = b"ctorch.storage\n_load_from_bytes\n"
    return b"\x80\x04" + name + b"B" + struct.pack("<I", len(raw)) + raw + b"\x85R."


def identifier(kind: bytes = b"ctorch\nFloatStorage\n", count: bytes = b"K\x04") -> bytes:
    return b"\x80\x02(" + text("storage") + kind + text("0") + text("cpu") + count + b"NtQ."


def test_a_storage_is_read():
    found = read(loading(storage(identifier())))
    assert found.count == 4  # pyright: ignore[reportAttributeAccessIssue]


NESTED = {
    "a call in a storage": storage(b"\x80\x02cposix\nsystem\n" + COMMAND + b"\x85R."),
    "a record in a storage": storage(b"\x80\x02ccollections\nOrderedDict\n)R."),
    "a storage in a storage": storage(loading(storage(identifier()))),
    "another type": storage(identifier(b"cos\nsystem\n")),
    "a forged count": storage(identifier(), 2**40),
    "a forged count in both": storage(identifier(count=b"\x8a\x06" + bytes([0] * 5 + [1])), 2**40),
    "a negative count": storage(identifier(count=b"J\xff\xff\xff\xff"), -1),
    "no numbers": storage(identifier())[:-16],
    "no magic number": storage(identifier())[3:],
    "nothing": b"",
}


@pytest.mark.parametrize("what", NESTED)
def test_a_storage_that_is_more_or_less_than_numbers_is_refused(what):
    with pytest.raises(Refused):
        read(loading(NESTED[what]))


def tensor(shape: bytes, strides: bytes, offset: bytes = b"K\x00") -> bytes:
    raw = storage(identifier())
    loaded = b"ctorch.storage\n_load_from_bytes\nB" + struct.pack("<I", len(raw)) + raw + b"\x85R"
    return b"\x80\x04" + KNOWN.encode() + b"(" + loaded + offset + shape + strides + b"\x89NtR."


def test_a_tensor_within_its_storage_is_read():
    assert read(tensor(b"K\x02K\x02\x86", b"K\x02K\x01\x86")).shape == (2, 2)  # pyright: ignore[reportAttributeAccessIssue]


BILLION = b"J\x00\xca\x9a\x3b"
FORGED = {
    "more numbers than there are": tensor(b"K\x05\x85", b"K\x01\x85"),
    "a billion times the same": tensor(BILLION + b"\x85", b"K\x00\x85"),
    "beyond the end": tensor(b"K\x02\x85", b"K\x01\x85", b"K\x03"),
    "before the beginning": tensor(b"K\x02\x85", b"K\x01\x85", b"J\xff\xff\xff\xff"),
    "steps beyond the end": tensor(b"K\x02\x85", b"K\x09\x85"),
    "a negative size": tensor(b"J\xff\xff\xff\xff\x85", b"K\x01\x85"),
    "a negative step": tensor(b"K\x02\x85", b"J\xff\xff\xff\xff\x85"),
    "other numbers of sizes and steps": tensor(b"K\x02K\x02\x86", b"K\x01\x85"),
    "a size that is a truth": tensor(b"\x88\x85", b"K\x01\x85"),
    "gaps": tensor(b"K\x02\x85", b"K\x02\x85"),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_tensor_outside_of_its_storage_is_refused(what):
    with pytest.raises(Refused):
        read(FORGED[what])


HUGE = struct.pack("<Q", 2**62)
LARGE = 12 * 2**20
BOMBS: dict[str, Callable[[], bytes]] = {
    "bytes of a forged length": lambda: b"\x80\x04\x8e" + HUGE + b"abc.",
    "an array of bytes of a forged length": lambda: b"\x80\x05\x96" + HUGE + b"abc.",
    "a text of a forged length": lambda: b"\x80\x04\x8d" + HUGE + b"abc.",
    "a frame of a forged length": lambda: b"\x80\x04\x95" + HUGE + b"(" * 3,
    "a distant place of the memo": lambda: b"\x80\x02]" + b"r\xff\xff\xff\xff" + b"0",
    "lists without end": lambda: b"\x80\x02" + b"]" * (MAX_OPCODES + 5) + b".",
    "lists in lists": lambda: b"\x80\x02" + b"]" * 900_000 + b"a" * 899_999 + b".",
    "the same text as bytes again and again": lambda: b"\x80\x02c_codecs\nencode\nq\x000X"
    + struct.pack("<I", LARGE) + b"a" * LARGE + b"q\x010]" + (b"h\x00h\x01\x85R" * 1000),
    "the same list copied again and again": lambda: b"\x80\x02ctorch\nSize\nq\x000]("
    + b"K\x01" * 9000 + b"eq\x010]" + (b"h\x00h\x01\x85R" * 10_000),
    "texts without end": lambda: b"\x80\x02" + (text("a" * 2**20) * 40),
    "doubled tuples": lambda: b"\x80\x02)" + b"2\x86" * 400_000 + b"0",
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_within_two_hundred_megabytes(bomb):
    raw = BOMBS[bomb]()
    tracemalloc.start()
    try:
        with pytest.raises(Refused):
            read(raw)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 200 * 2**20, f"{peak / 2**20:.0f} MB"


def test_a_tuple_of_tuples_of_tuples_is_no_key():
    doubled = b")" + b"2\x86" * 60  # its hash takes 2^60 steps
    with pytest.raises(Refused):
        read(b"\x80\x02}" + doubled + b"Ns.")


def test_a_file_cut_off_at_any_instruction_is_refused():
    raw = published_pickles.nvidia(published_pickles.stylegan2(size=4))
    cuts = [position for _, _, position in pickletools.genops(raw) if position]
    assert len(cuts) > 500
    for cut in cuts:
        with pytest.raises(Refused):
            read(raw[:cut])
    assert read(raw) is not None


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_plain_values_are_read_as_pickle_reads_them(protocol):
    import collections
    import pickle

    value = {
        "numbers": [0, -1, 255, 65_535, 2**31, -(2**40), 2**100, 1.5, float("inf")],
        "texts": ["", "ψ", "x" * 300],
        "truth": (True, False, None),
        "nested": ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [[]], {1: {2: 3}}),
        "sets": {1, 2, 3},
        "ordered": collections.OrderedDict(a=1, b=2),
    }
    assert read(pickle.dumps(value, protocol)) == value
