"""Certificates of an authority of the tests, made by openssl: good ones, and one for each fault."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.deploy.proxies import find

_CONFIGURATION = """\
[ca]
default_ca = own
[own]
dir = {folder}
database = {folder}/index
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[authority]
basicConstraints = critical,CA:true
[site]
subjectAltName = ${{ENV::NAMES}}
"""
_FOREVER = ("20200101000000Z", "20491231000000Z")


@dataclass(frozen=True, slots=True)
class Authority:
    """A root, and an intermediate authority that it has signed."""

    folder: Path

    @property
    def root(self) -> Path:
        """The certificate to trust."""
        return self.folder / "root.pem"

    def site(
        self, name: str, *, dates: tuple[str, str] = _FOREVER, signed_by: str = "root", chain: bool = True
    ) -> ssl.SSLContext:
        """Return the server's side of TLS for a name; `chain` False: it does not send who has signed it."""
        _sign(self.folder, "site", name, signed_by, dates)
        served = self.folder / "served.pem"
        signers = (self.folder / f"{signed_by}.pem").read_text("utf-8") if chain else ""
        served.write_text((self.folder / "site.pem").read_text("utf-8") + signers, "utf-8")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(served, self.folder / "site.key")
        return context

    def pair(self, file: str, name: str, *, dates: tuple[str, str] = _FOREVER) -> tuple[Path, Path]:
        """Return a certificate that the root has signed, and its key, in files that stay."""
        _sign(self.folder, "site", name, "root", dates)
        made = self.folder / f"{file}.pem", self.folder / f"{file}.key"
        for path in made:
            path.with_stem("site").replace(path)
        return made

    def self_signed(self, name: str) -> ssl.SSLContext:
        """Return a certificate that its own key has signed."""
        _sign(self.folder, "site", name, "site")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.folder / "site.pem", self.folder / "site.key")
        return context


def make_authority(folder: Path) -> Authority:
    """Make a root and an intermediate authority."""
    (folder / "index").touch()
    (folder / "ca.conf").write_text(_CONFIGURATION.format(folder=folder), "utf-8")
    _sign(folder, "root", "The root", "root")
    _sign(folder, "intermediate", "The intermediate", "root")
    return Authority(folder)


def _sign(folder: Path, file: str, name: str, signed_by: str, dates: tuple[str, str] = _FOREVER) -> None:
    """Make a key and a certificate: of a site in the file `site`, else of an authority."""
    key, request = folder / f"{file}.key", folder / f"{file}.csr"
    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}"]
    _openssl("req", *new, "-keyout", key, "-out", request)
    signer: list[str | Path] = ["-selfsign"] if signed_by == file else ["-cert", folder / f"{signed_by}.pem"]
    kind = "site" if file == "site" else "authority"
    period = ["-startdate", dates[0], "-enddate", dates[1], "-extensions", kind, "-batch", "-notext"]
    files: list[str | Path] = [
        "-config",
        folder / "ca.conf",
        "-keyfile",
        folder / f"{signed_by}.key",
        "-in",
        request,
    ]
    _openssl("ca", *signer, *period, *files, "-out", folder / f"{file}.pem", NAMES=f"DNS:{name}")


def _openssl(*arguments: str | Path, **environ: str) -> None:
    command = [find("openssl"), *map(str, arguments)]
    subprocess.run(
        command, env={"PATH": "/usr/bin:/bin", "NAMES": "", **environ}, check=True, capture_output=True
    )
