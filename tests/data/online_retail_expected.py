#!/usr/bin/env python3
"""The figures of the whole shared Online Retail file as JSON, for the end-to-end test of the importer.

    TANDEM_SHARED=../shared tests/data/online_retail_expected.py

Same keys as demo/expected.json (whose script does the sums). Fails when the published figures do not come out.
"""
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "demo"))
sys.dont_write_bytecode = True
import expected as demo  # noqa: E402

SHARED = pathlib.Path(os.environ.get("TANDEM_SHARED", ROOT.parent / "shared"))


def main() -> int:
    figures = demo.expected(SHARED / "data/online-retail/online_retail_2010-12_2011-06.csv.gz")
    for key, value in demo.WHOLE_FILE.items():
        if figures["total"][key] != value:
            print(f"{key}: {figures['total'][key]}, published {value}", file=sys.stderr)
            return 1
    sys.stdout.write(demo.text_of(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
