"""
What the tests of practice share: four cards of the four kinds over the starter notes, and an app with a clock to set.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tutor import cards
from tutor.cards import Card, Wrong
from tutor.links import NOTES

CHAPTER = "low-rank-adapters-lora"
OTHER = "flashattention"
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
_OWN = {card.name: card for card in cards.load() if card.chapter == CHAPTER}
