"""login, logout and profiles: which credential a command uses, and where it is stored."""

import os
import stat

import boxctl
from boxctl import emulator

NO_ADDRESS = {"BOXD_API_URL": None, "BOXD_BASE_URL": None, "BOXD_EXCHANGE_URL": None}


class Profiles(boxctl.Case):
    def setUp(self):
        self.env = {"BOXD_API_KEY": None, "XDG_CONFIG_HOME": os.path.join(self.configuration, self.id())}
        self.folder = os.path.join(self.env["XDG_CONFIG_HOME"], "boxd")

    def run_with(self, *words, code=0, **env):
        return self.boxctl(*words, code=code, env={**self.env, **env}).decode()

    def refused(self, code, *words, say, **env):
        self.fails(code, *words, say=say, env={**self.env, **env})

    def login(self, *words, key=None, code=0, **env):
        return self.boxctl("login", *words, input=(key or self.emulator.api_key).encode() + b"\n", code=code, env={**self.env, **env})

    def test_login_and_logout(self):
        self.refused(4, "ls", say="there is no credential; run `boxctl login`")
        self.assertEqual(self.login(), b"default: logged in as Emulator User\n")
        file = os.path.join(self.folder, "profiles", "default")
        for path, mode in ((self.folder, 0o700), (os.path.dirname(file), 0o700), (file, 0o600)):
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), mode, path)
        self.run_with("ls", **NO_ADDRESS)  # the address is a part of the profile
        self.assertIn("profile default", self.run_with("whoami", **NO_ADDRESS))
        self.assertEqual(self.run_with("logout"), "default: logged out\n")
        self.assertFalse(os.path.exists(file))
        self.refused(3, "logout", say="there is no profile \"default\"")
        self.refused(4, "ls", say="there is no credential")

    def test_wrong_key_is_not_stored(self):
        self.login(key="wrong", code=4)
        self.assertIn("the API key in the input of `boxctl login` (401)", self.err)
        self.login(key=" ", code=2)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "profiles", "default")))
        self.refused(2, "login", "--profile", "../x", say="invalid name of a profile")
        self.refused(2, "login", "the-key", say="unexpected argument")

    def test_token(self):
        self.login("--token", key=self.emulator.token())
        self.run_with("ls", **NO_ADDRESS)
        self.assertIn(" token ", self.run_with("profile", "ls"))

    def test_which_profile(self):
        """--profile, then the variables of a credential, then BOXD_PROFILE, then the current profile."""
        key, used = {"BOXD_API_KEY": self.emulator.api_key}, {}
        for name in ("default", "one", "two"):
            self.login("--profile", name)
        def source(*words, **env):
            return [line.split(":")[1].strip() for line in self.run_with("whoami", *words, **env).splitlines() if line.startswith("cred")][0]
        self.assertEqual(source(), "profile default")
        self.run_with("profile", "use", "one")
        self.assertEqual(source(), "profile one")
        self.assertEqual(source(BOXD_PROFILE="two"), "profile two")
        self.assertEqual(source(BOXD_PROFILE="two", **key), "BOXD_API_KEY")
        self.assertEqual(source("--profile", "default", BOXD_PROFILE="two", **key), "profile default")
        self.assertEqual([line.split()[:2] for line in self.run_with("profile", "ls").splitlines()[1:]],
                         [["default", "no"], ["one", "yes"], ["two", "no"]])
        self.run_with("logout")  # of the current profile, which is then "default" again
        self.assertEqual(source(), "profile default")
        for words, env in ((("--profile", "none"), {}), ((), {"BOXD_PROFILE": "none"})):
            self.refused(3, "ls", *words, say="there is no profile \"none\"; run `boxctl login --profile none`", **env)
            self.refused(125, "exec", *words, "x", "ls", say="there is no profile \"none\"", **env)
        self.refused(3, "profile", "use", "none", say="there is no profile \"none\"")
        self.boxctl("login", input=self.emulator.api_key.encode(), env={**self.env, **key})
        self.assertIn("BOXD_API_KEY is set and takes precedence", self.err)

    def test_credential_goes_only_to_its_service(self):
        self.login()
        other = f"http://127.0.0.1:{emulator.dead_port()}"
        for words, env in ((("--api-url", other), {}), ((), {"BOXD_API_URL": other}), ((), {"BOXD_EXCHANGE_URL": other + "/token"}),
                           ((), {"BOXD_ENVIRONMENT": "staging"})):
            self.refused(2, "ls", *words, say="is for another service than", **env)
        self.run_with("ls", "--api-url", self.emulator.api_url + "/")
        self.run_with("ls", "--profile", "default", BOXD_API_URL=other, BOXD_EXCHANGE_URL=other)  # variables have no effect

    def test_files_that_are_not_trusted(self):
        self.login()
        file = os.path.join(self.folder, "profiles", "default")
        for mode in (0o640, 0o604, 0o622):
            os.chmod(file, mode)
            self.refused(4, "ls", say=f"can be used by others (mode {mode:03o}): run chmod 600 {file}")
        self.assertIn("chmod 600", self.run_with("profile", "ls"))
        os.chmod(file, 0o600)
        with open(file, "a", encoding="utf-8") as text:
            text.write("nonsense = 1\n")
        self.refused(4, "ls", say="unknown line: nonsense")
        self.assertEqual([row["status"] for row in self.json("doctor", code=1, env=self.env)][0], "failed")
        os.remove(file)
        os.mkdir(file)
        self.refused(4, "ls", say="is not a file")

    def test_home(self):
        """Without XDG_CONFIG_HOME the folder is in ~/.config."""
        env = {"XDG_CONFIG_HOME": None, "HOME": self.folder}
        os.makedirs(self.folder)
        self.login(**env)
        self.run_with("ls", **env)
        self.assertTrue(os.path.exists(os.path.join(self.folder, ".config", "boxd", "profiles", "default")))
        self.login(code=1, XDG_CONFIG_HOME=None, HOME=None)
        self.assertIn("set HOME or XDG_CONFIG_HOME", self.err)


if __name__ == "__main__":
    emulator.run(__name__)
