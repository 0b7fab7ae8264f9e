"""What a stranger's machine reads: container, compose file, workflow, citation, bill of materials."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from jsonschema import Draft7Validator, ValidationError
from jsonschema.validators import validator_for

from bench import sbom

ROOT = Path(__file__).resolve().parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def validate(schema_name: str, content: object) -> None:
    schema = json.loads((files("check_jsonschema.builtin_schemas.vendor") / f"{schema_name}.json").read_bytes())
    validator_for(schema, Draft7Validator)(schema).validate(content)


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ("compose-spec", "compose.yaml"),
        ("github-workflows", ".github/workflows/ci.yml"),
        ("citation-file-format", "CITATION.cff"),
    ],
)
def test_a_file_is_valid_under_its_published_schema(schema: str, path: str) -> None:
    # BaseLoader leaves dates as text, and keeps the key `on`, which YAML 1.1 takes for true.
    content: Any = yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
    if True in content:
        content["on"] = content.pop(True)
    validate(schema, content)


def test_a_misspelt_key_of_the_compose_file_is_found() -> None:
    service = {**COMPOSE["services"]["schedule"], "healthchek": {}}
    with pytest.raises(ValidationError, match="healthchek"):
        validate("compose-spec", {**COMPOSE, "services": {"schedule": service}})


def test_every_volume_and_service_of_the_compose_file_is_declared() -> None:
    services = COMPOSE["services"]
    for service in services.values():
        assert set(service.get("depends_on", [])) <= services.keys()
        for volume in service["volumes"]:
            name = volume["source"] if isinstance(volume, dict) else volume.split(":")[0]
            assert name in COMPOSE["volumes"]
        assert service["cap_drop"] == ["ALL"]
    assert all(port.startswith("127.0.0.1:") for port in services["web"]["ports"])


def test_the_image_runs_as_a_user_without_rights_and_tells_its_health() -> None:
    last_stage = DOCKERFILE.rsplit("\nFROM ", 1)[1]
    assert re.search(r"^USER [1-9]\d*$", last_stage, re.M)
    assert re.search(r"^VOLUME /data$", last_stage, re.M)
    assert '"llmpairs", "status"' in last_stage.split("HEALTHCHECK")[1].splitlines()[0]


def test_what_the_image_copies_is_let_in_and_exists() -> None:
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert all((ROOT / name).exists() for name in kept)
    linked = {path.resolve().name for path in (ROOT / "llmpairs").iterdir() if path.is_symlink()}
    assert linked <= set(kept)


def test_the_runtime_lock_is_a_part_of_the_lock() -> None:
    whole = {(each.name, each.version) for each in sbom.read_lock(sbom.LOCK)}
    runtime = {(each.name, each.version) for each in sbom.read_lock(sbom.RUNTIME_LOCK)}
    assert runtime < whole
    assert "scrapy" in {name for name, _ in runtime}
    assert not {"pytest", "mypy", "moto"} & {name for name, _ in runtime}


def test_the_bill_of_materials_lists_the_lock_and_is_the_same_each_time() -> None:
    text = sbom.render_sbom()
    bill = json.loads(text)
    scopes = {each["name"]: each["scope"] for each in bill["components"]}
    assert scopes["duckdb"] == "required"
    assert scopes["pytest"] == "excluded"
    assert {(each["name"], each["version"]) for each in bill["components"]} == {
        (each.name, each.version) for each in sbom.read_lock(sbom.LOCK)
    }
    assert text == sbom.render_sbom()
    broken = json.dumps({**bill, "bomFormat": "other"})
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(broken) is not None


def test_a_lock_entry_without_hashes_is_an_error(tmp_path: Path) -> None:
    lock = tmp_path / "some.lock"
    lock.write_text("polars==2.1.0\n")
    with pytest.raises(ValueError, match=r"some\.lock"):
        sbom.read_lock(lock)


def test_the_version_of_the_citation_is_that_of_the_project() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert f'version = "{citation["version"]}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
