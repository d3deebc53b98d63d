#!/usr/bin/env python3
"""Line coverage of the sources by part, from llvm-cov: coverage.py build-folder profile

Money code (src/base/money*, src/ledger, src/earnings, src/payouts) under 95 % of lines fails; the lines that no test
reached are listed, so that the next test is easy to choose.
"""
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MONEY = re.compile(r"src/(base/money[^/]*|(ledger|earnings|payouts)/.*)$")
GOAL = 95.0


def part_of(name):
    return "money code" if MONEY.match(name) else "/".join(name.split("/")[:2])


def missed_lines(segments):
    """First lines of the regions that never ran. A segment is [line, column, count, has_count, is_entry, gap]."""
    return sorted({s[0] for s in segments if s[3] and s[2] == 0 and s[4]})


def main():
    build, profile = Path(sys.argv[1]), sys.argv[2]
    programs = sorted(str(p) for p in build.glob("tandem_*_test")) + [str(p) for p in [build / "tandem"] if p.exists()]
    if not programs:
        raise SystemExit("coverage: no test programs")
    objects = [programs[0]] + [f"-object={p}" for p in programs[1:]]
    out = subprocess.run(["llvm-cov-19", "export", f"-instr-profile={profile}", *objects], check=True,
                         capture_output=True, text=True).stdout
    parts, missed = {}, []
    for entry in json.loads(out)["data"][0]["files"]:
        path = Path(entry["filename"])
        if ROOT not in path.parents:
            continue
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith("src/") or name.endswith("_test.cpp"):
            continue
        lines = entry["summary"]["lines"]
        total = parts.setdefault(part_of(name), [0, 0])
        total[0] += lines["covered"]
        total[1] += lines["count"]
        if MONEY.match(name):
            where = missed_lines(entry["segments"])
            if where:
                missed.append(f"{name}: {', '.join(map(str, where))}")
    for part in sorted(parts):
        covered, count = parts[part]
        print(f"{part:24} {100 * covered / max(count, 1):6.1f} %  {covered}/{count} lines")
    for line in missed:
        print("not reached:", line)
    covered, count = parts.get("money code", (0, 0))
    if count == 0 or 100 * covered / count < GOAL:
        print(f"money code is under {GOAL} % of lines")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
