"""Says in one line which file of TLS, named by REDIS_URL, cannot be used, and why."""

import ssl
from collections.abc import Mapping
from pathlib import Path

_WORDS = {
    "ssl_ca_certs": "the certificate of the authority that signed Redis' one",
    "ssl_certfile": "our own certificate",
    "ssl_keyfile": "its private key",
}


def problem(options: Mapping[str, str]) -> str:
    """Return what is wrong with the `ssl_` options of a URL, '' for nothing."""
    if bool(options.get("ssl_keyfile")) != bool(options.get("ssl_certfile")):
        return "REDIS_URL: ssl_certfile and ssl_keyfile belong together: name both"
    for option, words in _WORDS.items():
        try:
            if path := options.get(option):
                Path(path).read_bytes()  # remarks in it may be in any encoding
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            return f"REDIS_URL: {option}={path} cannot be read ({why}): name {words} there"
    return _mismatch(options) or _unusable(options)


def _mismatch(options: Mapping[str, str]) -> str:
    """Return what is wrong with our certificate and its key."""
    certificate, key = options.get("ssl_certfile", ""), options.get("ssl_keyfile", "")
    if not certificate:
        return ""
    try:
        # Without a password OpenSSL would ask for one on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(certificate, key, password=lambda: "")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            return f"REDIS_URL: ssl_keyfile={key} is the key of another certificate than ssl_certfile"
        return (
            f"REDIS_URL: ssl_certfile={certificate} and ssl_keyfile={key} cannot be used"
            f" ({error.reason or error}): both must be PEM, the key without a password"
        )
    return ""


def _unusable(options: Mapping[str, str]) -> str:
    """Return what is wrong with what remains: the authority's certificate, the ciphers."""
    authority, data, ciphers = (options.get(f"ssl_{name}") for name in ("ca_certs", "ca_data", "ciphers"))
    context = ssl.create_default_context()
    try:
        if authority or data:
            context.load_verify_locations(authority or None, cadata=data or None)
        if ciphers is not None:
            context.set_ciphers(ciphers)
    except (OSError, ValueError) as error:
        where = authority or ciphers
        return f"REDIS_URL names for TLS what cannot be used, {where} ({error}): correct its ssl_ options"
    return ""
