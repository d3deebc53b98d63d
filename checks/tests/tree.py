"""A small source tree in a temporary folder, for tests of the checks."""
import shutil
import tempfile
import unittest
from pathlib import Path


class TreeTest(unittest.TestCase):
    """Gives self.root and self.write(path, text); the folder is removed after each test."""

    def setUp(self):
        self.root = Path(tempfile.mkdtemp(prefix="tandem-checks-"))
        self.addCleanup(shutil.rmtree, self.root)

    def write(self, path, text):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def assert_finds(self, defects, place, rule):
        found = [d for d in defects if d.startswith(place) and f" {rule}:" in d]
        self.assertTrue(found, f"expected {rule} at {place}, got {defects}")
