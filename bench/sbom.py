"""Software bill of materials of the locks, CycloneDX 1.6: `python -m bench.sbom [--out FILE]`.

Every package of requirements.lock is a component: `required` where the runtime lock has it too, else `excluded`.
The same locks give the same file: there is no time in it, and its serial number is a digest of them.
"""

import argparse
import re
import sys
import tomllib
import uuid
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import NamedTuple

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parent.parent
LOCK, RUNTIME_LOCK = ROOT / "requirements.lock", ROOT / "requirements-runtime.lock"
OUT = ROOT / "build" / "llmpairs.cdx.json"
_ENTRY = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)(?: ; (?P<marker>[^\\\n]+?))? \\\n(?P<hashes>(?: +--hash=.*\n?)+)", re.M
)


class LockedPackage(NamedTuple):
    """An entry of a lock; a package that differs between platforms has several."""

    name: str
    version: str
    marker: str
    sha256: tuple[str, ...]


def read_lock(path: Path) -> list[LockedPackage]:
    """Entries of a lock with hashes; ValueError when a line of it is not understood."""
    text = path.read_text(encoding="utf-8")
    found = [
        LockedPackage(
            each["name"], each["version"], each["marker"] or "", tuple(re.findall(r"sha256:(\w+)", each["hashes"]))
        )
        for each in _ENTRY.finditer(text)
    ]
    if len(found) != len(re.findall(r"^[\w.-]+==", text, re.M)):
        raise ValueError(f"{path.name}: an entry is not `name==version ; marker` with hashes")
    return found


def read_licence(name: str) -> str | None:
    """The licence that an installed package states; None where it states none or is not installed here."""
    try:
        stated = metadata(name)
    except PackageNotFoundError:
        return None
    classifiers = [each.rsplit(" :: ", 1)[-1] for each in stated.get_all("Classifier", []) if "License ::" in each]
    return next(iter([*stated.get_all("License-Expression", []), *classifiers]), None)


def make_component(package: LockedPackage, required: set[tuple[str, str]]) -> Component:
    licence = read_licence(package.name)
    purl = PackageURL("pypi", None, package.name, package.version)
    marker = [Property(name="llmpairs:marker", value=package.marker)] if package.marker else []
    return Component(
        type=ComponentType.LIBRARY,
        name=package.name,
        version=package.version,
        purl=purl,
        bom_ref=str(purl),
        scope=ComponentScope.REQUIRED if package[:2] in required else ComponentScope.EXCLUDED,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in package.sha256],
        licenses=[LicenseFactory().make_from_string(licence)] if licence else [],
        properties=marker,
    )


def render_sbom() -> str:
    """The bill as JSON; ValueError when it breaks the schema."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    required = {package[:2] for package in read_lock(RUNTIME_LOCK)}
    main = Component(
        type=ComponentType.APPLICATION, name=project["name"], version=project["version"], bom_ref=project["name"],
        licenses=[LicenseFactory().make_from_string(project["license"])],
    )  # fmt: skip
    components = [make_component(package, required) for package in read_lock(LOCK)]
    digest = uuid.uuid5(uuid.NAMESPACE_OID, LOCK.read_text(encoding="utf-8") + RUNTIME_LOCK.read_text(encoding="utf-8"))
    bom = Bom(components=components, serial_number=digest, metadata=BomMetaData(component=main))
    bom.metadata.timestamp = None  # type: ignore[assignment]
    bom.register_dependency(main, [each for each in components if each.scope is ComponentScope.REQUIRED])
    text = JsonV1Dot6(bom).output_as_string(indent=1)
    if problem := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise ValueError(f"the bill of materials breaks the CycloneDX schema: {problem}")
    return text


def main() -> int:
    parser = argparse.ArgumentParser(prog="make sbom", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="file to write")
    out: Path = parser.parse_args().out
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(render_sbom() + "\n", encoding="utf-8")
    print(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
