"""A command at a time of the story, in a process of its own, so that it can be killed. Arguments: the time, the words."""

from __future__ import annotations

import sys
from datetime import datetime

from credwatch.cli import main
from credwatch.sandbox.story.times import StoryClock

if __name__ == "__main__":
    sys.exit(main(sys.argv[2:], clock=StoryClock(datetime.fromisoformat(sys.argv[1]))))
