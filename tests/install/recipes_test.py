#!/usr/bin/env python3
"""The recipes for vcpkg, Conan and Homebrew, filled in as for a release, have no error of syntax, and the facts that they share with
the build are the same: the version, the loops, the oldest versions of libraries.

usage: recipes_test.py
"""

import ast
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True  # leaves no cache beside the sources
ROOT = pathlib.Path(__file__).resolve().parents[2]


class Recipes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        archive = pathlib.Path(cls.folder.name, "archive")
        archive.write_text("the sources")
        subprocess.run([sys.executable, "-B", ROOT / "cmake/packaging/fill_recipes.py", "1.2.3",
                        "https://example.org/boxd-1.2.3.tar.gz", archive, cls.folder.name], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def read(self, name):
        text = pathlib.Path(self.folder.name, name).read_text()
        self.assertNotRegex(text, r"@[A-Z]+\d*@")
        return text

    def loops(self):
        return set(re.findall(r"^boxd_find_loop\((\w+) ", (ROOT / "cmake/adapters.cmake").read_text(), re.M))

    def oldest(self, package):
        return re.search(rf"{package}>=(\d+\.\d+)", (ROOT / "CMakeLists.txt").read_text())[1]

    def test_vcpkg(self):
        manifest = json.loads(self.read("vcpkg/vcpkg.json"))
        self.assertEqual(manifest["version"], "1.2.3")
        self.assertEqual(set(manifest["features"]), self.loops())
        oldest = {d["name"]: d["version>="] for d in manifest["dependencies"] if isinstance(d, dict) and "version>=" in d}
        self.assertTrue(oldest["curl"].startswith(self.oldest("libcurl")))
        self.assertTrue(oldest["protobuf-c"].startswith(self.oldest("libprotobuf-c")))
        port = self.read("vcpkg/portfile.cmake")
        self.assertRegex(port, r"SHA512 [0-9a-f]{128}\)")
        self.assertEqual(set(re.search(r"IN ITEMS ([a-z ]+)\)", port)[1].split()), self.loops())
        # CMake parses the file, whose commands do nothing here.
        names = set(re.findall(r"^(vcpkg_\w+)\(", port, re.M))
        stubs = "".join(f"function({name})\nendfunction()\n" for name in sorted(names))
        script = pathlib.Path(self.folder.name, "port.cmake")
        script.write_text("cmake_policy(VERSION 3.25)\n" + stubs + "set(CURRENT_PACKAGES_DIR /nonexistent)\n" + port)
        subprocess.run(["cmake", "-P", script], check=True)

    def test_conan(self):
        recipe = ast.parse(self.read("conan/conanfile.py"))
        self.assertIn("BoxdConan", [node.name for node in recipe.body if isinstance(node, ast.ClassDef)])
        loops = next(node.value for node in recipe.body if isinstance(node, ast.Assign) and node.targets[0].id == "LOOPS")
        self.assertEqual(set(ast.literal_eval(loops)), self.loops())
        self.assertIn(f"libcurl/[>={self.oldest('libcurl')} ", self.read("conan/conanfile.py"))
        self.assertRegex(self.read("conan/conandata.yml"), r'"1.2.3":\n    url: "https:.*"\n    sha256: "[0-9a-f]{64}"')

    def test_homebrew(self):
        formula = self.read("homebrew/boxd.rb")
        self.assertRegex(formula, r'sha256 "[0-9a-f]{64}"')
        loops = re.search(r"-DBOXD_ADAPTERS=([\w;]+)", formula)[1].split(";")
        self.assertLessEqual(set(loops), self.loops())
        for loop in loops:
            self.assertIn(f'depends_on "{loop}"', formula)
        if shutil.which("ruby"):
            subprocess.run(["ruby", "-c", pathlib.Path(self.folder.name, "homebrew/boxd.rb")], check=True, capture_output=True)


if __name__ == "__main__":
    result = unittest.TextTestRunner(stream=sys.stderr, verbosity=0).run(
        unittest.defaultTestLoader.loadTestsFromTestCase(Recipes))
    failures = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failures} passed, {failures} failed")
    sys.exit(1 if failures else 0)
