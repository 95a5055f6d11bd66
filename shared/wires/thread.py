"""How a thread's sorted set names its messages, see lua/_message.lua."""


def message_id_of(member: bytes) -> bytes:
    """Return the id in a member, which is `~<id>` or `<three digits of rank><id>`."""
    return member[1:] if member.startswith(b"~") else member[3:]
