"""The rights of our Redis users, as far as the Redis of the tests can read them."""

from avito_live import PROJECT
from avito_live.commands.redis_users import for_redis_6
from tests.support.engine import is_redis_before

RULES = PROJECT / "deploy" / "redis" / "users.acl"


def readable_rules() -> str:
    """Return the rules as shipped, or what `avito-live redis-users --redis-6` makes of them."""
    rules = RULES.read_text("utf-8")
    return for_redis_6(rules) if is_redis_before(7) else rules
