"""Images are made from files alone, and are the same wherever and whenever they are made."""

import gzip
import io
import json
import tarfile
from pathlib import Path

from tests.cluster.images import Image
from tests.cluster.layers import Link, digest, layer


def test_the_same_files_make_the_same_layer(tmp_path: Path) -> None:
    """A digest that was written down yesterday is that of today's image."""
    file = tmp_path / "page"
    file.write_text("curtain up")
    first = layer({"/srv/page": file, "/srv/link": Link("page")}, folders=["/tmp"])  # noqa: S108 - inside the image
    file.unlink()
    file.write_text("curtain up")

    assert layer({"/srv/link": Link("page"), "/srv/page": file}, folders=["/tmp"]) == first  # noqa: S108 - the same


def test_files_belong_to_root_and_keep_what_may_be_run(tmp_path: Path) -> None:
    """A container that is not root cannot change what it runs."""
    program = tmp_path / "program"
    program.write_bytes(b"")
    program.chmod(0o777)

    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(layer({"/bin/program": program}).packed))) as archive:
        entry = archive.getmember("bin/program")
    assert (entry.uid, entry.gid, oct(entry.mode)) == (0, 0, "0o755")


def test_the_manifest_names_every_part_by_its_digest() -> None:
    """A registry and a node agree about what the image is."""
    part = layer({"/page": b"curtain up"})
    image = Image(layers=(part,), command=("/page",))

    manifest, configuration = json.loads(image.manifest), json.loads(image.configuration)
    assert [one["digest"] for one in manifest["layers"]] == [part.digest]
    assert manifest["config"]["digest"] == digest(image.configuration)
    assert configuration["rootfs"]["diff_ids"] == [digest(gzip.decompress(part.packed))]
