#!/usr/bin/env python3
"""Cuts one month out of the Online Retail file, whole lines in their order, header kept.

    TANDEM_SHARED=../shared demo/make_slice.py [--check]

Writes demo/online-retail-2011-03.csv.gz. The same input gives the same bytes (no name, no time in the gzip header).
--check writes nothing and fails when the unpacked slice differs from what would be written.
"""
import gzip
import io
import os
import pathlib
import sys

MONTH = "2011-03"
HERE = pathlib.Path(__file__).resolve().parent
SHARED = pathlib.Path(os.environ.get("TANDEM_SHARED", HERE.parent.parent / "shared"))
SOURCE = SHARED / "data/online-retail/online_retail_2010-12_2011-06.csv.gz"
TARGET = HERE / f"online-retail-{MONTH}.csv.gz"


def cut(text: str) -> str:
    """The header and every line of MONTH. No field of this file holds a line break, so a line is a record."""
    lines = text.split("\n")
    kept = [line for line in lines[1:] if f",{MONTH}-" in line]
    return "\n".join([lines[0], *kept]) + "\n"


def main() -> int:
    with gzip.open(SOURCE, "rt", encoding="utf-8", newline="") as source:
        wanted = cut(source.read()).encode("utf-8")
    if "--check" in sys.argv[1:]:
        same = gzip.decompress(TARGET.read_bytes()) == wanted
        print("current" if same else f"{TARGET.name} is stale: run demo/make_slice.py")
        return 0 if same else 1
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=0) as out:
        out.write(wanted)
    TARGET.write_bytes(packed.getvalue())
    print(f"{TARGET.name}: {wanted.count(bytes([10])) - 1} lines, {len(packed.getvalue())} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
