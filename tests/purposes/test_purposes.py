from __future__ import annotations

import re
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

from apercu.errors import UnknownNameError, UsageError
from apercu.purposes import (
    Capability,
    Declaration,
    Purpose,
    Wording,
    built_in,
    find_purpose,
    read_user_purpose,
)
from apercu.purposes.reading import read_purpose

STRICTER = """
format = 1
id = "night-warehouse"
extends = "private-premises"
allows = ["analyze-recorded", "keep-tracks", "read-tracks", "show-images", "erase", "read-ledger"]
reasons = ["show-images"]
[title]
en = "Warehouse at night"
fr = "Entrepôt la nuit"
[[forbids]]
capabilities = ["show-unredacted"]
because = { en = "The works council asked for it.", fr = "Le comité l'a demandé." }
[[requires]]
field = "agreement"
kind = "date"
en = "Day of the works agreement."
fr = "Date de l'accord d'entreprise."
[retention]
max_days = 7
"""


def user(tmp_path: Path, text: str) -> Purpose:
    path = tmp_path / "purpose.toml"
    path.write_text(text, encoding="utf-8")
    return read_user_purpose(path)


def wordings(value: object) -> list[Wording]:
    if isinstance(value, Wording):
        return [value]
    if isinstance(value, tuple):
        return [w for part in value for w in wordings(part)]
    if hasattr(value, "__dataclass_fields__"):
        return [w for f in fields(value) for w in wordings(getattr(value, f.name))]  # type: ignore[arg-type]
    if isinstance(value, dict) or hasattr(value, "values"):
        return [w for part in value.values() for w in wordings(part)]  # type: ignore[union-attr]
    return []


@pytest.mark.parametrize("name", built_in())
def test_each_built_in_purpose_is_whole(name: str) -> None:
    purpose = built_in()[name]
    assert purpose.extends is None
    told = wordings(purpose)
    assert len(told) > 5
    assert all(w.en.strip() and w.fr.strip() and w.en != w.fr for w in told if w is not purpose.title)
    assert purpose.sources and all(source.read for source in purpose.sources)
    assert "no legal advice" in purpose.text
    for capability in Capability:
        assert (purpose.why_not(capability) is None) == (capability in purpose.allows)


def test_every_capability_has_a_sentence_in_both_languages_and_some_purpose() -> None:
    for capability in Capability:
        for sentence in (capability.meaning.en, capability.meaning.fr):
            assert sentence.endswith(".") and sentence.count(".") == 1
        assert any(capability in purpose.allows for purpose in built_in().values())


def test_the_law_that_was_read_is_what_they_say() -> None:
    statistics, inquiry, event, premises, research = built_in().values()
    images = {Capability.SHOW_IMAGES, Capability.SHOW_UNREDACTED, Capability.MAKE_SYNOPSIS}
    assert not statistics.allows & (images | {Capability.KEEP_TRACKS, Capability.SEARCH})
    assert Capability.ANALYZE_LIVE not in inquiry.allows
    assert set(inquiry.requires) == {"authority", "reference", "date", "expiry"}
    assert inquiry.retention.max_days <= 3 * 366
    assert Capability.SEARCH not in event.allows
    assert {"reference", "place", "valid_from", "valid_until"} <= set(event.requires)
    assert premises.retention.max_days == 30
    assert "licence" in research.requires
    for purpose in built_in().values():
        assert Capability.SHOW_UNREDACTED not in purpose.allows - purpose.reasons


def test_a_stricter_purpose_takes_away_adds_and_shortens(tmp_path: Path) -> None:
    base, purpose = built_in()["private-premises"], user(tmp_path, STRICTER)
    assert (purpose.name, purpose.extends) == ("night-warehouse", "private-premises")
    assert purpose.allows < base.allows
    assert set(purpose.requires) == {*base.requires, "agreement"}
    assert purpose.reasons == {Capability.SHOW_IMAGES}
    assert (purpose.retention.max_days, purpose.retention.counted_from) == (7, base.retention.counted_from)
    assert purpose.summary == base.summary
    assert str(purpose.why_not(Capability.SHOW_UNREDACTED)) == "The works council asked for it."
    assert "night-warehouse is a stricter private-premises" in str(purpose.why_not(Capability.ANALYZE_LIVE))
    assert find_purpose("night-warehouse", tmp_path) == purpose
    assert find_purpose("research", tmp_path) is built_in()["research"]
    with pytest.raises(UnknownNameError, match="night-warehouse"):
        find_purpose("day-warehouse", tmp_path)


def test_an_empty_extension_is_the_same_under_another_name(tmp_path: Path) -> None:
    for base in built_in().values():
        purpose = user(tmp_path, f'format = 1\nid = "ours"\nextends = "{base.name}"\n')
        assert (purpose.allows, purpose.retention, purpose.period) == (
            base.allows,
            base.retention,
            base.period,
        )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'extends = "private-premises"',
            'extends = "statistics"',
            "'allows' names keep-tracks, .*statistics",
        ),
        ("max_days = 7", "max_days = 31", "'retention.max_days' is longer than the 30 days"),
        ("max_days = 7", "max_days = -1", "'retention.max_days' must not be negative"),
        ("max_days = 7", 'max_days = "7"', "'retention.max_days' must be a whole number"),
        ("max_days = 7", 'max_days = 7\ncounted_from = "added"', "'retention.counted_from' is not known"),
        ('field = "agreement"', 'field = "place"', r"'requires\[1\].field' 'place' is required already"),
        ('field = "agreement"', 'field = "Über"', r"'requires\[1\].field' must be small letters"),
        ('kind = "date"', 'kind = "number"', r"'requires\[1\].kind' must be one of: text, date"),
        ('"show-unredacted"', '"show-images"', r"'forbids\[1\].capabilities' names show-images"),
        ('reasons = ["show-images"]', 'reasons = ["search"]', "'reasons' names search"),
        (
            "[title]",
            'four_eyes = ["read-tracks"]\n[title]',
            "'four_eyes' names read-tracks, which 'reasons' must",
        ),
        ('"erase", ', "", "'allows' must name erase, which no purpose takes away"),
        ('"keep-tracks"', '"keep-faces"', "'allows' names an unknown capability 'keep-faces'"),
        ('id = "night-warehouse"', 'id = "Night"', "'id' must be a new name"),
        ('id = "night-warehouse"', 'id = "research"', "'research' is a built-in purpose"),
        ('id = "night-warehouse"\n', "", "'id' is missing"),
        ('extends = "private-premises"', "", "'extends' is missing"),
        ('extends = "private-premises"', 'extends = "curiosity"', "'extends' must be one of: statistics"),
        ("format = 1", "format = 2", "'format' must be 1"),
        ("format = 1", "format = true", "'format' must be a whole number"),
        ("format = 1", "format = 1\nfree = 1", "'free' is not known"),
        ('en = "Warehouse at night"', 'en = ""', "'title.en' must not be empty"),
        ('fr = "Entrepôt la nuit"', 'de = "Lager"', "'title.fr' is missing"),
        ("[title]", '[period]\nfrom = "a"\n[title]', "'period' belongs to private-premises"),
        ("[[requires]]", "[requires]", "'requires' must be a list"),
        ("[title]", "[title", "not valid TOML.*line"),
    ],
)
def test_what_is_wider_or_wrong_is_refused_by_name(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in STRICTER
    with pytest.raises(UsageError, match=said):
        user(tmp_path, STRICTER.replace(old, new, 1))


def test_users_may_ask_for_four_eyes_and_never_for_fewer(tmp_path: Path) -> None:
    stricter = user(tmp_path, STRICTER.replace("[title]", 'four_eyes = ["show-images"]\n[title]', 1))
    assert stricter.four_eyes == {Capability.SHOW_IMAGES}
    inquiry = built_in()["judicial-inquiry"]
    assert inquiry.four_eyes >= {Capability.SHOW_UNREDACTED, Capability.EXPORT_EVIDENCE}
    text = 'format = 1\nid = "mine"\nextends = "judicial-inquiry"\n'
    text += 'reasons = ["search"]\nfour_eyes = ["search"]\n'
    assert user(tmp_path, text).four_eyes == inquiry.four_eyes | {Capability.SEARCH}


COUNTING = """
format = 1
id = "our-counting"
extends = "statistics"
[release]
minimum = 10
shortest_s = 900
epsilon_per_release = 0.5
epsilon_per_day = 1.0
"""


def test_numbers_leave_no_laxer_than_the_purpose_that_is_extended(tmp_path: Path) -> None:
    base, stricter = built_in()["statistics"].release, user(tmp_path, COUNTING).release
    assert base is not None and stricter is not None
    assert (stricter.minimum, stricter.shortest_s, stricter.basis) == (10, 900, base.basis)
    for purpose in built_in().values():
        assert (purpose.release is None) == (Capability.RELEASE_STATISTICS not in purpose.allows)
    without = COUNTING.replace("[release]", 'allows = ["count", "erase", "read-ledger"]\n[x]', 1)
    assert user(tmp_path, without[: without.index("[x]")]).release is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("minimum = 10", "minimum = 4", "'release.minimum' is laxer than the 5 of statistics"),
        ("shortest_s = 900", "shortest_s = 60", "'release.shortest_s' is laxer than the 300"),
        ("release = 0.5", "release = 1.5", "'release.epsilon_per_release' is laxer than the 1 "),
        ("day = 1.0", "day = 2.5", "'release.epsilon_per_day' is laxer than the 2 "),
        ("day = 1.0", "day = nan", "'release.epsilon_per_day' must be 0 or more, and finite"),
        ("day = 1.0", "day = 1", "'release.epsilon_per_day' must be a number with a decimal point"),
        ("minimum = 10", "minimum = 0", "'release.minimum' must be 1 or more"),
        ("minimum = 10\n", "", "'release.minimum' is missing"),
        ("minimum = 10", "minimum = 10\nfree = 1", "'release.free' is not known"),
        ("[release]", 'allows = ["count", "erase", "read-ledger"]\n[release]', "needs release-statistics"),
    ],
)
def test_what_is_laxer_or_wrong_about_numbers_is_refused(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in COUNTING
    with pytest.raises(UsageError, match=said):
        user(tmp_path, COUNTING.replace(old, new, 1))


def test_unreadable_files_are_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read_user_purpose(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b"\xe9")
    with pytest.raises(UsageError, match="UTF-8"):
        read_user_purpose(tmp_path / "latin.toml")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"make-synopsis", ', "", "name make-synopsis exactly once"),
        ('["analyze-live", "signal-events"]', '["analyze-live"]', "name signal-events exactly once"),
        ('reasons = ["show-unredacted", ', "reasons = [", "'reasons' must name show-unredacted"),
        ('from = "date"', 'from = "reference"', "'period.from' must name a required field of kind 'date'"),
        ('"erase", "read-ledger"]\n\n[retention]', '"erase"]\n\n[retention]', "'period.outside' must name"),
    ],
)
def test_a_built_in_purpose_cannot_be_ill_made(old: str, new: str, said: str) -> None:
    text = built_in()["judicial-inquiry"].text
    assert old in text
    with pytest.raises(UsageError, match=said):
        read_purpose(text.replace(old, new, 1), "judicial-inquiry.toml", {})


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"colour": "red"}, "judicial-inquiry has no field 'colour'.*It has: authority, reference"),
        ({"date": "soon"}, "date 'soon' is no date.*2026-05-31"),
        ({"authority": "  "}, "'authority' must be a text in quotes, and not empty"),
    ],
)
def test_fields_are_checked(texts: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Declaration.parse(built_in()["judicial-inquiry"], texts)


def test_a_date_is_a_date() -> None:
    purpose = built_in()["judicial-inquiry"]
    parsed = Declaration.parse(purpose, {"date": "2026-05-31"})
    assert parsed.values["date"] == date(2026, 5, 31)
    assert [field.name for field in parsed.missing] == ["authority", "reference", "expiry"]
    with pytest.raises(UsageError, match="must be a date without quotes"):
        Declaration.checked(purpose, {"date": "2026-05-31"})


def test_the_user_file_of_the_document_is_right(tmp_path: Path) -> None:
    document = Path(__file__).resolve().parents[2] / "docs" / "purposes.md"
    found = re.search(r"```toml\n(.*?)```", document.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    assert user(tmp_path, found[1]).extends is not None
