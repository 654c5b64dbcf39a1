"""`python -m cardline` is `cardline`."""

import sys

from cardline.cli import main

sys.exit(main())
