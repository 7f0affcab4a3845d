"""The same work without the watch: a bare loop of the same library, each a process of its own."""
