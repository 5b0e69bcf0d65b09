"""`python -m ai4mars_nav.cli`: what torchrun starts."""

import sys

from ai4mars_nav.cli import main

sys.exit(main())
