"""A stand-in for Avito's messenger API: lists, sends, webhooks, faults and demo traffic."""
