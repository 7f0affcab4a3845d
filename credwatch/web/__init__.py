"""The read-only face of the watch: what the ledger says, over HTTP. It holds no secret and changes nothing."""
