"""What a client says about its file (contract §3; names that have been used for attacks)."""

import unicodedata

import pytest

from taskapp.attachments.claims import clean_content_type, clean_filename
from taskapp.core.errors import Invalid


@pytest.mark.parametrize(
    ("claimed", "kept"),
    [
        ("report.pdf", "report.pdf"),
        ("Übersicht, 東京 😀.txt", "Übersicht, 東京 😀.txt"),
        ("می‌خواهم.txt", "می‌خواهم.txt"),  # joined by a zero-width character that belongs there
        (unicodedata.normalize("NFD", "Überblick.txt"), "Überblick.txt"),
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("C:\\Documents\\tax.xls", "tax.xls"),
        ("..\\x", "x"),
        (".bashrc", ".bashrc"),
        ("  padded.txt ", "padded.txt"),
        ("a\r\nSet-Cookie: b=c.txt", "aSet-Cookie: b=c.txt"),
        ("nul\x00l.txt", "null.txt"),
        ("tab\tbed\x7f\x85.txt", "tabbed.txt"),
        ("line\u2028break.txt", "linebreak.txt"),
        ("half\ud83d.txt", "half.txt"),
        ("invoice\u202etxt.exe", "invoicetxt.exe"),
        ("\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u202a\u202b\u202c\u202da", "a"),
        ("quo\"ted'.txt", "quo\"ted'.txt"),
    ],
)
def test_a_name_is_kept_without_what_could_harm(claimed: str, kept: str) -> None:
    assert clean_filename(claimed) == kept


@pytest.mark.parametrize(
    "claimed", ["", "  ", ".", "..", "/", "a/", "..\\", "\x00", "\u202e", "a/ "]
)
def test_a_name_with_nothing_in_it_is_refused(claimed: str) -> None:
    with pytest.raises(Invalid) as refusal:
        clean_filename(claimed)
    assert list(refusal.value.errors) == ["file"]


@pytest.mark.parametrize(
    ("claimed", "kept"),
    [
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
        ("x" * 255, "x" * 255),
        ("x" * 256, "x" * 255),
        ("ü" * 300 + ".tar.gz", "ü" * 126 + ".gz"),
        ("😀" * 100, "😀" * 63),
        ("a." + "x" * 300, "a." + "x" * 253),
        ("." + "x" * 300, "." + "x" * 254),
    ],
    ids=range(7),
)
def test_a_long_name_is_cut_before_its_extension(claimed: str, kept: str) -> None:
    assert clean_filename(claimed) == kept


@pytest.mark.parametrize(
    ("claimed", "kept"),
    [
        ("image/png", "image/png"),
        ("Image/PNG", "image/png"),
        ("image/svg+xml", "image/svg+xml"),
        ("application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"),
        ("text/plain; charset=utf-8", "application/octet-stream"),
        ("", "application/octet-stream"),
        ("png", "application/octet-stream"),
        ("image/", "application/octet-stream"),
        ("image/png/x", "application/octet-stream"),
        ("text/html\r\nX-Evil: 1", "application/octet-stream"),
        ("text/ht ml", "application/octet-stream"),
        ("text/é", "application/octet-stream"),
        ("*/*", "application/octet-stream"),
        ("text/" + "x" * 95, "text/" + "x" * 95),
        ("text/" + "x" * 96, "application/octet-stream"),
    ],
)
def test_a_type_is_kept_only_in_its_plain_form(claimed: str, kept: str) -> None:
    assert clean_content_type(claimed) == kept
