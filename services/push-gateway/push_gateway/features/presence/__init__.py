"""Who views which chat, and who types in it."""

from push_gateway.features.feature import Feature
from push_gateway.features.presence.channel import PresenceChannel

FEATURE = Feature(socket_hooks=PresenceChannel)
