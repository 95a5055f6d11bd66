"""The whole system as real processes on free ports, for the tests, chaos, bench and screenshots."""

from avito_live.runner.parts import SIMULATOR_KEYS
from avito_live.runner.process import measured, start
from testbed.avito import Avito
from testbed.live import Live, live_system
from testbed.panel_client import PANEL, PanelClient
from testbed.proxy import TcpProxy
from testbed.redis_server import RedisServer, find_binary, running_redis
from testbed.redis_users import REDIS_ADMIN
from testbed.sentinels import (
    SENTINEL_OPTIONS,
    STRICT_OPTIONS,
    Sentinels,
    running_sentinel,
    running_sentinels,
)
from testbed.system import ACCOUNT, PASSWORD, SECRET, USERNAME, System, running_system
from testbed.system_part import SystemPart, free_port
from testbed.threads import Threads, shown, truth
from testbed.waiting import eventually, meanwhile, until
