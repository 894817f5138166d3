"""The token that runs of boxctl share: how many exchanges they make, and what turns it off."""

import os
import tempfile

import boxctl
from boxctl import emulator


class TokenCache(boxctl.Case):
    def setUp(self):
        self.cache = self.enterContext(tempfile.TemporaryDirectory())
        self.emulator.clear_log()

    def exchanges(self):
        return len(self.emulator.calls("POST /api/v1/auth/token"))

    def files(self):
        directory = os.path.join(self.cache, "boxd")
        return os.listdir(directory) if os.path.exists(directory) else []

    def test_script(self):
        """60 calls make one exchange: the service allows about 30 in a minute."""
        for _ in range(20):
            self.boxctl("whoami")
            self.boxctl("ls")
            self.fails(3, "show", "none-such", say="none-such")
        self.assertEqual(self.exchanges(), 1)
        (name,) = self.files()
        path = os.path.join(self.cache, "boxd", name)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        with open(path) as file:
            self.assertNotIn(self.emulator.api_key, file.read())

    def test_processes_together(self):
        runs = [self.start("ls") for _ in range(8)]
        for run in runs:
            run.communicate(timeout=boxctl.RUN_LIMIT_SECS)
            self.assertEqual(run.returncode, 0)
        self.assertEqual(self.exchanges(), 1)

    def test_off(self):
        self.boxctl("ls", "--no-token-cache")
        self.boxctl("ls", env={"BOXD_NO_TOKEN_CACHE": "1"})
        self.assertEqual((self.exchanges(), self.files()), (2, []))

    def test_refused_token(self):
        self.boxctl("ls")
        self.emulator.expire_all_tokens()
        self.boxctl("ls")
        self.boxctl("ls")
        self.assertEqual(self.exchanges(), 2)

    def test_refused_key(self):
        self.fails(4, "ls", say="rejected the API key", env={"BOXD_API_KEY": "wrong"})
        self.assertEqual(self.files(), [])

    def test_login_and_logout(self):
        """login tries the key itself; logout removes the tokens."""
        with tempfile.TemporaryDirectory() as configuration:
            env = {"XDG_CONFIG_HOME": configuration, "BOXD_API_KEY": None}
            key = self.emulator.api_key.encode()
            self.boxctl("login", input=key, env=env)
            self.boxctl("ls", env=env)
            self.boxctl("login", input=key, env=env)
            self.boxctl("ls", env=env)
            self.assertEqual((self.exchanges(), len(self.files())), (3, 1))
            with open(os.path.join(self.cache, "boxd", self.files()[0] + ".new"), "w", encoding="ascii"):
                pass  # of a run that crashed
            self.boxctl("logout", env=env)
            self.assertEqual(self.files(), [])

    def test_no_directory(self):
        """The calls succeed; -v says why each of them exchanges the key."""
        for variables, reason in (({"XDG_CACHE_HOME": None, "HOME": None}, "there is no token cache"),
                                  ({"XDG_CACHE_HOME": "/proc/none"}, "the token cache in /proc/none/boxd: ")):
            self.boxctl("ls", env=variables)
            self.assertEqual(self.err, "")
            self.boxctl("ls", "-v", env=variables)
            self.assertEqual(self.err.count(f"boxctl: warning: {reason}"), 1, self.err)
        self.assertEqual(self.exchanges(), 4)

    def test_doctor(self):
        """It tests the key itself, and says what it knows about the directory."""
        def row(*words, **variables):
            return {row["check"]: row for row in self.json("doctor", *words, env=variables)}["token-cache"]

        directory = os.path.join(self.cache, "boxd")
        self.assertEqual(row()["detail"], f"{directory}, made with the first token")
        self.boxctl("ls")
        self.assertEqual((row()["status"], row()["detail"]), ("ok", directory))
        self.assertEqual(row("--no-token-cache")["status"], "skipped")
        self.assertEqual(self.exchanges(), 5)
        os.chmod(directory, 0o777)
        self.assertIn("others may not write to", row()["detail"])


if __name__ == "__main__":
    emulator.run(__name__)
