"""style.py finds each seeded defect, and nothing in a good tree."""
import unittest

import style
from tree import TreeTest

HEADER = "// Money: what it is, who uses it, what it promises.\n#pragma once\n"
GOOD = {
    "src/layers.txt": "base\ncrypto\ndb\nhttp\nidentity\nledger partners\nanalytics\napp\n",
    "src/tables.txt": "ledger: accounts postings\npartners: partners\n",
    "src/base/money.hpp": HEADER + "// a half, 0.5, goes away from zero; double is forbidden\nconstexpr int kX = 1'000;\n",
    "src/base/clock.cpp": "auto now() { return std::chrono::system_clock::now(); }\n",
    "src/base/other.cpp": "double ratio = 0.5;\n",
    "src/crypto/token.cpp": "std::random_device device;\n",
    "src/http/server.cpp": "auto t = std::chrono::steady_clock::now();  // time() of a request\n",
    "src/ledger/ledger.cpp": 'const char* k = "select a from app.accounts where rate = 0.5 -- double";\n',
    "src/ledger/ledger_test.cpp": "auto t = std::chrono::system_clock::now();\n",
    "src/app/a.cpp": 'const char* k = "select id from app.partners join app.accounts, app.reconcile(1)";\n',
    "src/analytics/a.cpp": 'const char* k = "select id from app.partners";\n',
    "tests/x_test.cpp": 'char name[] = "dir.XXXXXX";\n',
    "checks/x.sh": 'dir=$(mktemp -d "${TMPDIR:-/tmp}/x.XXXXXX")\nlog=build/tmp/x; echo "$HOME/work/a"\n',
    "docs/x.md": "A fault stub answers late. `https://example.com/tmp/x`\n",
    "web/package-lock.json": '{"packages": {"a": {"resolved": "https://registry.npmjs.org/a/-/a-1.tgz"}}}',
    "node_modules/x/x.js": "// TODO\n",
}
DEFECTS = [
    ("src/http/x.cpp", "auto t = std::chrono::system_clock::now();\n", "clock"),
    ("src/http/x.cpp", "auto t = time(nullptr);\n", "clock"),
    ("src/http/x.cpp", "clock_gettime(CLOCK_REALTIME, &ts);\n", "clock"),
    ("src/partners/x.cpp", "auto t = std::chrono::steady_clock::now();\n", "clock"),
    ("src/http/x.cpp", "std::mt19937 engine;\n", "random"),
    ("src/http/x.cpp", "int v = rand();\n", "random"),
    ("src/http/x.cpp", "RAND_bytes(p, 16);\n", "random"),
    ("src/ledger/x.cpp", "double v = 1;\n", "floating"),
    ("src/ledger/x.cpp", "auto v = 0.05 * amount;\n", "floating"),
    ("src/partners/x.cpp", "float v;\n", "floating"),
    ("src/base/money_rules.cpp", "auto v = std::round(x);\n", "floating"),
    ("src/http/x.cpp", "// TODO: more\n", "words"),
    ("src/http/x.cpp", "// fixme\n", "words"),
    ("src/http/x.cpp", "// good enough for now\n", "words"),
    ("src/http/x.cpp", "// a placeholder\n", "words"),
    ("src/http/x.cpp", "// a stub\n", "words"),
    ("docs/y.md", "TODO write\n", "words"),
    ("migrations/1.sql", "-- FIXME\n", "words"),
    ("src/http/x.hpp", "#pragma once\n", "header"),
    ("src/http/x.hpp", "// What it is.\n#include <x>\n#pragma once\n", "header"),
    ("src/http/x.cpp", "x" * 111 + "\n", "columns"),
    ("src/http/x.cpp", "\n" * 501, "length"),
    ("vendor/x/x.cpp", "\n", "vendor"),
    ("src/third_party/x.cpp", "\n", "vendor"),
    ("tests/x.cpp", 'open("/tmp/x");\n', "path"),
    ("docs/y.md", "see `/work/shared`\n", "path"),
    ("checks/y.sh", "cd /home/me/tandem\n", "path"),
    ("web/package-lock.json", '{"packages": {"a": {"resolved": "http://mirror.example/a.tgz"}}}', "lockfile"),
    ("src/partners/x.cpp", '"select id from app.accounts"\n', "table"),
    ("src/analytics/x.cpp", '"insert into app.partners (id)"\n', "table"),
    ("src/app/x.cpp", '"delete from app.partners"\n', "table"),
    ("src/http/x.cpp", '"select id from app.partners"\n', "table"),
    ("src/app/x.cpp", '"select id from app.unheard_of"\n', "table"),
]


class Style(TreeTest):
    def setUp(self):
        super().setUp()
        for path, text in GOOD.items():
            self.write(path, text)

    def test_good_tree_is_clean(self):
        self.assertEqual(style.check(self.root), [])

    def test_each_defect_is_found(self):
        for path, text, rule in DEFECTS:
            with self.subTest(path=path, text=text):
                self.write(path, text)
                self.assert_finds(style.check(self.root), path + ":", rule)
                (self.root / path).unlink()


if __name__ == "__main__":
    unittest.main()
