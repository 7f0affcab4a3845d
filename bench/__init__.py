"""What the watch costs: each figure beside a bare loop of the same library, on the same machine, in the same run."""
