#!/usr/bin/env python3
"""Refuse every #include that the layers do not allow.

Reads src/layers.txt (lowest line first) and each .hpp and .cpp under src. Rules, from docs/architecture.md section 2:

  layer     a module includes modules of earlier lines only; never its own line's others, never a later line
  feature   of a module of the line of `identity` or above others see ids.hpp, events.hpp and api.hpp only;
            app also sees module.hpp
  vendor    a vendor's headers stay in the modules that own the vendor
  path      our headers are included by their full path from src, and exist
  unknown   every folder of src is a module of layers.txt

Files named *_test.cpp and everything under tests/ may include whatever they need to see. Prints one line per defect,
`file:line: rule: what`, and exits 1 when there is any.
"""
import re
import sys
from pathlib import Path

FIRST_FEATURE = "identity"
SHOWN_BY_FEATURES = {"ids.hpp", "events.hpp", "api.hpp"}
SHOWN_TO_APP = SHOWN_BY_FEATURES | {"module.hpp"}

# Header pattern, who may include it (regular expressions on the path below src), the vendor's name.
VENDORS = [
    (r"^boost/beast(/|\.hpp)", [r"^http/", r"^net/"], "Boost.Beast"),
    (r"^(libpq-fe\.h|libpq/|postgresql/)", [r"^db/"], "libpq"),
    (r"^spdlog/", [r"^log/"], "spdlog"),
    (r"^(openssl/|boost/asio/ssl)", [r"^crypto/", r"^net/", r"^http/server[^/]*$"], "OpenSSL"),
    (r"^curl/", [r"^net/"], "libcurl"),
    (r"^argon2", [r"^crypto/"], "Argon2"),
    (r"^cjose/", [r"^crypto/"], "cjose"),
    (r"^simdjson", [r"^base/"], "simdjson"),
    (r"^(CLI/|CLI11)", [r"^app/"], "CLI11"),
    (r"^toml(\+\+|\.hpp|plusplus)", [r"^app/"], "toml++"),
    (r"^(png|turbojpeg)", [r"^files/"], "libpng, libjpeg-turbo"),
    (r"^re2/", [r"^attribution/"], "RE2"),
    (r"^libxml/", [r"^payouts/"], "libxml2"),
    (r"^(cairo|pango|archive)", [r"^documents/"], "cairo, pango, libarchive"),
    (r"^(gtest|gmock)/", [], "googletest"),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def read_layers(path):
    """Module name to line number (0 is the lowest), from layers.txt."""
    order = {}
    lines = [line.split("#")[0].split() for line in path.read_text().splitlines()]
    for rank, modules in enumerate(line for line in lines if line):
        for module in modules:
            if module in order:
                raise SystemExit(f"{path}: module {module} is named twice")
            order[module] = rank
    return order


def includes(path):
    """(line number, bracket, header) of each #include outside block comments."""
    text = path.read_text(encoding="utf-8", errors="replace")
    text = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group(0)), text, flags=re.S)
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1), match.group(2)


def vendor_defect(below, header):
    for pattern, allowed, vendor in VENDORS:
        if re.search(pattern, header):
            if not any(re.search(place, below) for place in allowed):
                return f"vendor: {header} ({vendor}) does not belong in src/{below}"
    return None


def own_defect(root, order, below, header):
    """What is wrong with an include of one of our headers, or None."""
    module = below.split("/")[0]
    if not (root / "src" / header).is_file():
        return f'path: "{header}" is no file under src; include by the full path from src'
    target = header.split("/")[0]
    if target == module:
        return None
    if target not in order:
        return f"unknown: {target} is not in src/layers.txt"
    if order[target] >= order[module]:
        return f"layer: {module} (line {order[module] + 1}) may not include {target} (line {order[target] + 1})"
    if order[target] >= order[FIRST_FEATURE]:
        shown = SHOWN_TO_APP if module == "app" else SHOWN_BY_FEATURES
        if header[len(target) + 1:] not in shown:
            return f"feature: {target} shows only {', '.join(sorted(shown))}, not {header}"
    return None


def check(root):
    """All defects of a tree, as `file:line: rule: what`."""
    root = Path(root)
    order = read_layers(root / "src/layers.txt")
    defects = []
    for path in sorted((root / "src").rglob("*")):
        if path.suffix not in (".hpp", ".cpp", ".h") or path.name.endswith("_test.cpp"):
            continue
        below = path.relative_to(root / "src").as_posix()
        if below.split("/")[0] not in order:
            defects.append(f"src/{below}:1: unknown: its folder is not in src/layers.txt")
            continue
        for line, bracket, header in includes(path):
            what = vendor_defect(below, header)
            if what is None and bracket == '"':
                what = own_defect(root, order, below, header)
            if what:
                defects.append(f"src/{below}:{line}: {what}")
    return defects


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    defects = check(root)
    for defect in defects:
        print(defect)
    return 1 if defects else 0


if __name__ == "__main__":
    sys.exit(main())
