"""Which bills may a reader of the dashboard name? Never any file of a server that others reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from finops.dashboard import inputs
from finops.dashboard.inputs import Access
from finops.errors import FileUnreadable

PRIVATE = Access(root="", is_private=True)


def test_only_what_lies_below_the_named_folder_is_read(tmp_path: Path) -> None:
    root, beside = tmp_path / "bills", tmp_path / "bills2"
    (root / "2026").mkdir(parents=True)
    (root / "2026" / "09.csv").write_text("x")
    beside.mkdir()
    (beside / "secret.csv").write_text("x")
    allowed = Access(root=str(root), is_private=True)
    assert allowed.checked("2026") == str(root / "2026")
    assert allowed.checked(str(root / "2026" / "09.csv")) == str(root / "2026" / "09.csv")
    for elsewhere in (str(beside), "../bills2", "/etc/passwd", "/", f"{root}/../bills2/none.csv"):
        with pytest.raises(FileUnreadable, match="bills come from below"):
            allowed.checked(elsewhere)
    (root / "link").symlink_to(beside)
    with pytest.raises(FileUnreadable, match="bills come from below"):
        allowed.checked("link")
    with pytest.raises(FileUnreadable, match="link: this link leads out of"):
        allowed.checked(str(root))
    with pytest.raises(FileUnreadable, match="Here bills come from a folder of this server"):
        allowed.checked("s3://bucket/bill/")
    with pytest.raises(FileUnreadable, match="cannot be read"):
        allowed.checked("20\x0026")


def test_links_that_stay_inside_are_followed_but_not_for_ever(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    (root / "deep").mkdir()
    (root / "deep" / "up").symlink_to(root)
    assert Access(root=str(root), is_private=False).checked("deep") == str(root / "deep")


def test_only_keys_below_the_named_prefix_are_read() -> None:
    allowed = Access(root="s3://bucket/bills/", is_private=False)
    assert allowed.checked("S3://bucket/bills/2026/") == "s3://bucket/bills/2026/"
    assert allowed.checked("s3://bucket/bills") == "s3://bucket/bills"
    for elsewhere in ("s3://bucket/bills2/", "s3://bucket/", "s3://other/bills/"):
        with pytest.raises(FileUnreadable, match="bills come from below s3://bucket/bills/"):
            allowed.checked(elsewhere)
    with pytest.raises(FileUnreadable, match="expected s3://bucket/prefix"):
        allowed.checked("s3://bucket/bills/../other/")
    with pytest.raises(FileUnreadable, match="Here bills come from a prefix in S3"):
        allowed.checked("/etc/passwd")


def test_on_its_own_machine_any_place_may_be_named(tmp_path: Path) -> None:
    assert PRIVATE.checked(str(tmp_path)) == str(tmp_path.resolve())
    assert PRIVATE.checked("s3://bucket/") == "s3://bucket/"
    for wrong in ("https://example.com/bill.csv", "s3://"):
        with pytest.raises(FileUnreadable, match="expected"):
            PRIVATE.checked(wrong)


@pytest.mark.parametrize(
    ("address", "hosts", "headers", "is_private"),
    [
        ("127.0.0.1", ["localhost", "127.0.0.1"], {}, True),
        ("localhost", ["localhost"], {}, True),
        (None, ["localhost"], {}, False),
        ("0.0.0.0", ["localhost"], {}, False),
        ("127.0.0.1", [], {}, False),
        ("127.0.0.1", ["finops.example.com"], {}, False),
        ("127.0.0.1", ["localhost"], {"X-Forwarded-For": "192.0.2.1"}, False),
    ],
)
def test_what_makes_a_dashboard_private(
    monkeypatch: pytest.MonkeyPatch,
    address: str | None,
    hosts: list[str],
    headers: dict[str, str],
    is_private: bool,
) -> None:
    options = {"server.address": address, "server.allowedHosts": hosts}
    monkeypatch.setattr(inputs.st, "get_option", options.__getitem__)
    monkeypatch.setattr(type(inputs.st.context), "headers", headers)
    monkeypatch.setenv("FINOPS_BILLS", " /bills ")
    assert inputs.access() == Access(root="/bills", is_private=is_private)
