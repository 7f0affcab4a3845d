"""The words of each message: pure functions from what the ledger knows."""
