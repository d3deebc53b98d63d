#!/usr/bin/env python3
"""Makes crawlers.txt, one regular expression a line, from the JSON of the public list crawler-user-agents.

    src/attribution/assets/make_crawlers.py [--check] [FILE.json[.gz]]

FILE defaults to the copy of the shared data (TANDEM_SHARED, default ../shared). --check compares instead of writing.
"""
import gzip
import json
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
SHARED = pathlib.Path(os.environ.get("TANDEM_SHARED", HERE.parents[3] / "shared"))
HEAD = """\
# Patterns of known crawlers, monitors, previewers, scanners and HTTP libraries; case matters, found anywhere.
# A line that is '#' or begins with '# ' is a comment; every other line is one pattern, spaces included.
# Made by make_crawlers.py from https://github.com/monperrus/crawler-user-agents, state of 2 July 2026, under
#
# The MIT License (MIT)
#
# Copyright (c) 2017 Martin Monperrus
#
# Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
# documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
# rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to
# permit persons to whom the Software is furnished to do so, subject to the following conditions:
#
# The above copyright notice and this permission notice shall be included in all copies or substantial portions of
# the Software.
#
# THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
# WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
# COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
# OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
#
"""
COMMENTS = ("# ", "#\n")


def main(arguments):
    check = "--check" in arguments
    names = [a for a in arguments if a != "--check"]
    path = pathlib.Path(names[0]) if names else SHARED / "data/crawlers/crawler-user-agents.json.gz"
    packed = path.read_bytes()
    entries = json.loads(gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed)
    # "\/" is JavaScript's way of writing "/"; in other dialects it is the same character.
    patterns = [entry["pattern"].replace("\\/", "/") for entry in entries]
    if any("\n" in p or not p.isascii() or not p or (p + "\n").startswith(COMMENTS) for p in patterns):
        print("a pattern does not fit into the format of crawlers.txt", file=sys.stderr)
        return 1
    text = HEAD + "".join(pattern + "\n" for pattern in patterns)
    target = HERE / "crawlers.txt"
    if check:
        same = target.read_text(encoding="ascii") == text
        print("current" if same else "crawlers.txt is stale: run src/attribution/assets/make_crawlers.py")
        return 0 if same else 1
    target.write_text(text, encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
