"""count.py sees failed cases and programs that died."""
import unittest

import count
from tree import TreeTest

GTEST = """<testsuites><testsuite>
<testcase name="a" status="run" result="completed"/>
<testcase name="b" status="run" result="completed">{0}</testcase>
<testcase name="c" status="notrun" result="suppressed"/>
</testsuite></testsuites>"""


class Count(TreeTest):
    def result(self, program_status, case, program="base"):
        self.write("ctest.xml", f'<testsuite><testcase name="base" status="{program_status}"/></testsuite>')
        self.write(f"results/tandem_{program}_test.xml", GTEST.format(case))
        return count.count(self.root / "ctest.xml", self.root / "results")

    def test_good(self):
        self.assertEqual(self.result("run", ""), (2, 0))

    def test_failed_case(self):
        self.assertEqual(self.result("fail", '<failure message="x"/>'), (1, 1))

    def test_failed_after_its_cases(self):
        self.assertEqual(self.result("fail", ""), (2, 1))

    def test_died_before_writing(self):
        self.assertEqual(self.result("fail", "", "other"), (0, 1))

    def test_not_built(self):
        self.assertEqual(self.result("notrun", "", "other"), (0, 1))


if __name__ == "__main__":
    unittest.main()
