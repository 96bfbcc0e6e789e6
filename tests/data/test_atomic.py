"""Output files: complete or not at all, and only regular files are replaced."""

import os
import stat
import subprocess
import sys
import threading

import pytest

from driftline.data.atomic import check_output, open_atomic, write_atomic
from driftline.errors import OutputError
from harness.patience import PATIENCE


@pytest.fixture
def umask():
    """Sets the process's umask, and puts it back."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


def mode_of(path):
    """The permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def test_new_file_and_folders(tmp_path):
    """A new file appears with its folders, and nothing else does."""
    path = tmp_path / "a" / "b" / "report.json"
    assert path == write_atomic(path, "é")
    assert "é".encode() == path.read_bytes()
    assert [path] == list(path.parent.iterdir())


@pytest.mark.parametrize(("mask", "expected"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_umask(tmp_path, umask, mask, expected):
    """A new file has the permissions that the umask leaves."""
    umask(mask)
    assert expected == mode_of(write_atomic(tmp_path / "x", b"1"))


def test_replaced_file_keeps_its_permissions(tmp_path, umask):
    """A file that its owner closed to others stays closed; a mode that is given is the file's."""
    umask(0o022)
    path = write_atomic(tmp_path / "x", b"1")
    path.chmod(0o600)
    assert 0o600 == mode_of(write_atomic(path, b"2"))
    assert 0o640 == mode_of(write_atomic(path, b"3", mode=0o640))


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_failure_leaves_the_old_file(tmp_path, monkeypatch, error):
    """When the disk or the person stops the writing, the old file is complete and no other is left."""
    path = write_atomic(tmp_path / "x", b"old")

    def fail(_):
        raise error

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OutputError if isinstance(error, OSError) else KeyboardInterrupt):
        write_atomic(path, b"new")
    assert [(path, b"old")] == [(each, each.read_bytes()) for each in tmp_path.iterdir()]


def test_failure_of_the_writer(tmp_path):
    """What goes wrong in the block is raised as it is, and no file is made."""

    def fail():
        with open_atomic(tmp_path / "x") as file:
            file.write(b"half")
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        fail()
    assert [] == list(tmp_path.iterdir())


def test_full_device():
    """A device that is full is an error, and stays a device."""
    with pytest.raises(OutputError, match="/dev/full: cannot be written: No space left"):
        write_atomic("/dev/full", b"x")
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)  # noqa: PTH116 - beside the line above


def test_null_device(tmp_path):
    """A device is written in place, also through a link."""
    link = tmp_path / "link"
    link.symlink_to("/dev/null")
    for path in ("/dev/null", link):
        check_output(path)
        write_atomic(path, b"x")
    assert link.is_symlink()
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)  # noqa: PTH116 - beside the line above


def test_pipe(tmp_path):
    """A named pipe is written through, however much it is."""
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_atomic(pipe, b"x" * 1_000_000)
    reader.join(PATIENCE)
    assert [b"x" * 1_000_000] == got
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
@pytest.mark.parametrize("to_file", [True, False])
def test_standard_output(tmp_path, name, to_file):
    """Standard output gets the content between what was printed before and after, be it a file or a pipe."""
    code = f"""
from driftline.data.atomic import check_output, write_atomic
print("before"); check_output({name!r}); write_atomic({name!r}, "report\\n"); print("after")
"""
    with (tmp_path / "out").open("wb") as out:
        done = subprocess.run([sys.executable, "-c", code], stdout=out if to_file else subprocess.PIPE, check=True)
    text = (tmp_path / "out").read_bytes() if to_file else done.stdout
    assert b"before\nreport\nafter\n" == text


def test_link_to_a_file(tmp_path):
    """The file that a link leads to is replaced, there or not, and the link stays."""
    (tmp_path / "far").mkdir()
    (tmp_path / "link").symlink_to("far/report")
    for content in (b"1", b"2"):
        write_atomic(tmp_path / "link", content)
        assert content == (tmp_path / "far" / "report").read_bytes()
    assert (tmp_path / "link").is_symlink()


def test_circle_of_links(tmp_path):
    """Links that lead in a circle are one sentence, as the file or as a folder on the way."""
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    for path in (tmp_path / "a", tmp_path / "a" / "report"):
        for act in (check_output, lambda place: write_atomic(place, b"")):
            with pytest.raises(OutputError, match="its links lead in a circle"):
                act(path)


def test_places_that_cannot_be(tmp_path):
    """A folder, and a file in place of a folder, are refused by name."""
    (tmp_path / "file").touch()
    for act in (check_output, lambda place: write_atomic(place, b"")):
        with pytest.raises(OutputError, match="it is a folder"):
            act(tmp_path)
        with pytest.raises(OutputError, match=r"file/report: cannot be written"):
            act(tmp_path / "file" / "report")
