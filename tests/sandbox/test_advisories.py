from __future__ import annotations

import pytest

from sandbox.advisories import describe, known

LEAK = "CVE-2024-21626"
OF_2025 = {"CVE-2025-31133", "CVE-2025-52565", "CVE-2025-52881"}


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.0.0-rc93", {LEAK} | OF_2025),
        ("0.1.1", {"CVE-2021-30465", LEAK} | OF_2025),
        ("1.1.11", {LEAK} | OF_2025),
        ("1.1.12", OF_2025),
        ("1.2.7", OF_2025),
        ("1.2.8", set()),
        ("1.3.2", OF_2025),
        ("1.3.3", set()),
        ("1.4.0", set()),
        ("v1.5.1", set()),
        ("2.0.0", set()),
        ("unknown", set()),
    ],
)
def test_versions_of_runc(version: str, expected: set[str]) -> None:
    assert {each.name for each in known("runc", version)} == expected


def test_another_component_has_none_of_them() -> None:
    assert known("crun", "1.0.0") == ()


def test_what_people_are_told() -> None:
    assert describe("runc", "1.3.3", "v1.3.3-0-gd842d771") == "1.3.3"
    told = describe("runc", "1.1.11", "4bccb38cc9cf198d52bebf2b3a90cd14e7af8c06")
    assert told.startswith("1.1.11 is known to be vulnerable: CVE-2024-21626, CVE-2025-31133")
    assert told.endswith("upgrade to 1.4.0 or later")
    told = describe("runc", "1.1.5+ds1", "1.1.5+ds1-1+deb12u1")
    assert told.startswith("1.1.5+ds1 (1.1.5+ds1-1+deb12u1); upstream's release of that number has CVE-2024-21626")
