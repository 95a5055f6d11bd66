"""Says in one line what is wrong with the Redis that REDIS_URL leads to, and what to do. Pure."""

import re

_COMMAND = re.compile(
    r"""Command # \d+ \(.*\) of pipeline caused error: \(?["']?(.*?)["']?,?\)?""", re.DOTALL
)
REFUSED = "correct user and password in REDIS_URL, redis://USER:PASSWORD@host"
FORBIDDEN = "our user may not do that: `make redis-users`, then ACL LOAD in Redis"
FOREIGN = "that is no Redis: correct host and port in REDIS_URL"
_LOGIN = r"[Aa]uthentication required|NOAUTH|username-password pair|WRONGPASS|AUTH (<password> )?called"
_TLS = (
    (
        "ALERT_CERTIFICATE_REQUIRED",
        "Redis asks for a certificate: add ssl_certfile and ssl_keyfile to REDIS_URL",
    ),
    ("ALERT_CERTIFICATE_EXPIRED", "our certificate, ssl_certfile in REDIS_URL, has expired: renew it"),
    (
        "ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|DECRYPT_ERROR)",
        "Redis does not know who signed our certificate: name another as ssl_certfile in REDIS_URL",
    ),
    ("CERTIFICATE_VERIFY_FAILED.*has expired", "the certificate of Redis has expired: renew it there"),
    (
        "CERTIFICATE_VERIFY_FAILED.*mismatch",
        "its certificate is for another name: correct the host in REDIS_URL, or leave ssl_check_hostname out",
    ),
    ("CERTIFICATE_VERIFY_FAILED", "add ?ssl_ca_certs=/path/to/ca.pem to REDIS_URL, that of who signed it"),
)
_REMEDIES = tuple(
    (re.compile(signs), remedy)
    for signs, remedy in (
        ("may not publish to|or newer is needed", ""),  # these say it themselves
        (f"No Sentinel.*({_LOGIN})", "correct REDIS_SENTINEL_USERNAME and REDIS_SENTINEL_PASSWORD"),
        ("No Sentinel.*No such master", "correct the master's name in REDIS_URL"),
        *_TLS,
        (
            "No Sentinel.*(reset by peer|[Cc]onnection closed|closed by server)",
            "do the Sentinels speak TLS, which needs rediss+sentinel:// in REDIS_URL?",
        ),
        (
            "No Sentinel",
            "are hosts and ports of the Sentinels, and the scheme, right in REDIS_URL? Does the master run?",
        ),
        (_LOGIN, REFUSED),
        ("DB index", "that Redis has fewer databases: correct the number in REDIS_URL"),
        (
            "MOVED|CROSSSLOT|CLUSTERDOWN|cluster mode",
            "that is a node of a Redis Cluster, which is not supported: name another Redis in REDIS_URL",
        ),
        (
            "unknown command",
            "that Redis is older than 6.2, or a Sentinel, whose URL is redis+sentinel://host:26379/master/0",
        ),
        ("rotocol [Ee]rror|nvalid [Rr]esponse", FOREIGN),
        (r"\[SSL", "that port speaks no TLS: write redis:// for rediss:// in REDIS_URL"),
        ("read only replica|READONLY", "that Redis is a replica: name its master in REDIS_URL"),
        ("MASTERDOWN", "that Redis is a replica without its master: name the master in REDIS_URL"),
        ("LOADING|loading the dataset", "Redis reads its data: wait"),
        ("[Nn]o permissions|NOPERM|user executing the script can't|EXEC without MULTI", FORBIDDEN),
        (
            "reset by peer|[Cc]onnection closed",
            # By TLS as well: a refusal of our certificate is lost where the reset overtakes it.
            "has Redis ended, or is that a port for TLS: rediss:// in REDIS_URL, perhaps a certificate?",
        ),
        ("Timeout|silent for", "does Redis stand still, or does rediss:// in REDIS_URL not fit?"),
    )
)


def remedy_of(error: BaseException) -> str:
    """Return what to do; '' where there is nothing but to start Redis."""
    return next((remedy for signs, remedy in _REMEDIES if signs.search(said(error))), "")


def kind_of(error: BaseException) -> str:
    """Return the remedy if it is certain, else ''; another kind of trouble is worth another line in a log."""
    remedy = remedy_of(error)
    return "" if remedy.endswith("?") else remedy


def in_words(error: BaseException, otherwise: str = "") -> str:
    """Return what Redis or the network said, and the remedy; `otherwise`: where none is known."""
    return ": ".join(filter(None, (said(error), remedy_of(error) or otherwise)))


def said(error: BaseException) -> str:
    """Return what Redis or the network said, without the command that it said it of."""
    words = str(error).strip() or type(error).__name__
    if found := _COMMAND.fullmatch(words):
        words = found[1]
    return re.split(r" script: |, with args beginning with", words)[0].rstrip(". ")
