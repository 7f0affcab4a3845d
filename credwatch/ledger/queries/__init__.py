"""The questions that commands ask of the ledger. They read, and never write."""
