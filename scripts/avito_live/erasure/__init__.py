"""Removal of data for good: the chats of a buyer, the data of an account."""

from avito_live.erasure.chats import begin_epoch, forget, forget_again

__all__ = ["begin_epoch", "forget", "forget_again"]
