"""Peer of fan-out: nchan, a C module of nginx, with one channel and publishing by HTTP."""

import shutil
from pathlib import Path

_MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")


def missing() -> str | None:
    """Return how to install it, or None if it is installed."""
    if shutil.which("nginx") and _MODULE.exists():
        return None
    return "nchan is not installed (Debian: apt install libnginx-mod-nchan): skipped"


def command(folder: Path, port: int) -> list[str]:
    """Write a configuration with one process and return the command."""
    path = folder / "nchan.conf"
    path.write_text(
        f"""load_module {_MODULE};
daemon off;
master_process off;
worker_rlimit_nofile 20000;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{ worker_connections 16000; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        keepalive_requests 1000000;
        nchan_channel_id all;
        location = /ws {{ nchan_subscriber websocket; nchan_subscriber_first_message newest; }}
        location = /publish {{ nchan_publisher http; nchan_message_buffer_length 100; }}
    }}
}}
""",
        encoding="utf-8",
    )
    return ["nginx", "-c", str(path)]
