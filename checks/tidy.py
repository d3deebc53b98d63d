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
BATCH = 5
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


def said_of(build, file):
    """What clang-tidy says of a file of the compilation database in `build`; an empty text means clean."""
    done = subprocess.run([TOOL, "-p", str(build), "--quiet", r"--header-filter=/src/.*\.[ch]pp$", str(file)],
                          capture_output=True, text=True, cwd=ROOT)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if not NOISE.match(line)]
    if done.returncode == 0:
        return ""
    return "\n".join(lines).strip() or f"{TOOL} ended with {done.returncode}"


# What a source declares: at the beginning of a line, or a constant.
DECLARED = re.compile(
    r"^(?!using|namespace)[A-Za-z_][^\n/]*?(?<!:)\b([A-Za-z_]\w*)\s*(?:[({;=]|:(?!:)|$)|\b(k[A-Z]\w*)\s*[{\[=]", re.M)


def names_of(path):
    """The names that another source of the module must not have in the same batch."""
    return {a or b for a, b in DECLARED.findall(path.read_text(encoding="utf-8"))} - {"const", "noexcept"}


def batches(work):
    """Lists of (entry, mark): of the same compile flags, none declaring what another of its module does."""
    out, open_ = [], {}
    for entry, mark in work:
        source = Path(entry["file"])
        module = source.relative_to(ROOT / "src").parts[0]
        names = {(module, name) for name in names_of(source)}
        fitting = open_.setdefault(flags_of(entry), [])
        for batch, taken in fitting:
            if len(batch) < BATCH and not names & taken:
                batch.append((entry, mark))
                taken |= names
                break
        else:
            batch = [(entry, mark)]
            out.append(batch)
            fitting.append((batch, names))
    return out


def flags_of(entry):
    return re.sub(r"-o \S+ -c \S+", "", entry["command"])


def tidy(number, batch, build):
    """(seconds, sources, what it said of each that is not clean)"""
    begin = time.monotonic()
    said = []
    if len(batch) == 1 or together(number, batch, build):
        for entry, mark in batch:
            text = said_of(build, entry["file"])
            if text:
                said.append(text)
            else:
                mark.touch()
    else:
        for _, mark in batch:
            mark.touch()
    names = [Path(entry["file"]).relative_to(ROOT).as_posix() for entry, _ in batch]
    return time.monotonic() - begin, names, said


def together(number, batch, build):
    """What clang-tidy says of the sources of the batch as one."""
    folder = build / "tidy" / str(number)
    folder.mkdir(parents=True, exist_ok=True)
    unit = folder / "batch.cpp"
    include = '#include "{}"  // NOLINT(bugprone-suspicious-include)\n'
    unit.write_text("".join(include.format(entry["file"]) for entry, _ in batch))
    command = re.sub(r"-o \S+ -c \S+", lambda _: f"-o {unit}.o -c {unit}", batch[0][0]["command"])
    (folder / "compile_commands.json").write_text(
        json.dumps([{"directory": batch[0][0]["directory"], "command": command, "file": str(unit)}]))
    return said_of(folder, unit)


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
            work.append((entry, mark))
    bad, slow, planned = 0, [], batches(work)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for seconds, sources, said in pool.map(lambda one: tidy(one[0], one[1], build), enumerate(planned)):
            slow.append((seconds, sources[0]))
            bad += len(said)
            for text in said:
                print(text)
    slow.sort(reverse=True)
    print(f"clang-tidy: {len(work)} sources read in {len(planned)} batches, {known} known to be clean, "
          + f"{bad} with defects; slowest: " + ", ".join(f"{name} … {seconds:.1f} s" for seconds, name in slow[:5]))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
