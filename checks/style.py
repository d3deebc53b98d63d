#!/usr/bin/env python3
"""Rules of style that no compiler knows (docs/architecture.md sections 9 and 12; CONTRIBUTING.md).

  clock     the wall clock is read in src/base/clock* and src/db only; the monotonic one below the features
  random    random numbers are made in src/base/ids* and src/crypto only
  floating  no float, double or decimal literal in money code
  words     nothing is left for later: no notes such as those in WORDS
  header    a header opens with a comment that says what it is, then `#pragma once`
  columns   no line over 110 columns (SQL and Python: 120), long texts excepted
  length    no source over 500 lines
  vendor    no copied third-party code: no folders such as vendor/ or third_party/
  path      no path or address of the machine that a file was written on
  lockfile  web packages come from the public registry
  table     a module writes only the tables that src/tables.txt gives it, and reads those of lower modules too

Prints one line per defect, `file:line: rule: what`, and exits 1 when there is any.
"""
import json
import re
import sys
from pathlib import Path

COLUMNS = 110
WIDE_COLUMNS = 120
# clang-format does not break texts, and a test reads better whole.
LONG_TEXT = re.compile(r'"(?:[^"\\]|\\.){40,}|R"')
LINES = 500
CPP = {".hpp", ".cpp"}
CODE = CPP | {".sql", ".py", ".sh", ".ts", ".tsx", ".js", ".mjs", ".css"}
TEXT = CODE | {".md", ".txt", ".toml", ".json", ".yaml", ".yml", ".html", ".cmake", ""}
SKIPPED_FOLDERS = {".git", "build", "node_modules", ".cache", "dist", "data", "__pycache__"}
# This check and its tests hold the words they look for.
SKIPPED_FILES = {"checks/style.py", "checks/tests/test_style.py", ".git"}

WALL_CLOCK = re.compile(r"\b(system_clock|utc_clock|tai_clock|high_resolution_clock|file_clock)::now\b"
                        r"|\b(gettimeofday|clock_gettime|localtime|localtime_r|strftime)\s*\(|\bstd::time\s*\("
                        r"|(?<![\w.:>])time\s*\(\s*(nullptr|NULL|0)\s*\)")
MONOTONIC = re.compile(r"\bsteady_clock::now\b")
RANDOM = re.compile(r"\b(random_device|mt19937(_64)?|default_random_engine|minstd_rand0?|RAND_bytes|RAND_priv_bytes"
                    r"|getrandom|getentropy|arc4random\w*|drand48)\b|\b(std::)?s?rand\s*\(|/dev/u?random")
WALL_CLOCK_MAY = re.compile(r"^src/(base/(clock|time)|db/|log/)")
RANDOM_MAY = re.compile(r"^src/(base/(ids|clock)|crypto/)")
FEATURES_FROM = "identity"

MONEY = re.compile(r"^src/(base/(money|rate|currency)[^/]*|earnings/.*|ledger/.*|partners/.*)$")
FLOATING = re.compile(r"\b(float|double)\b|(?<![\w.\"])\d[\d']*\.\d+f?\b"
                      r"|\bstd::(l?l?round|floor|ceil|pow|stod|stof|lrint)\b")

WORDS = re.compile(r"\b(TODO|FIXME|HACK)\b|\bfor now\b", re.I)
CODE_WORDS = re.compile(r"\b(placeholder|not (yet )?implemented|to be implemented|stub(bed)?)\b", re.I)
VENDOR_FOLDERS = re.compile(r"(^|/)(vendor|vendored|third_party|thirdparty|3rdparty|extern|external)/")
MACHINE = re.compile(r"(?<![\w.}-])/(?:work|tmp|root|home/\w+|Users/\w+)(?=[/\s\"'`)\],:;]|$)")
TEMPORARY_IS_FINE = re.compile(r"\$\{TMPDIR:-/tmp\}")


def sources(root):
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if path.is_file() and not any(p in SKIPPED_FOLDERS for p in parts[:-1]) and path.suffix in TEXT:
            yield path, path.relative_to(root).as_posix()


def code_of(text):
    """C++ without comments and with emptied strings; line numbers stay."""
    def blank(match):
        kept = re.sub(r"[^\n]", " ", match.group(0))
        return '""' + kept[2:] if match.group(0)[0] in '"R' else kept
    return re.sub(r'R"(\w*)\(.*?\)\1"|"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/', blank, text, flags=re.S)


def comments_of(text):
    """C++ comments only, with line numbers kept."""
    out, at = [], 0
    for match in re.finditer(r'R"(\w*)\(.*?\)\1"|"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/', text, re.S):
        out.append(re.sub(r"[^\n]", " ", text[at:match.start()]))
        out.append(match.group(0) if match.group(0)[0] == "/" else re.sub(r"[^\n]", " ", match.group(0)))
        at = match.end()
    return "".join(out)


def hits(pattern, text):
    for number, line in enumerate(text.split("\n"), 1):
        match = pattern.search(line)
        if match:
            yield number, match.group(0).strip(), line


def layers(root):
    """Module to line number of src/layers.txt."""
    path = root / "src/layers.txt"
    lines = [line.split("#")[0].split() for line in path.read_text().splitlines()] if path.is_file() else []
    return {module: rank for rank, modules in enumerate(line for line in lines if line) for module in modules}


def features(ranks):
    """Modules of the first feature line and above, without app."""
    return {module for module, rank in ranks.items() if rank >= ranks.get(FEATURES_FROM, 0)} - {"app"}


def cpp_defects(name, text, feature_modules):
    code = code_of(text)
    is_test = name.startswith("tests/") or name.endswith("_test.cpp") or name.startswith("bench/")
    if not is_test:
        if not WALL_CLOCK_MAY.match(name):
            for number, what, _ in hits(WALL_CLOCK, code):
                yield number, "clock", f"{what} reads the clock: use tx.now() or Clock"
        if name.startswith("src/") and name.split("/")[1] in feature_modules:
            yield from ((n, "clock", "features see tx.now() only") for n, _, _ in hits(MONOTONIC, code))
        if not RANDOM_MAY.match(name):
            yield from ((n, "random", f"{what}: use tx.new_id or crypto") for n, what, _ in hits(RANDOM, code))
    if MONEY.match(name):
        yield from ((n, "floating", f"{what} in money code") for n, what, _ in hits(FLOATING, code))
    yield from ((n, "words", f"“{what}”") for n, what, _ in hits(CODE_WORDS, comments_of(text)))
    if name.endswith(".hpp"):
        lines = text.split("\n")
        if not lines[0].startswith("//"):
            yield 1, "header", "opens with what it is, who uses it, what it promises"
        first = next((line for line in lines if line.strip() and not line.startswith("//")), "")
        if first.strip() != "#pragma once":
            yield 1, "header", "#pragma once follows the opening comment"
    if len(text.splitlines()) > LINES:
        yield LINES + 1, "length", f"{len(text.splitlines())} lines: there are two things in it"


def text_defects(name, text):
    suffix = Path(name).suffix
    yield from ((number, "words", f"“{what}”") for number, what, _ in hits(WORDS, text))
    for number, what, _ in hits(MACHINE, TEMPORARY_IS_FINE.sub("", text)):
        yield number, "path", f"{what} is a path of one machine"
    if suffix in CPP or suffix in (".sql", ".py", ".sh"):
        in_sql = False
        for number, line in enumerate(text.split("\n"), 1):
            in_sql = in_sql or 'R"sql(' in line
            most = WIDE_COLUMNS if in_sql or suffix in (".py", ".sql") else COLUMNS
            if ')sql"' in line:
                in_sql = False
            if len(line) > most and not (suffix in CPP and LONG_TEXT.search(line)):
                yield number, "columns", f"{len(line)} columns"


def lockfile_defects(text):
    try:
        packages = json.loads(text).get("packages", {})
    except ValueError:
        yield 1, "lockfile", "is not JSON"
        return
    for key, package in packages.items():
        resolved = package.get("resolved", "")
        if resolved and not resolved.startswith("https://registry.npmjs.org/"):
            yield 1, "lockfile", f"{key} comes from elsewhere than the public registry"


def table_owners(root):
    """Table to module, from src/tables.txt: `module: table table …`."""
    path = root / "src/tables.txt"
    owners = {}
    for line in path.read_text().splitlines() if path.is_file() else []:
        module, _, tables = line.split("#")[0].partition(":")
        owners.update({table: module.strip() for table in tables.split()})
    return owners


def table_defects(name, text, owners, ranks):
    module = name.split("/")[1]
    for match in re.finditer(r"\b(from|join|into|update)\s+app\.(\w+)", text):
        word, table = match.groups()
        if word in ("from", "join") and re.match(r"\s*\(", text[match.end():]):
            continue  # a function, not a table
        lines = text[:match.start()].rsplit("\n", 2)
        if len(lines) > 1 and lines[-2].lstrip().startswith("-- table: "):
            continue  # an exception, with its reason
        owner = owners.get(table)
        reads = word == "join" or (word == "from" and not re.search(r"\bdelete\s*$", text[:match.start()]))
        below = ranks.get(owner, 0) < ranks.get(module, 0)
        if owner is None:
            what = "is not in src/tables.txt"
        elif owner == module or (reads and (below or module == "analytics")):
            continue
        else:
            what = f"belongs to {owner}"
        yield text.count("\n", 0, match.start()) + 1, "table", f"{table} {what}"


def check(root):
    """All defects of a tree, as `file:line: rule: what`."""
    root = Path(root)
    ranks, owners, defects = layers(root), table_owners(root), []
    feature_modules = features(ranks)
    for path, name in sources(root):
        found = []
        if VENDOR_FOLDERS.search(name):
            found.append((1, "vendor", "third-party code is a package, not a copy"))
        if path.name == "package-lock.json":
            found += lockfile_defects(path.read_text(encoding="utf-8"))
        elif name not in SKIPPED_FILES and path.stat().st_size < 2_000_000:
            text = path.read_text(encoding="utf-8", errors="replace")
            found += text_defects(name, text)
            if path.suffix in CPP:
                found += cpp_defects(name, text, feature_modules)
            if owners and path.suffix == ".cpp" and name.startswith("src/") and not name.endswith("_test.cpp"):
                found += table_defects(name, text, owners, ranks)
        defects += [f"{name}:{line}: {rule}: {what}" for line, rule, what in found]
    return defects


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    defects = check(root)
    for defect in defects:
        print(defect)
    return 1 if defects else 0


if __name__ == "__main__":
    sys.exit(main())
