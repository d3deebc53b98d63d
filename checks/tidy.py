#!/usr/bin/env python3
"""clang-tidy over every source of src, remembering what was clean: tidy.py build-folder jobs

The key of a source is the hash of its text, of every header of ours that it reaches, of .clang-tidy, of its compile
command and of clang-tidy's version; a clean result is kept under .cache/tidy. The tests are not tidied: googletest's
macros cost twice the time and find nothing.
"""
import concurrent.futures
import hashlib
import json
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOL = "clang-tidy-19"
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)
NOISE = re.compile(r"^(\d+ warnings? (generated|treated)|Suppressed |Use -header-filter|Error while processing)")


def reach(path, seen):
    """Adds path and the headers of ours it includes, directly or not."""
    if path in seen or not path.is_file():
        return
    seen.add(path)
    for header in INCLUDE.findall(path.read_text(encoding="utf-8", errors="replace")):
        for base in (ROOT / "src", ROOT / "tests", path.parent):
            if (base / header).is_file():
                reach((base / header).resolve(), seen)
                break


def key_of(entry, common):
    seen = set()
    reach(ROOT / "src/base/pch.hpp", seen)
    reach(Path(entry["file"]), seen)
    digest = hashlib.sha256(common)
    digest.update(entry["command"].replace(str(ROOT), "").encode())
    for path in sorted(seen):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def tidy(entry, build, mark):
    """(source, seconds, what it said); an empty text means clean."""
    begin = time.monotonic()
    done = subprocess.run([TOOL, "-p", str(build), "--quiet", entry["file"]], capture_output=True, text=True, cwd=ROOT)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if not NOISE.match(line)]
    said = "\n".join(lines).strip() if done.returncode else ""
    if done.returncode and not said:
        said = f"{TOOL} ended with {done.returncode}"
    if not said:
        mark.touch()
    return entry["file"], time.monotonic() - begin, said


def main():
    build, jobs = Path(sys.argv[1]), int(sys.argv[2])
    cache = ROOT / ".cache/tidy"
    cache.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([TOOL, "--version"], capture_output=True, check=True).stdout
    common = hashlib.sha256((ROOT / ".clang-tidy").read_bytes() + version).digest()
    work, known = [], 0
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = Path(entry["file"])
        if ROOT / "src" not in source.parents or source.name.endswith("_test.cpp"):
            continue
        mark = cache / key_of(entry, common)
        if mark.exists():
            mark.touch()
            known += 1
        else:
            work.append((entry, build, mark))
    bad, slow = 0, []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for source, seconds, said in pool.map(lambda item: tidy(*item), work):
            slow.append((seconds, Path(source).relative_to(ROOT).as_posix()))
            if said:
                bad += 1
                print(said)
    slow.sort(reverse=True)
    print(f"clang-tidy: {len(work)} sources read, {known} known to be clean, {bad} with defects; slowest: "
          + ", ".join(f"{name} {seconds:.1f} s" for seconds, name in slow[:5]))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
