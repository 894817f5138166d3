"""Conan 2 recipe of boxd for C."""

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy, get, rmdir
from conan.tools.gnu import PkgConfigDeps

LOOPS = {"libuv": "libuv/[>=1.40 <2]", "libevent": "libevent/[>=2.1 <3]", "glib": "glib/[>=2.56 <3]", "libev": "libev/[>=4.24 <5]",
         "sdevent": "libsystemd/[>=247]", "qt": "qt/[>=6.2 <7]"}


class BoxdConan(ConanFile):
    name = "boxd"
    description = "Client of boxd (virtual machines, called boxes) and Drukbox for C, with blocking calls and callbacks"
    license = "MIT"
    homepage = "https://boxd.sh"
    topics = ("boxd", "drukbox", "virtual-machine", "sandbox", "grpc")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], **{f"with_{loop}": [True, False] for loop in LOOPS}}
    default_options = {"shared": True, **{f"with_{loop}": False for loop in LOOPS}}
    languages = "C"

    def layout(self):
        cmake_layout(self, src_folder="src")

    def validate(self):
        if self.settings.os != "Linux":
            raise ConanInvalidConfiguration("boxd for C supports Linux")
        if self.settings.get_safe("compiler.libc") == "musl":
            raise ConanInvalidConfiguration("boxd for C supports glibc")

    def requirements(self):
        self.requires("grpc/[>=1.51 <2]")
        self.requires("protobuf-c/[>=1.4 <2]", transitive_headers=True)
        self.requires("libcurl/[>=7.87 <9]")
        self.requires("jansson/[>=2.13 <3]")
        for loop in self.loops():
            self.requires(LOOPS[loop])

    def build_requirements(self):
        self.tool_requires("cmake/[>=3.25]")
        self.tool_requires("protobuf-c/<host_version>")
        if not self.conf.get("tools.gnu:pkg_config", check_type=str):
            self.tool_requires("pkgconf/[>=2 <3]")

    def loops(self):
        return [loop for loop in LOOPS if self.options.get_safe(f"with_{loop}")]

    def source(self):
        get(self, **self.conan_data["sources"][self.version], strip_root=True)

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["BOXD_BUILD_TESTS"] = False
        toolchain.cache_variables["BOXD_BUILD_EXAMPLES"] = False
        toolchain.cache_variables["BOXD_ADAPTERS"] = ";".join(self.loops())
        toolchain.generate()
        PkgConfigDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, f"{self.package_folder}/licenses")
        CMake(self).install()
        for folder in ("lib/cmake", "lib/pkgconfig", "share/doc"):
            rmdir(self, f"{self.package_folder}/{folder}")
        unwanted = "*.a" if self.options.shared else "*.so*"
        self.run(f"find lib -name '{unwanted}' ! -name libboxd-rpc.a -delete", cwd=self.package_folder)

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "boxd")
        self.library("common", "boxd-common", [], [])
        self.library("async", "boxd-async", ["common"],
                     ["grpc::_grpc", "protobuf-c::protobuf-c",
                      "libcurl::libcurl", "jansson::jansson"])
        self.library("boxd", "boxd", ["async"], [])
        self.library("rpc", "boxd-rpc", ["async"], ["protobuf-c::protobuf-c"])
        self.library("drukbox-async", "drukbox-async", ["common"], ["libcurl::libcurl", "jansson::jansson"])
        self.library("drukbox", "drukbox", ["drukbox-async"], [])
        for loop in self.loops():
            self.library(loop, f"boxd-{loop}", ["async"], [f"{loop}::{loop}"])
            self.library(f"drukbox-{loop}", f"drukbox-{loop}", ["drukbox-async"], [f"{loop}::{loop}"])

    def library(self, component, file, ours, others):
        info = self.cpp_info.components[component]
        info.set_property("cmake_target_name", f"boxd::{component}")
        info.set_property("pkg_config_name", file)
        info.libs = [file]
        info.requires = [*ours, *others]
        info.system_libs = ["m", "pthread"]
