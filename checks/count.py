#!/usr/bin/env python3
"""Count test cases: count.py ctest.xml results-folder -> "passed failed".

ctest counts programs; each gtest program writes its cases to the folder. A program that ctest calls failed but whose
own cases all passed, or that wrote none (it died), counts as one failure; a program without gtest counts as one case.
"""
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def cases(path):
    """(passed, failed, skipped) of one gtest result file."""
    suite = ElementTree.parse(path).getroot()
    total = failed = skipped = 0
    for case in suite.iter("testcase"):
        if case.get("status") == "notrun":
            continue
        total += 1
        failed += case.find("failure") is not None
        skipped += case.get("result") == "skipped"
    return total - failed - skipped, failed, skipped


def count(ctest_xml, results):
    by_program = {}
    for path in Path(results).glob("*.xml"):
        try:
            by_program[path.stem] = cases(path)
        except ElementTree.ParseError:
            by_program[path.stem] = (0, 1, 0)
    passed = failed = 0
    for case in ElementTree.parse(ctest_xml).getroot().iter("testcase"):
        name, status = case.get("name"), case.get("status")
        if status in ("disabled", "notrun") and case.find("failure") is None:
            failed += 1  # its program was not built
            continue
        good, bad, _ = by_program.get(f"tandem_{name}_test", (None, None, None))
        ok = status == "run" and case.find("failure") is None
        if good is None:
            good, bad = (1, 0) if ok else (0, 1)
        elif not ok and bad == 0:
            bad = 1
        passed, failed = passed + good, failed + bad
    return passed, failed


if __name__ == "__main__":
    print(*count(sys.argv[1], sys.argv[2]))
