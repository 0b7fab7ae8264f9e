"""What a tracked file may hold, what is installed, and what the lock pins."""

import re
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")

FOLDERS = ("flows", "spiders", "transforms", "expectations", "warehouse")
"""Top-level folders that llmpairs/ links to."""

# Written so that this file does not match itself.
NOT_TO_BE_NAMED = {
    "a machine's path": re.compile(r"(?<![\w.:/~-])/(?:work|root|home|Users|opt/wheels)/\w"),
    "a package registry": re.compile(
        r"\b(?:pypi\.org|pythonhosted\.org|registry\.npmjs\.org|deb\.debian\.org|conda\.anaconda\.org)\b"
    ),
}


def find_named_hosts_and_paths(text: str) -> list[str]:
    """What in a text belongs to one machine, as "line 3: a machine's path"."""
    return [
        f"line {number}: {what}"
        for number, line in enumerate(text.splitlines(), 1)
        for what, pattern in NOT_TO_BE_NAMED.items()
        if pattern.search(line)
    ]


def read_lock(text: str) -> list[Requirement]:
    """The requirements of a lock, without their hashes."""
    return [Requirement(line.rstrip("\\ ")) for line in text.splitlines() if re.match(r"\w", line)]


def find_unlocked(wanted: list[str], lock: str, python: str) -> list[str]:
    """Requirements that a lock does not satisfy with exactly one version on a Python such as "3.12"."""
    environment = {"python_version": python, "python_full_version": f"{python}.9"}
    versions: dict[str, list[str]] = {}
    for pin in read_lock(lock):
        if pin.marker is None or pin.marker.evaluate(environment):
            versions.setdefault(canonicalize_name(pin.name), []).append(str(pin.specifier).removeprefix("=="))
    return [
        text
        for text in wanted
        if len(found := versions.get(canonicalize_name((need := Requirement(text)).name), [])) != 1
        or not need.specifier.contains(found[0])
    ]


def list_project_files() -> list[Path]:
    """Files that are tracked or would be, relative to the root; skips where git cannot tell."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout: which files belong to the project is not known")
    return [path for name in listed.split("\0") if name and (ROOT / (path := Path(name))).is_file()]


def test_no_file_is_named_utils() -> None:
    assert [str(path) for path in list_project_files() if path.name == "utils.py"] == []


def test_an_installed_copy_lacks_no_file() -> None:
    patterns = ["*.py", *PROJECT["tool"]["setuptools"]["package-data"]["*"]]
    include = PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    assert include == ["llmpairs*"]
    assert all((ROOT / "llmpairs" / name).samefile(ROOT / name) for name in FOLDERS)
    lost = [
        str(path)
        for path in list_project_files()
        if path.parts[0] in {*FOLDERS, "llmpairs"}
        and not (ROOT / path).is_symlink()
        # setuptools takes no folder with a dot in its name for a package.
        and (not any(fnmatch(path.name, p) for p in patterns) or any("." in part for part in path.parts[:-1]))
    ]
    assert not lost, "no pattern of package-data in pyproject.toml covers these"


def test_no_file_names_a_machine_or_a_registry() -> None:
    named = {}
    for path in list_project_files():
        content = (ROOT / path).read_bytes()
        if b"\0" not in content and (found := find_named_hosts_and_paths(content.decode("utf-8", "replace"))):
            named[str(path)] = found
    assert not named


@pytest.mark.parametrize("folder", ["work", "root", "home", "Users"])
def test_a_machine_path_is_found(folder: str) -> None:
    assert find_named_hosts_and_paths(f"first\nopen('/{folder}/x/data.json')") == ["line 2: a machine's path"]


def test_a_registry_is_found_and_an_address_of_a_source_is_not() -> None:
    assert find_named_hosts_and_paths("--index-url https://" + "pypi" + ".org/simple")
    assert not find_named_hosts_and_paths("https://example.com/home/pricing and ~/work/data")


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_the_lock_holds_what_the_project_asks_for(python: str) -> None:
    wanted = [
        *PROJECT["project"]["dependencies"],
        # `make faults` installs its 150 MB server where it is wanted; nothing else imports it.
        *(each for name, extra in EXTRAS.items() if name != "faults" for each in extra),
        *PROJECT["build-system"]["requires"],
    ]
    assert find_unlocked(wanted, LOCK, python) == [], "run `make lock`"


def test_an_unlocked_requirement_is_found() -> None:
    lock = "a==1.0 \\\n    --hash=sha256:0\nb==1 ; python_version < '3.12'\nb==2 ; python_version >= '3.12'"
    assert find_unlocked(["a==1.0", "B[extra]==1"], lock, "3.11") == []
    assert find_unlocked(["a==1.1", "b==1", "c"], lock, "3.12") == ["a==1.1", "b==1", "c"]
    assert find_unlocked(["b"], "b==1\nb==2", "3.12") == ["b"]


def test_every_line_of_the_lock_is_hashed_and_names_no_host() -> None:
    assert "://" not in LOCK
    lines = LOCK.splitlines()
    unhashed = [
        line
        for line, following in zip(lines, [*lines[1:], ""], strict=True)
        if re.match(r"\w", line) and not following.strip().startswith("--hash=sha256:")
    ]
    assert not unhashed
    assert [line for line in lines if line.startswith("-")] == []
