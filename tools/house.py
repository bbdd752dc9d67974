#!/usr/bin/env python3
"""tools/house.py: runs the house tests (tests/house/*_test.py) without a build. `make test` runs them too, through ctest."""

import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
FOLDER = pathlib.Path(__file__).resolve().parents[1] / "tests" / "house"

suite = unittest.defaultTestLoader.discover(str(FOLDER), pattern="*_test.py")
result = unittest.TextTestRunner(stream=sys.stdout).run(suite)
sys.exit(0 if result.wasSuccessful() and result.testsRun > 0 else 1)
