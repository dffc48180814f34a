"""Captions: each format gives the same words and times, and makes paragraphs whose times are right."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.captions import Caption, Chapter, captions_of, chapters_of, is_captions, transcript_of
from tutor.errors import ReadingError
from tutor.links import second_at

JSON3 = json.dumps(
    {
        "wireMagic": "pb3",
        "events": [
            {"tStartMs": 0, "dDurationMs": 90000, "id": 1, "wpWinPosId": 1},
            {"tStartMs": 500, "dDurationMs": 2000, "segs": [{"utf8": "Weights"}, {"utf8": " are", "tOffsetMs": 300}]},
            {"tStartMs": 2400, "dDurationMs": 100, "aAppend": 1, "segs": [{"utf8": "\n"}]},
            {"tStartMs": 2500, "dDurationMs": 1500, "segs": [{"utf8": "numbers & 2 < 3."}]},
        ],
    }
)
XML = """<?xml version="1.0" encoding="utf-8" ?><transcript>
<text start="0.5" dur="2">Weights &lt;i&gt;are&lt;/i&gt;</text>
<text start="2.5" dur="1.5">numbers &amp;amp; 2 &amp;lt; 3.</text><text start="9" dur="1"></text></transcript>"""
SRV3 = """<?xml version="1.0" encoding="utf-8" ?><timedtext format="3"><head><pen id="1"/></head><body>
<p t="500" d="2000" w="1"><s>Weights</s><s t="300"> are</s></p><p t="2500" d="1500">numbers &amp; 2 &lt; 3.</p>
</body></timedtext>"""
VTT = """WEBVTT
Kind: captions
Language: en

NOTE made by hand,
00:00 --> nothing

STYLE
::cue { color: white }

intro
00:00.500 --> 00:00:02.500 align:start position:0%
<v Ada>Weights<00:00:00.800><c> are</c>

00:00:02.500 --> 00:00:04.000
numbers &amp; 2 &lt; 3.
"""
SRT = """1
00:00:00,500 --> 00:00:02,500
{\\an8}Weights <i>are</i>

2
00:00:02,500 --> 00:00:04,000
numbers & 2 < 3.
"""


@pytest.mark.parametrize("text", [JSON3, XML, SRV3, VTT, SRT, SRT.replace("\n", "\r\n"), "\ufeff" + VTT])
def test_every_format_gives_the_same_captions(text: str) -> None:
    assert captions_of(text) == [Caption(0.5, 2.5, "Weights are"), Caption(2.5, 4.0, "numbers & 2 < 3.")]


def test_files_of_captions_are_known_by_their_bytes() -> None:
    assert is_captions(VTT.encode())
    assert is_captions(b"\xef\xbb\xbf" + SRT.encode())
    assert not is_captions(b"WEBVTTX")
    assert not is_captions(b"1\nis the first number")


def test_lines_that_roll_up_are_kept_once() -> None:
    rolling = (
        "WEBVTT\n\n00:00.000 --> 00:02.000\nfirst line\n\n00:02.000 --> 00:02.010\nfirst line\n\n"
        "00:02.010 --> 00:04.000\nfirst line\nsecond line\n\n00:09.000 --> 00:10.000\nsecond line\n"
    )
    assert [(c.start, c.text) for c in captions_of(rolling)] == [
        (0, "first line"),
        (2.01, "second line"),
        (9, "second line"),
    ]


def test_sounds_and_speakers_are_no_words() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\n[Music]\n\n2\n00:00:02,000 --> 00:00:03,000\n>> Hello.\n- Hello\n"
    assert [c.text for c in captions_of(text)] == ["Hello. Hello"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("   \n", "empty"),
        ("words alone", "no captions in it"),
        ("{not json", "the captions are damaged"),
        ('{"events": 3}', "the captions are damaged"),
        ("<transcript><text start='x'>a</text></transcript>", "the captions are damaged"),
        ("<transcript><text>", "the captions are damaged"),
        ('{"events": [{"tStartMs": 1e999, "segs": [{"utf8": "never"}]}]}', "no captions in it"),
    ],
)
def test_what_is_no_captions_says_why(text: str, reason: str) -> None:
    with pytest.raises(ReadingError) as caught:
        captions_of(text)
    assert (caught.value.state, caught.value.reason) == ("failed", reason)


def test_entities_of_xml_are_not_loaded() -> None:
    bomb = (
        '<!DOCTYPE t [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
        '<transcript><text start="1" dur="1">before &a; after</text></transcript>'
    )
    assert [c.text for c in captions_of(bomb)] == ["before &a; after"]


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    for whole in (text, "WEBVTT\n\n" + text, "{" + text, "<" + text):
        try:
            captions_of(whole)
        except ReadingError:
            continue


def test_chapters_are_those_of_a_description() -> None:
    told = "What queries do.\n\n0:00 Intro\n1:05 - Queries and keys\n(1:02:03) The end\n\nSee 3 more at example.org"
    assert chapters_of(told) == [Chapter(0, "Intro"), Chapter(65, "Queries and keys"), Chapter(3723, "The end")]
    assert chapters_of("Intro 0:00\nKeys 1:05\nValues - 2:00") == [
        Chapter(0, "Intro"),
        Chapter(65, "Keys"),
        Chapter(120, "Values"),
    ]
    for none in ("0:00 Intro\n1:00 End", "0:10 A\n0:20 B\n0:30 C", "0:00 A\n2:00 B\n1:00 C", "no times"):
        assert chapters_of(none) == []


def speech(sentences: int, *, stop: str = ".", pause: float = 0.0) -> list[Caption]:
    """Captions of ten words and four seconds each, two to a sentence."""
    step = 4.0 + pause
    return [
        Caption(n * step, n * step + 4, f"caption {n} has words that go on for{' quite' * 2}{stop if n % 2 else ''}")
        for n in range(2 * sentences)
    ]


def test_paragraphs_end_at_full_stops_after_a_hundred_words() -> None:
    transcript = transcript_of(speech(30))
    paragraphs = transcript.text.split("\n\n")
    assert all(100 <= len(paragraph.split()) <= 150 for paragraph in paragraphs[:-1])
    assert all(paragraph.endswith(".") for paragraph in paragraphs)


def test_speech_without_full_stops_gets_short_paragraphs() -> None:
    paragraphs = transcript_of(speech(30, stop="")).text.split("\n\n")
    assert all(50 <= len(paragraph.split()) <= 60 for paragraph in paragraphs[:-1])
    pausing = transcript_of(speech(30, stop="", pause=1.5)).text.split("\n\n")
    assert all(30 <= len(paragraph.split()) <= 40 for paragraph in pausing[:-1])


def test_every_caption_is_found_at_its_second() -> None:
    captions = speech(40)
    transcript = transcript_of(captions, [Chapter(0, "One"), Chapter(100, "Two"), Chapter(200, "Three")], 400)
    assert "".join(transcript.text.split()).count("caption") == len(captions)
    for caption in captions:
        words = " ".join(caption.text.split()[:2])
        at = transcript.text.index(words)
        assert second_at(transcript.times, at) == int(caption.start)
        assert second_at(transcript.times, at + len(words)) == int(caption.start)
    assert transcript.times[-1] == (len(transcript.text), 400)


def test_chapters_become_headings() -> None:
    text = transcript_of(speech(8), [Chapter(0, "One"), Chapter(20, "Two")]).text
    assert text.startswith("## One\n\ncaption 0 ")
    assert "\n\n## Two\n\ncaption 5 " in text


def test_words_before_the_first_chapter_stand_under_no_heading() -> None:
    assert transcript_of(speech(2), [Chapter(8, "One")]).text.startswith("caption 0 ")
