"""The outbox's alerts as messages: wording, grouping, delivery.

Names are imported from the modules: a process that only asks whether something is due needs no words for it.
"""
