"""The shipped slice and its figures agree with each other, and with the full file where that is at hand."""
import gzip
import os
import subprocess
import sys
import tomllib
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("TANDEM_SHARED", ROOT.parent / "shared"))
WHOLE = SHARED / "data/online-retail/online_retail_2010-12_2011-06.csv.gz"


def run(*words):
    return subprocess.run([sys.executable, *words], cwd=ROOT, env={**os.environ, "TANDEM_SHARED": str(SHARED)},
                          capture_output=True, text=True)


class Demo(unittest.TestCase):
    def test_expected_figures_are_current(self):
        done = run("demo/expected.py", "--check")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_slice_is_small(self):
        self.assertLess((ROOT / "demo/online-retail-2011-03.csv.gz").stat().st_size, 700_000)

    @unittest.skipUnless(WHOLE.is_file(), "the full file is not here")
    def test_slice_is_a_part_of_the_full_file(self):
        done = run("demo/make_slice.py", "--check")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    @unittest.skipUnless(WHOLE.is_file(), "the full file is not here")
    def test_full_file_gives_the_published_figures(self):
        done = run("tests/data/online_retail_expected.py")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_mapping_names_columns_of_the_file(self):
        with gzip.open(ROOT / "demo/online-retail-2011-03.csv.gz", "rt", encoding="utf-8") as file:
            header = file.readline().strip().split(",")
        mapping = tomllib.loads((ROOT / "demo/online-retail.toml").read_text(encoding="utf-8"))
        self.assertEqual(set(mapping["columns"].values()) - set(header), set())
        self.assertIn(mapping["partner"]["column"], header)


if __name__ == "__main__":
    unittest.main()
