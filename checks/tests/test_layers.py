"""layers.py finds each seeded defect, and nothing in a good tree."""
import unittest

import layers
from tree import TreeTest

LAYERS = "# lowest first\nbase\nlog crypto\ndb net\nhttp\nidentity\nledger partners\nearnings\napp\n"
GOOD = {
    "src/base/money.hpp": "#pragma once\n#include <cstdint>\n",
    "src/base/json.cpp": '#include "base/money.hpp"\n#include <simdjson.h>\n',
    "src/log/log.hpp": '#include <spdlog/spdlog.h>\n#include "base/money.hpp"\n',
    "src/crypto/token.hpp": "#include <openssl/evp.h>\n",
    "src/db/tx.hpp": '#include <libpq-fe.h>\n#include "log/log.hpp"\n',
    "src/http/server.cpp": '#include <boost/beast/http.hpp>\n#include <openssl/ssl.h>\n#include "db/tx.hpp"\n',
    "src/ledger/api.hpp": '#include "db/tx.hpp"\n',
    "src/ledger/module.hpp": "",
    "src/ledger/flows.hpp": "",
    "src/ledger/flows.cpp": '#include "ledger/flows.hpp"\n',
    "src/partners/ids.hpp": "",
    "src/earnings/earnings.cpp": '#include "ledger/api.hpp"\n#include "partners/ids.hpp"\n',
    "src/earnings/earnings_test.cpp": '#include <gtest/gtest.h>\n#include "ledger/flows.hpp"\n',
    "src/app/main.cpp": '#include <CLI/CLI.hpp>\n#include "ledger/module.hpp"\n/*\n#include "gone.hpp"\n*/\n',
}
DEFECTS = [
    ("src/base/x.hpp", '#include "db/tx.hpp"\n', "layer"),
    ("src/log/x.hpp", '\n  #  include "crypto/token.hpp"\n', "layer"),
    ("src/ledger/x.cpp", '#include "partners/ids.hpp"\n', "layer"),
    ("src/http/x.cpp", '#include "ledger/api.hpp"\n', "layer"),
    ("src/earnings/x.cpp", '#include "ledger/flows.hpp"\n', "feature"),
    ("src/earnings/x.cpp", '#include "ledger/module.hpp"\n', "feature"),
    ("src/app/x.cpp", '#include "ledger/flows.hpp"\n', "feature"),
    ("src/partners/x.cpp", "#include <boost/beast/core.hpp>\n", "vendor"),
    ("src/partners/x.cpp", "#include <libpq-fe.h>\n", "vendor"),
    ("src/app/x.cpp", "#include <libpq-fe.h>\n", "vendor"),
    ("src/db/x.cpp", "#include <spdlog/spdlog.h>\n", "vendor"),
    ("src/http/router.cpp", "#include <openssl/ssl.h>\n", "vendor"),
    ("src/http/x.cpp", "#include <simdjson.h>\n", "vendor"),
    ("src/base/x.cpp", "#include <CLI/CLI.hpp>\n", "vendor"),
    ("src/db/x.cpp", "#include <toml++/toml.h>\n", "vendor"),
    ("src/db/x.cpp", "#include <gtest/gtest.h>\n", "vendor"),
    ("src/db/x.cpp", '#include "tx.hpp"\n', "path"),
    ("src/db/x.cpp", '#include "../db/tx.hpp"\n', "path"),
    ("src/extra/x.cpp", "\n", "unknown"),
]


class Layers(TreeTest):
    def setUp(self):
        super().setUp()
        self.write("src/layers.txt", LAYERS)
        for path, text in GOOD.items():
            self.write(path, text)

    def test_good_tree_is_clean(self):
        self.assertEqual(layers.check(self.root), [])

    def test_each_defect_is_found(self):
        for path, text, rule in DEFECTS:
            with self.subTest(path=path, text=text):
                self.write(path, text)
                self.assert_finds(layers.check(self.root), path + ":", rule)
                (self.root / path).unlink()


if __name__ == "__main__":
    unittest.main()
