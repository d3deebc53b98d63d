import tempfile
import unittest
from pathlib import Path

import tidy


class Batches(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        tidy.ROOT, self.root = Path(self.folder.name), tidy.ROOT

    def tearDown(self):
        tidy.ROOT = self.root
        self.folder.cleanup()

    def entry(self, name, text, flags="-O2"):
        path = Path(self.folder.name) / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return {"file": str(path), "command": f"clang++ {flags} -o a.o -c {path}", "directory": self.folder.name}, None

    def names(self, *work):
        return [[Path(entry["file"]).name for entry, _ in batch] for batch in tidy.batches(list(work))]

    def test_what_two_sources_of_a_module_declare_keeps_them_apart(self):
        one = self.entry("a/one.cpp", "struct Row {\n};\nconst db::Query<Row(int)>\n    kRows{\"a\"};\n")
        two = self.entry("a/two.cpp", "const db::Query<int()> kRows{\"b\"};\n")
        three = self.entry("a/three.cpp", "struct Row {};\n")
        other = self.entry("b/four.cpp", "struct Row {};\nTask<int> list(db::Tx& tx) {\n}\n")
        five = self.entry("b/five.cpp", "int list();\n")
        self.assertEqual(self.names(one, two, three, other, five),
                         [["one.cpp", "four.cpp"], ["two.cpp", "three.cpp", "five.cpp"]])

    def test_flags_and_the_size_of_a_batch(self):
        few = [self.entry(f"a/{n}.cpp", f"int a{n};\n") for n in range(tidy.BATCH + 1)]
        self.assertEqual([len(batch) for batch in self.names(*few)], [tidy.BATCH, 1])
        self.assertEqual(len(self.names(self.entry("a/x.cpp", ""), self.entry("a/y.cpp", "", "-O0"))), 2)


if __name__ == "__main__":
    unittest.main()
