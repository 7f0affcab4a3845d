"""`python -m credwatch` is `credwatch`."""

import sys

from credwatch.cli import main

sys.exit(main())
