"""Wordings of quick replies, for Hypothesis."""

from hypothesis import strategies as st

from push_gateway.features.quick_replies.catalogue import LONGEST_NAME, LONGEST_TEXT, Wording

_SPREADSHEET = "=+-@'\"\t;, ＝"
_LETTERS = st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp"))
_LINE = st.text(st.one_of(st.sampled_from("абвABC 1{}" + _SPREADSHEET.replace("\t", "")), _LETTERS))
_LABEL = _LINE.map(str.strip).map(lambda text: text[:LONGEST_NAME].strip())
_TEXT = st.text(st.one_of(st.sampled_from("\n" + _SPREADSHEET), _LETTERS), max_size=80)

WORDINGS = st.builds(
    Wording,
    folder=_LABEL,
    name=_LABEL.filter(bool),
    text=_TEXT.map(lambda text: text[:LONGEST_TEXT].strip()).filter(bool),
)
"""Any texts that `wording` accepts, especially those that a spreadsheet could misread."""
