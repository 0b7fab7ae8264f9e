"""Evidence against tampering: the chain of manifests, the digest of decisions, signatures.

A manifest names the digest of its parent's, so a change of any earlier release shows in all later ones. A signature of
one manifest vouches for the whole chain before it (docs/adr/0022-tamper-evidence.md).
"""

import hashlib
import os
from pathlib import Path

from llmpairs.warehouse.decisions import decisions_digest, read_decisions
from llmpairs.warehouse.errors import ReleaseError
from llmpairs.warehouse.manifest import SIGNATURE_NAME, Manifest, manifest_from_json
from llmpairs.warehouse.releases import current_run_id, list_releases, read_manifest
from llmpairs.warehouse.staging import read_manifest_bytes, release_dir
from llmpairs.warehouse.store import Store

SIGNING_KEY_ENV = "LLMPAIRS_SIGNING_KEY"
"""Path of the minisign secret key that signs manifests; no signatures without it."""
SIGNING_PASSWORD_ENV = "LLMPAIRS_SIGNING_PASSWORD"  # noqa: S105


def sign_release(store: Store, run_id: str) -> None:
    """Sign a finished release with the operator's key; does nothing without one. ReleaseError for a bad key."""
    path = os.environ.get(SIGNING_KEY_ENV)
    if not path:
        return
    from minisign import SecretKey  # only operators who sign need it

    try:
        key = SecretKey.from_file(Path(path))
        if key.is_encrypted():
            key.decrypt(os.environ.get(SIGNING_PASSWORD_ENV, ""))
        # No time in the comment: the same manifest and key give the same signature.
        signature = key.sign(read_manifest_bytes(store, run_id) or b"", trusted_comment=f"llmpairs release {run_id}")
    except (OSError, ValueError) as error:
        raise ReleaseError(
            f"release {run_id} cannot be signed with the key of {SIGNING_KEY_ENV}: {error}; it was not published"
        ) from error
    store.write_bytes(f"{release_dir(run_id)}/{SIGNATURE_NAME}", bytes(signature) + b"\n")


def verify_provenance(store: Store, run_id: str, public_key: Path | None = None) -> list[str]:
    """Problems of a release's origin: decisions, the chain to the release before it, and its signature by the key."""
    manifest = read_manifest(store, run_id)
    problems = verify_chain(store, manifest)
    if decisions_digest(read_decisions(store, manifest.as_of)) != manifest.decisions_digest:
        problems.append(
            "the decisions before its as-of time are not those that it applied: one was changed, deleted or added "
            "(also by deciding on an earlier release after a rollback)"
        )
    if public_key is not None:
        problems += verify_signature(store, run_id, public_key)
    return problems


def verify_chain(store: Store, manifest: Manifest) -> list[str]:
    """Manifests before a release that do not have the digest that the next one names, back to the next kept release.

    Pruned releases leave their manifests below runs/.
    """
    while manifest.parent_run_id and manifest.parent_manifest_sha256:
        parent = manifest.parent_run_id
        data = read_manifest_bytes(store, parent)
        if data is None:
            return [f"the manifest of {parent}, which {manifest.run_id} was built on, is missing"]
        if hashlib.sha256(data).hexdigest() != manifest.parent_manifest_sha256:
            return [f"the manifest of {parent} was changed after {manifest.run_id} was built on it"]
        if store.exists(release_dir(parent)):
            break
        manifest = manifest_from_json(data, f"the manifest of {parent}")
    return []


def verify_signature(store: Store, run_id: str, public_key: Path) -> list[str]:
    """Problems of a release's signature; one without is sound where a signed release was built on it."""
    from minisign import PublicKey, Signature

    name = f"{release_dir(run_id)}/{SIGNATURE_NAME}"
    if not store.exists(name):
        return [] if _is_vouched_for(store, run_id) else ["it is not signed, nor is a release that was built on it"]
    try:
        key = PublicKey.from_file(public_key)
        key.verify(read_manifest_bytes(store, run_id) or b"", Signature.from_bytes(store.read_bytes(name)))
    except OSError as error:
        raise ReleaseError(f"the public key {public_key} cannot be read: {error}") from error
    except ValueError as error:
        return [f"its signature is not one of {public_key.name}: {error}"]
    return []


def _is_vouched_for(store: Store, run_id: str) -> bool:
    """Whether the chain leads from a signed release to this one, which is not live."""
    if run_id == current_run_id(store):
        return False
    manifests = [read_manifest(store, name) for name in list_releases(store)]
    children = [each.run_id for each in manifests if each.parent_run_id == run_id and each.parent_manifest_sha256]
    return any(
        store.exists(f"{release_dir(name)}/{SIGNATURE_NAME}") or _is_vouched_for(store, name) for name in children
    )
