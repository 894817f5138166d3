"""report.py CTEST_XML ROOT: what passed, failed and was left out, for inside.sh."""

import sys
import xml.etree.ElementTree as ElementTree

LEFT_OUT = {
    "newest": "the labels other than unit and e2e: they test the sources, the installation, the emulator with published Python "
              "clients, and programs; none of them depends on the versions of gRPC and libcurl",
    "i386": "all labels but unit: the other tests run on one architecture, and i386 shows what differs, the sizes of types",
    "s390x": "all labels but unit, and the unit tests of system calls that qemu refuses or answers in the order of bytes of this machine",
}


def main():
    cases = list(ElementTree.parse(sys.argv[1]).getroot().iter("testcase"))
    by_state = {"passed": [], "failed": [], "skipped": []}
    for case in cases:
        state = {"run": "passed", "fail": "failed"}.get(case.get("status"), "skipped")
        by_state[state].append(case)
    for case in by_state["failed"]:
        print(f"  failed: {case.get('name')}")
    for case in by_state["skipped"]:
        output = (case.findtext("system-out") or "").strip().splitlines()
        print(f"  left out: {case.get('name')}: {output[-1] if output else 'it gave no reason'}")
    print(f"  left out: {LEFT_OUT[sys.argv[2]]}")
    print(f"{len(by_state['passed'])} passed, {len(by_state['failed'])} failed, {len(by_state['skipped'])} skipped")
    return 0 if by_state["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
