"""
Follow-ups: what "and why is that faster?" asks about, read from the conversation.

Plain rules, no model. The conversation is read turn by turn: each question is first made whole by what was said
before it, so that a subject is carried through any number of follow-ups and ended by the next whole question.
Knows nothing of search or answers. Not covered: pronouns for something that was neither asked about nor listed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from tutor import subjects as about
from tutor.words import content_words, stem, stems


@dataclass(frozen=True, slots=True)
class Turn:
    """A question that was asked before in this conversation, and what was answered."""

    question: str
    answer: str


class Want(StrEnum):
    """What an answer is asked to have."""

    MATHS = "maths"
    CODE = "code"
    EXAMPLE = "example"
    SHORT = "short"


@dataclass(frozen=True, slots=True)
class Resolved:
    """
    A question that stands alone, the level it wants to be answered at, and what the answer is asked to have.

    `context`: the words of the last whole question that it does not repeat. A follow-up is most often answered
    where that was, so they tell which sources to prefer.
    """

    question: str
    level: str = "intermediate"
    wants: frozenset[Want] = frozenset()
    context: str = ""


# From the plainest on; `prompt.LEVELS` says how each is worded.
LEVELS = ("beginner", "intermediate", "expert")
# A follow-up of at most so many meaningful words may lean on the conversation.
FEW_WORDS = 5
# And of at most so many where it only says "which is ...?", "what happens ...?" or "any drawbacks?".
MOST_IN_CHOICE = 3
# So many turns back are read.
REMEMBERED = 20


@dataclass(frozen=True, slots=True)
class _Said:
    """What the conversation has come to: the last question made whole, and what can be pointed at."""

    asked: str = ""
    topic: str = ""  # the last question that stood alone
    focus: tuple[str, ...] = ()  # what "it" is; two for a comparison
    things: str = ""  # what "they" may be: "vectors" of "Which vectors ...?"
    listed: tuple[str, ...] = ()  # the last list, or both sides of the last comparison
    named: tuple[str, ...] = ()  # every subject, in the order it came up
    taken: str = ""  # of `listed`, the one spoken of last

    @property
    def one(self) -> str:
        return _row(self.focus)

    @property
    def several(self) -> tuple[str, ...]:
        """What "both" and "them" are, where more than one thing has been named."""
        return self.listed if len(self.listed) > 1 else self.focus if len(self.focus) > 1 else self.named[-2:]


def resolve(question: str, history: Sequence[Turn], level: str = "intermediate") -> Resolved:
    """
    The question as it stands alone, with the subject it points at in place of the pointer or added where it is left
    out. A request about the form of the last answer ("simpler please") is the last question, asked again in that form.

    A question that stands alone comes back as it is.
    """
    said = _Said()
    for turn in history[-REMEMBERED:]:
        said = _after(said, turn)
    if not said.asked:
        return Resolved(question, level)
    return _resolved(question, said, level)


def leans(question: str) -> bool:
    """Whether a question needs the ones before it to be understood."""
    bare = _opened(question)
    if _form(bare) or not (content_words(question) or re.search(r"\b(?:you|your|me|my)\b", question, re.I)):
        return True
    if _points(bare) or _ELLIPSIS.match(bare) or _COMPARE_ONLY.match(bare):
        return True
    few = len(content_words(question))
    if few <= MOST_IN_CHOICE and (_WHICH.match(bare) or _HAPPENS.match(bare)):
        return True
    if _LIKEWISE.match(question) or (few <= 2 and bare != question.strip() and _FRAGMENT.match(bare)):
        return True
    return few <= MOST_IN_CHOICE and bool(_RELATIONAL.match(bare) or _TIED.match(question))


# -- reading a conversation -------------------------------------------------------------------------------------------


def _after(said: _Said, turn: Turn) -> _Said:
    """What the conversation has come to after one more turn."""
    leaning = bool(said.asked) and leans(turn.question)
    whole = _resolved(turn.question, said, "intermediate").question if leaning else turn.question
    if leaning and whole == said.asked:
        return said  # asked again in another form
    bare = _opened(turn.question)
    added = leaning and whole.startswith(f"{bare.rstrip(' ?.!')} (")  # what was asked before stands behind it
    found = about.subjects(bare if added else whole)
    if not found:
        return replace(said, asked=whole, topic=said.topic if leaning else whole)
    named = (*said.named, *(one for one in found if one.lower() not in {n.lower() for n in said.named}))
    given = about.name_given(whole, turn.answer)
    focus = (given,) if given else about.leading(whole, found)
    if leaning and not given and _keeps(turn.question, whole, said):
        focus = said.focus  # "Which paper introduced LoRA?" is still about LoRA
    listed = about.listed(turn.answer) or (found if len(found) > 1 else ())
    taken = next((one for one in said.listed if one in focus), "")
    if not listed and (leaning or taken):
        listed = said.listed
    if given and given not in named:
        named = (*named, given)
    things = about.counted(whole) or (said.things if leaning else "")
    return _Said(whole, said.topic if leaning else whole, focus, things, listed, named, taken)


def _keeps(question: str, whole: str, said: _Said) -> bool:
    """Whether a follow-up, made whole, is still about what was spoken of: it names no subject of its own."""
    bare = _opened(question)
    if _LIKEWISE.match(question) or _COMPARE_ONLY.match(bare) or _ORDINAL.search(bare) or re.match("compare ", whole):
        return False
    if bare != question.strip() and _FRAGMENT.match(bare):
        return False
    own = about.spoken_of(bare)
    return not own or any(_PRONOUN.search(one) or _POSSESSIVE.search(one) for one in own) or own == said.focus


# -- the form of an answer --------------------------------------------------------------------------------------------

_OPENER = re.compile(
    r"^\s*(?:(?:and|but|so|then|also|ok(?:ay)?|hm+|well|no|yes|thanks|great|nice|please|now|really|"
    r"(?:can|could|would|will) you(?: please)?|(?:can|could|may) i (?:see|have)|"
    r"i(?: want|['’]d like)(?: to (?:see|know))?"
    r")\b[\s,.!:-]*)+(?=\w)",
    re.I,
)
_AGAIN = r"(?:it|that|this|them|me|us|again|to me|once more|the (?:answer|last (?:one|answer))| )*"
_SAY = r"(?:explain|say|put|tell|make|describe|rephrase|give|show|go|be|do|keep|try|repeat|write)\b"
_POLITE = r"(?:[ ,]*(?:please|again|then|now|for me|thanks|instead|though))*[ ?.!]*$"
_FORMS = tuple(
    (re.compile(rf"^(?:{pattern}){_POLITE}", re.I), step, want)
    for pattern, step, want in (
        (
            rf"(?:{_SAY} ?{_AGAIN})?(?:(?:a (?:bit|little)|even|much|still|more|in|a|an) )*"
            r"(?:simpler|simple|simply|easier|plainer|(?:simpler|simple|plain|easy|layman['’]?s?|other) "
            r"(?:terms|words|english|language)|(?:simpler|easier) (?:way|words|terms|explanation|version)|"
            r"like i['’]?\s?a?m (?:five|5|a (?:child|beginner|kid))(?: years old)?|eli5|for (?:a |an? absolute )?"
            r"(?:beginners?|child|kids?|dummies))"
            r"|(?:that(?:['’]s| is|['’]?s| was) )?(?:too|very|so) "
            r"(?:hard|complicated|technical|difficult|complex)(?: for me)?"
            r"|i (?:do not|don['’]?t|did not|didn['’]?t|still don['’]?t|can['’]?t) "
            r"(?:understand|get|follow)(?: it| that| this)?"
            r"|i['’]?\s?a?m (?:lost|confused)|what\?*|huh",
            -1,
            None,
        ),
        (
            rf"(?:{_SAY} ?{_AGAIN})?(?:(?:a (?:bit|little)|even|much|still|in) )*(?:(?:more )?(?:technical|technically|"
            r"rigorous|rigorously|formal|formally|precise|precisely|advanced)|deeper|(?:more|greater) depth|"
            r"(?:for|like) an? (?:expert|researcher|engineer))",
            1,
            None,
        ),
        (
            rf"(?:(?:{_SAY}|what(?:['’]?s| is| are| does)|is there|are there|any|where is|with|how about|what about|"
            rf"prove|derive|in) ?{_AGAIN})*(?:(?:the|an?|its|their|some|any|actual|exact|more|underlying|look like) )*"
            r"(?:maths?|mathematics|formulas?|formulae|equations?|derivations?|proofs?)"
            r"(?: (?:of|for|behind|in|to) (?:it|that|this|them))?(?: look like)?|(?:prove|derive) (?:it|that|this)",
            0,
            Want.MATHS,
        ),
        (
            rf"(?:(?:{_SAY}|is there|are there|any|what(?:['’]?s| is| does)|how about|what about|with|in) ?{_AGAIN})*"
            r"(?:(?:the|an?|its|some|any|more|sample|example|python|pytorch) )*"
            r"(?:code|implementation|pseudo-?code|snippet|code example|python|pytorch)"
            r"(?: (?:of|for|behind) (?:it|that|this|them))?|"
            r"(?:how (?:do|can|would) i )(?:implement|code|write) (?:it|that|this)",
            0,
            Want.CODE,
        ),
        (
            rf"(?:(?:{_SAY}|is there|are there|any|what(?:['’]?s| is)|how about|what about|with|for) ?{_AGAIN})*"
            r"(?:(?:the|an?|its|some|any|more|another|one|concrete|simple|real|worked|practical|good) )*"
            r"(?:examples?|instance)(?: (?:of|for) (?:it|that|this|them|each|both)(?: of them)?)?|such as|like what",
            0,
            Want.EXAMPLE,
        ),
        (
            rf"(?:{_SAY} ?{_AGAIN})?(?:(?:a (?:bit|little)|even|much|more) )*"
            r"(?:shorter|short|brief|briefer|briefly|concise|"
            r"in (?:short|brief|a nutshell|(?:one|a single|two|a few) (?:short )?(?:sentences?|words?|lines?)))"
            r"|tl;?dr|(?:summari[sz]e|sum(?: up)?|recap)(?: (?:it|that|this|up))*|"
            r"(?:a |the )?(?:short )?(?:summary|recap)",
            0,
            Want.SHORT,
        ),
        (
            rf"(?:{_SAY} ?{_AGAIN})?(?:elaborate|expand)(?: (?:on|a bit|more|it|that|this))*|"
            r"(?:tell|show|give) (?:me )?more(?: about (?:it|that|this|them))?|"
            r"(?:in |with |a bit |some )*more(?: details?)?|"
            r"(?:go on|continue|keep going|and|say more|again|once more|"
            r"(?:say|repeat|explain) (?:it|that) ?(?:again)?)",
            0,
            None,
        ),
    )
)


def _form(bare: str) -> tuple[int, Want | None] | None:
    """What a question asks of the last answer's form: by how many levels it is to move, and what it is to have."""
    return next(((step, want) for pattern, step, want in _FORMS if pattern.match(bare)), None)


def _moved(level: str, step: int) -> str:
    levels = list(LEVELS)
    return levels[min(max(levels.index(level) + step, 0), len(levels) - 1)] if level in levels else level


# -- pointers ---------------------------------------------------------------------------------------------------------

_GENERIC = (
    r"(?:one|ones|thing|things|method|methods|approach|approaches|technique|techniques|model|models|architecture|"
    r"architectures|algorithm|algorithms|idea|ideas|concept|word|words|term|terms|system|network|networks|trick|tricks)"
)
_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "former": 0, "latter": 1, "last": -1}
_ORDINAL = re.compile(
    rf"\bthe (?P<which>first|second|third|fourth|former|latter|last|other|previous)"
    rf"(?: {_GENERIC})?(?: (?:that )?you (?:mentioned|named|listed|said))?(?=\s*(?:$|[?.!,]|\w))",
    re.I,
)
# "the first layer" is no pointer: an ordinal alone needs a verb, a preposition or the end behind it.
_AFTER_ORDINAL = re.compile(
    r"\s*(?:$|[?.!,]|(?:is|are|was|were|do|does|did|can|could|should|would|will|has|have|and|or|in|on|for|with|to|than|"
    r"better|faster|slower|cheaper|work|works|control|controls|instead|too|also|need|needs|use|uses|cost|costs|get|gets)\b)",
    re.I,
)
_OF_SEVERAL = re.compile(
    r"\b(?:(?:both|all) of (?:them|these|those)|both(?: of them)?(?! \w+ and\b)|"
    r"the two(?: of them)?(?=\s*(?:$|[?.!,])| (?:is|are|do|have|differ|of)\b))",
    re.I,
)
_WITH_NOUN = re.compile(
    rf"\b(?:this|that|these|those|the same)(?: same)? "
    rf"(?!ones? (?!is|are|was|does|do|can|in|for|with|to|better)\w){_GENERIC}\b",
    re.I,
)
_THAT_WAY = re.compile(r"\b(?:(?:in )?(?:that|this) way|like (?:that|this))\b", re.I)
_POSSESSIVE = re.compile(r"\b(?:its|it's(?= (?:own|main|biggest|drawbacks?|advantages?))|their|theirs)\b", re.I)
_BEFORE_THAT = (
    "is are was were isn't does do did can could should would will has about of with than for to like from in by into "
    "mean means explain why how and on without show use uses using after before understand"
).split()
_BEFORE_ONE = "train use build make need choose write get run pick create implement design".split()
_PRONOUN = re.compile(
    r"\b(?:it|they|them|this|these|those)\b(?!['’]?s own)|"
    r"(?:^|(?<=\s))that(?=\s*(?:$|[?.!,])|\s+(?:is|was|does|can|also)\b)|"
    + "|".join(rf"(?<=\b{word} )one(?=[ ?.!]*$)" for word in _BEFORE_ONE)
    + "|"
    + "|".join(rf"(?<=\b{word} )that\b(?! (?:the|a|an)\b)" for word in _BEFORE_THAT),
    re.I,
)
# A title or a name that holds a pointer: "Let It Be".
_NAME = re.compile(r"(?<=\w )(?:It|They|This|That|These|Those|Its|Their)\b")
# "it" that stands for nothing, "this handbook", "those that".
_EXPLETIVE = re.compile(
    r"\b(?:is|was|isn't|would|be) it (?:true|possible|likely|the case) (?:that|to|if)\b|"
    r"\b(?:is|was|isn't|would|be) it (?:\w+ ){1,3}?(?:that|if|whether|for .* to)\b|"
    r"\b(?:is|was|isn't|would|be) it (?:\w+ ){1,3}?to \w+ (?!(?:on|in|with|for|at|by|from)\b)\w|"
    r"\b(?:is|was) it (?:going to|an? \w+ (?:for|when|if|that|to))\b|\bis it that\b|"
    r"\bit (?:takes?|makes? sense|seems?|turns out|depends)\b|"
    r"\b(?:does|do|did|will|would) it (?:take|matter|make sense)\b|"
    r"\bthis (?:handbook|syllabus|curriculum|course|book|app|tutor|page|plan|week|year|chapter|section|list)\b|"
    r"\b(?:these|those) (?:days|that|who|which)\b|\bthat is\b",
    re.I,
)
_JOINT = re.compile(
    r"[,;:]|\b(?:and|but|because|when|if|while|since|although|so|where|that|which|who|how|why|before|after|until|once)\b",
    re.I,
)
# A subject that a possessive may belong to: "does GraphRAG ... its", "a startup ... its".
_OWNER = re.compile(
    r"\b(?:does|do|did|can|could|will|would|should|a|an|each|every) (?!(?:i|you|we|they|it|one)\b)\w", re.I
)


def _points(bare: str) -> bool:
    """Whether a question holds a pointer to something that is not in it."""
    if any(_ordinal_points(found, bare) for found in _ORDINAL.finditer(bare)) or _WITH_NOUN.search(bare):
        return True
    if _OF_SEVERAL.search(bare) or _THAT_WAY.search(bare):
        return True
    plain = _blanked(bare)
    few = len(content_words(bare)) <= FEW_WORDS
    first = _PRONOUN.search(plain)
    if first and (few or _early(first, plain)) and not _has_antecedent(plain[: first.start()], plain[first.end() :]):
        return True
    own = _POSSESSIVE.search(plain)
    return own is not None and (few or _early(own, plain)) and not _owner_before(plain[: own.start()])


def _early(pointer: re.Match[str], text: str) -> bool:
    """Whether hardly anything stands before a pointer that it might point to within the question."""
    return len(content_words(text[: pointer.start()])) <= 1


def _blanked(text: str) -> str:
    """`text`, as long as it was, without what only looks like a pointer."""
    plain = _EXPLETIVE.sub(lambda found: "\0" * len(found[0]), text)
    return _NAME.sub(lambda found: "\0" * len(found[0]), plain)


def _ordinal_points(found: re.Match[str], text: str) -> bool:
    if re.search(r"\b(?:one|each)(?: after)? $", text[: found.start()]):  # "one after the other"
        return False
    certain = found["which"].lower() in ("former", "latter") or " " in found[0].strip()[4:]
    return certain or bool(_AFTER_ORDINAL.match(text[found.end() :]))


def _has_antecedent(before: str, after: str) -> bool:
    """Whether what stands before a pronoun names something that it may stand for, in a clause of its own."""
    beside = re.search(r"\b(?:the|a|an|which|what) (?:[\w-]+ )?([\w-]+) $", before)
    if beside and not about.ends(beside[1]) and re.match(r" (?!(?:with|to|in|for)\b)\w", after):
        return True  # "the pages it cites"
    joints = list(_JOINT.finditer(before.strip()))
    inner = [joint for joint in joints if content_words(before[: joint.start()])]
    return bool(inner) or len(content_words(before)) > FEW_WORDS


def _owner_before(before: str) -> bool:
    if not content_words(before):
        return False
    joined = re.search(r"\b(?:of|in|for|with|about|from|to|by|on|are|is|was|were)\s*$", before, re.I)
    return not joined or len(content_words(before)) >= 3 or bool(_OWNER.search(before) or about.named(before))


# -- what is left out -------------------------------------------------------------------------------------------------

_LIKEWISE = re.compile(
    r"^\s*(?:(?:and|but|so|ok(?:ay)?)[ ,]+)?(?:w(?:ha|ah|a)t+s? abou?ts?|waht about|how about|what of|"
    r"(?:the )?same (?:for|with)|what if)\b\s*(?P<x>.+?)[ ?.!]*$",
    re.I,
)
_AND = re.compile(r"^\s*(?:and|or|but)(?: then)?[ ,]+(?P<x>[^?]+?)(?: (?:then|too|instead))?[ ?.!]*$", re.I)
_FRAGMENT = re.compile(
    r"^(?!(?:is|are|was|were|do|does|did|can|could|should|would|will|must|has|have|how|why|what|when|where|which|who|whose|"
    r"compare|explain|describe|give|show|list|define|tell)\b)|^(?:what|when|where|how) to\b|^(?:when|if|where) ",
    re.I,
)
_ELLIPSIS = re.compile(
    r"^(?:(?:but |and |so )*(?:why|how|why not|how so|how come|since when|when|where|who|which(?: ones?)?|why so \w+|"
    r"how exactly|why exactly|in what way|by how much|how much|how many|is (?:it|that) (?:so|true)|are you sure|"
    r"what for|says who))[ ?.!]*$",
    re.I,
)
_WHY_ALONE = re.compile(r"^(?:why|how so|how come|why(?: is| was)? (?:that|this|so)|why exactly)[ ?.!]*$", re.I)
_WHY_SO = re.compile(r"^why (?:is it |are they )?so (?P<how>\w+)[ ?.!]*$", re.I)
_COMPARE_ONLY = re.compile(
    r"^(?:(?:how (?:is|are|does|do) (?:it|that|they) )?(?:compared?|compares) (?:to|with|against)|vs\.?|versus|"
    r"as opposed to|(?:better|worse|faster|slower|cheaper) than) (?P<x>.+?)[ ?.!]*$",
    re.I,
)
_RELATIONAL = re.compile(
    r"^(?:(?:what|which|any|are there|is there|what(?:['’]s| is| are)|and|the|some|an?|main|known|other|biggest|list|"
    r"give me|tell me|name|does .{0,4}have|common|more|better|good) ?)*"
    r"(?:alternatives?|(?:dis)?advantages?|drawbacks?|downsides?|upsides?|benefits?|limits|limitations?|weakness(?:es)?|"
    r"strengths|pros(?: and |/)cons|trade-?offs?|variants?|applications?|use cases?|prerequisites|hyper-?parameters?|"
    r"consequences?|side effects?|risks?|costs?|steps|requirements|inputs?|outputs?|origins?|history|intuition|purpose|"
    r"difference|differences|similarities|results?|improvements?|extensions?|problems?|catch)"
    r"(?: (?:exactly|here|are there|then|please))?[ ?.!]*$",
    re.I,
)
_WHICH = re.compile(
    r"^which(?: ones?)? (?=(?:is|are|was|does|do|can|should|would|has|have)\b)(?!.*(?:,| or )).*$", re.I
)
_HAPPENS = re.compile(
    r"^what (?:happens|changes|goes wrong|comes next|comes after|else)\b(?!.*\b(?:to|with|of|in|as)\b)", re.I
)
_ATTRIBUTE = re.compile(
    r"^(?:quality|speed|memory|costs?|accuracy|performance|latency|throughput|training|inference|size|scaling|stability|"
    r"data|compute|hardware|energy|safety|privacy|licen[cs]e|origin|history)(?: use| usage| cost| time| speed)?$",
    re.I,
)
# "And what is wrong with whole words instead?"
_TIED = re.compile(r"^\s*(?:and|but|so|then)\b.*\b(?:instead|then|too|as well|either|otherwise|though)[ ?.!]*$", re.I)
_PREPOSITION = re.compile(
    r"^(?:for|in|at|on|with|without|during|under|from|by|to|when|if|while|after|before|across|inside|using|as)\b", re.I
)
_KIN = re.compile(r"['’]s? (?:successors?|predecessors?|variants?|siblings?|rivals?|cousins?|versions?)$", re.I)
_AUXILIARY = r"(?:is|are|was|were|do|does|did|can|could|should|would|will|must|has|have)"


def _opened(question: str) -> str:
    """A question without what only ties it to the talk: "and", "ok, so", "can you"."""
    return _OPENER.sub("", question, count=1).strip()


def _resolved(question: str, said: _Said, level: str) -> Resolved:
    if not leans(question):
        return Resolved(question, level)
    bare = _opened(question)
    if form := _form(bare):
        step, want = form
        return Resolved(said.asked, _moved(level, step), frozenset({want} if want else ()))
    if not said.one:
        return Resolved(question, level)
    whole = _whole(question, bare, said)
    return Resolved(whole, level, context=_context(whole, said))


def _context(whole: str, said: _Said) -> str:
    """What of the topic's question a follow-up leaves unsaid, but for the subject where it asks of another."""
    there = set(stems(whole))
    if said.one.lower() not in whole.lower():
        there |= set(stems(said.one))
    return " ".join(word for word in content_words(said.topic) if stem(word) not in there)


def _whole(question: str, bare: str, said: _Said) -> str:
    """A leaning question made whole."""
    mark = "?" if question.rstrip().endswith("?") else ""
    if found := _COMPARE_ONLY.match(bare):
        return f"compare {said.one} with {_pointed(found['x'], said)}"
    if (found := _LIKEWISE.match(question)) or (
        (found := _AND.match(question)) and _FRAGMENT.match(found["x"]) and len(found["x"].split()) <= FEW_WORDS
    ):
        return _likewise(_pointed(found["x"].strip(), said), said)
    if _WHY_ALONE.match(bare):
        return _why(said)
    if found := _WHY_SO.match(bare):
        return _why_so(found["how"], said)
    pointed = _pointed(bare, said)
    if pointed != bare:
        return pointed
    if _WHICH.match(bare) and len(said.several) > 1:
        return re.sub(
            r"^(which)(?: ones?)?", lambda found: f"{found[1]} of {_row(said.several)}", bare, count=1, flags=re.I
        )
    if _HAPPENS.match(bare):
        return f"{bare.rstrip(' ?.!')} with {said.one}{mark}"
    if _RELATIONAL.match(bare):
        joined = (
            "between" if re.search(r"differences?[ ?.!]*$|similarities", bare, re.I) and len(said.focus) > 1 else "of"
        )
        return f"{bare.rstrip(' ?.!')} {joined} {said.one}{mark}"
    return f"{bare.rstrip(' ?.!')} ({said.asked.rstrip(' ?.!')}){mark}"


def _pointed(text: str, said: _Said) -> str:
    """`text` with what its pointers stand for in their place."""
    text = _ORDINAL.sub(lambda found: _ordinal(found, text, said), text)
    text = _named_in(_OF_SEVERAL, text, _row(said.several))
    text = _THAT_WAY.sub(f"with {said.one}", text)
    if re.search(
        r"^(?:which|what|who|how many|one|none|neither|either) of (?:them|these|those)\b|\bbetween (?:them|these)",
        text,
        re.I,
    ):
        text = re.sub(r"\b(?:them|these|those|the two)\b", _row(said.several) or said.one, text, count=1)
    if re.match(r"compare (?:them|these|those|the two)[ ?.!]*$", text, re.I) and len(said.several) > 1:
        return f"compare {said.several[0]} with {' and '.join(said.several[1:])}"
    text = _named_in(_WITH_NOUN, text, said.one)
    plain = _blanked(text)
    if own := _POSSESSIVE.search(plain):
        owner = about.possessive(_meant(own[0], said))
        return _agreeing(text[: own.start()] + owner + text[own.end() :], owner)
    for found in _PRONOUN.finditer(plain):
        thing = _meant(found[0], said)
        text = text[: found.start()] + thing + text[found.end() :]
        return _agreeing(text, thing)
    return text


def _row(several: Sequence[str]) -> str:
    return f"{', '.join(several[:-1])} and {several[-1]}" if len(several) > 1 else "".join(several)


def _named_in(pattern: re.Pattern[str], text: str, thing: str) -> str:
    if not thing or not pattern.search(text):
        return text
    return _agreeing(pattern.sub(lambda _: thing, text), thing)


def _meant(pronoun: str, said: _Said) -> str:
    """What a pronoun stands for: "they" the things asked for, or both, where the subject is one."""
    if pronoun.lower() in ("they", "them", "their", "theirs", "these", "those") and not about.plural(said.one):
        if said.things:
            return f"the {said.things} of {said.one}" if said.one.lower() not in said.things.lower() else said.things
        if len(said.listed) > 1:
            return _row(said.listed)
    return said.one


def _ordinal(found: re.Match[str], text: str, said: _Said) -> str:
    if not _ordinal_points(found, text):
        return found[0]
    which = found["which"].lower()
    row = said.listed or said.named
    if which in ("other", "previous"):
        spoken = said.taken or said.focus[:1]
        others = [one for one in row if one not in spoken and one != spoken]
        thing = others[-1] if others else ""
    else:
        place = _ORDINALS[which]
        thing = row[place] if -len(row) <= place < len(row) else ""
    if not thing:
        return found[0]
    return thing if thing != thing.lower() or thing in said.named else f"the {thing}"


def _agreeing(text: str, thing: str) -> str:
    """The verb before `thing` in the number of `thing`, and no "a" before a plural."""
    one, many = {"is": "are", "was": "were", "does": "do", "has": "have"}, about.plural(thing)
    forms = one if many else {b: a for a, b in one.items()}
    if thing.endswith(("'s", "s'")) or not thing:
        return text

    def bent(found: re.Match[str]) -> str:
        verb = found[1]
        return f"{forms.get(verb.lower(), verb) if verb.islower() else verb} {found[2]}"

    text = re.sub(rf"\b(is|are|was|were|does|do|has|have) ((?:an? |the )?{re.escape(thing)}\b)", bent, text)
    return re.sub(rf"\ban? ({re.escape(thing)})\b", r"\1", text) if many else text


def _likewise(thing: str, said: _Said) -> str:
    """The last question asked of something else: of "What about QLoRA?", "And at inference?", "And what to keep?"."""
    asked = said.asked.rstrip(" ?.!")
    if _PREPOSITION.match(thing):
        first = thing.split()[0]
        kept = (
            re.sub(rf"\s+{re.escape(first)}\s+(?:the |a |an )?[\w-]+$", "", asked) if len(thing.split()) < 5 else asked
        )
        return f"{kept} {thing}?"
    opening = " ".join(thing.split()[:2])
    if re.match(r"(?:what|when|where|how) to$", opening, re.I) and (at := asked.lower().find(opening.lower())) >= 0:
        return f"{asked[:at]}{thing}?"
    if _ATTRIBUTE.match(thing) and said.one:
        return f"what is the {thing} of {said.one}?"
    own = re.search(r"['’](?:s\b)?", thing)
    place = _place_of(said, asked)
    if len(said.focus) > 1 and thing in said.focus:
        return f"What {'are' if about.plural(thing) else 'is'} {thing}?"  # one side of a comparison
    if place and not (own and not _KIN.search(thing)) and not _is_attribute(thing, asked[: place.start()]):
        return f"{_put(asked, place, thing)}?"
    verb = "are" if about.plural(thing) else "is"
    if own or re.search(rf"\b{re.escape(said.one)}\b", thing, re.I):
        return f"what {verb} {thing}?"
    if _is_attribute(thing, "") or not place:
        return f"what {verb} {thing} {'of' if thing.lower().startswith('the ') else 'with'} {said.one}?"
    return f"{_put(asked, place, thing)}?"


def _place_of(said: _Said, asked: str) -> re.Match[str] | None:
    for one in (said.taken, *said.focus, said.one):
        if one and (found := re.search(rf"(?<!\w){re.escape(one)}(?!\w)", asked, re.I)):
            return found
    return None


def _is_attribute(thing: str, before: str) -> bool:
    """Whether "the cost" is rather a side of the subject than something to ask the same of."""
    return (
        thing.lower().startswith("the ")
        and not before.lower().rstrip().endswith(" the")
        and not re.search(r"[A-Z]", thing)
    )


def _put(asked: str, place: re.Match[str], thing: str) -> str:
    before = asked[: place.start()]
    if re.search(r"\b(?:an?|the)\s+$", before, re.I):
        thing = re.sub(r"^(?:an?|the)\s+", "", thing, flags=re.I)
    return _agreeing(f"{before}{thing}{asked[place.end() :]}", thing)


def _why(said: _Said) -> str:
    asked = said.asked.rstrip(" ?.!")
    if re.match(r"why\b", asked, re.I):
        return f"{asked}?"
    if found := re.match(rf"(?:how )?({_AUXILIARY}\b.*)$", asked, re.I):
        return f"Why {found[1][:1].lower()}{found[1][1:]}?"
    if found := re.match(rf"(?:which|what|how many|how much) (.+?) ({_AUXILIARY} .+)$", asked, re.I):
        return (
            f"Why {found[2]} {'so many' if about.plural(found[1]) and 'many' in asked.lower() else 'these'} {found[1]}?"
        )
    return f"Why {'are' if about.plural(said.one) else 'is'} {said.one} used?"


def _why_so(how: str, said: _Said) -> str:
    asked = said.asked.rstrip(" ?.!")
    if found := re.match(rf"(?:which|what|how many|how much) (.+?) ({_AUXILIARY} .+)$", asked, re.I):
        return f"Why {found[2]} so {how} {found[1]}?"
    return f"Why so {how} ({asked})?"
