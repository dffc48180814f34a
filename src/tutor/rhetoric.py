"""
What a sentence does: whether it defines something, leans on its neighbours, or speaks of the text itself.

Rules on the words alone, for English expository prose. Pure functions; knows nothing of questions or passages.
"""

import re
import unicodedata

from tutor.sentences import Block
from tutor.visible import TURN_MARKS
from tutor.words import stems, words

# An author speaking of the text or of himself rather than of the subject.
_TALK = re.compile(
    r"\b(?:[Tt]his|[Tt]he|[Oo]ur|[Mm]y) "
    r"(?:blog ?post|blog|post|article|tutorial|chapter|section|essay|notebook|series|guide)\b|"
    r"\b(?:I|I['’](?:m|ve|ll|d)|[Mm]y|me)\b|^(?:Before|First|Next|Then|Now|Here|Finally),? (?:we|let)\b|"
    r"\b[Ww]e(?:['’]ve| have)? (?:believe|hope|plan|view|invite|thank|are releasing|released?|recommend|refer)\b|"
    r"\b(?:[Ss]tay tuned|[Tt]hanks to|[Aa]cknowledg)|[Ff]or (?:more|further) (?:details|information)"
)


_HISTORY = re.compile(
    r"\b(?:proposed|introduced|invented|coined|published|popularized|began as|dates? back)\b.*\b(?:19|20)\d\d\b|"
    r"\b(?:19|20)\d\d\b.*\b(?:proposed|introduced|invented|coined|published|popularized)\b"
)


def tells_history(sentence: str) -> bool:
    """Whether a sentence tells who came up with something and when."""
    return bool(_HISTORY.search(sentence))


def talks(sentence: str) -> bool:
    """Whether a sentence speaks of the text or its author rather than of the subject."""
    return bool(_TALK.search(sentence))


# What stands between a term and its definition. What follows "is" matters: "is used", "is often" and "is thought to"
# say something of the term, not what it is.
_NO_DEFINITION = (
    r"not|called|thought|made|built|known|seen|shown|given|found|done|kept|run|set|also|often|usually|always|still|"
    r"very|more|less|most|too|so|now|then|only|even|good|better|best|bad|worse|fast|faster|slow|cheap|cheaper|simpler|"
    r"easy|hard|popular|useful|important|essential|crucial|available|able|likely|valid|possible|due|because|why|where|"
    r"\w+ly|first|proposed|introduced|developed|designed|invented|inspired|implemented|added|"
    r"there|here|on|at|to|by|with|from|part|used|trained|applied|computed|needed|required|defined in|described"
)
_COPULA = re.compile(
    rf"\b(?:(?:is|are|was|were)\s+(?!(?:{_NO_DEFINITION})\b)|"
    r"(?:refers? to|(?<!-)means?|denotes?|stands? for|consists? of)\s)",
    re.I,
)
_NAMING = re.compile(
    r"\b(?:called|known as|referred to as|named|termed|dubbed|abbreviated(?: as)?)\s+"
    r"(?:an? |the )?(?P<name>[^.,;:()]{2,60})",
    re.I,
)
# Words that may stand beside the subject in its own definition.
BESIDE_SUBJECT = 2


# A definition of something narrower ("conditional GANs are") or in passing is worth this much of a whole one.
IN_PASSING = 0.6
# A short form that is defined without being spelled out: "DPO is an offline method" is less than "Direct preference
# optimization (DPO) is a method that ...".
NOT_SPELLED_OUT = 0.85
# A long form is given in passing where it stands within so many characters; later it is an example of something else.
NEAR_THE_START = 80


def defines(sentence: str, subject: str) -> bool:
    """Whether the sentence reads as a definition of `subject`: "X (its short form) is a ...", "... called X"."""
    return defining(sentence, subject) > 0


def defining(sentence: str, subject: str) -> float:
    """How much of a definition of `subject` the sentence is: 1 of the subject itself, less in passing, 0 not at all."""
    wanted = set(_plain_stems(subject))
    if not wanted:
        return 0.0
    worth = max((_by_copula(sentence, copula, wanted) for copula in _copulas(sentence)), default=0.0)
    if worth:
        short = sum(letter.isupper() for letter in subject) > 1 and " " not in subject.strip()
        if worth == 1.0 and short and not _spells_out(sentence[:NEAR_THE_START], subject):
            return NOT_SPELLED_OUT
        return worth
    named = (set(_plain_stems(found["name"])) for found in _NAMING.finditer(sentence))
    if _spells_out(sentence[:NEAR_THE_START], subject) or any(wanted <= n and len(n - wanted) <= 2 for n in named):
        return IN_PASSING
    return 0.0


def _copulas(sentence: str) -> list[re.Match[str]]:
    return list(_COPULA.finditer(sentence, 0, 300))[:3]


def _by_copula(sentence: str, copula: re.Match[str], wanted: set[str]) -> float:
    before_copula = sentence[: copula.start()]
    whole = 1.0 if _opens_with(before_copula, wanted) and not _TOLD.match(sentence, copula.start()) else IN_PASSING
    clause = re.split(r"[;:]\s|,\s(?:while|whereas|and|but)\s", before_copula)[-1]
    # What stands in brackets spells the subject out, or shortens it.
    inside = set(_plain_stems(" ".join(re.findall(r"\(([^)]*)\)", clause))))
    before = _plain_stems(re.sub(r"\([^)]*\)", " ", clause))
    beside = len(set(before) - wanted)
    if wanted <= set(before[: len(wanted) + 1]) and beside <= BESIDE_SUBJECT:
        return whole if not beside else IN_PASSING
    if inside & wanted and wanted <= inside | set(before) and beside <= 2 + BESIDE_SUBJECT:
        return whole
    return 0.0


# What was done to the subject is no definition: "RAG was named in 2020", but "ELIZA was a program that ...".
_TOLD = re.compile(r"(?:was|were)\s+(?!(?:an?|the|one)\b)", re.I)
# Words that bear on the whole sentence, so that it says something of its subject only under a condition or a contrast.
_NOT_PLAINLY = frozenset(
    "but not no all some most many few with without while when where if although though because since as perhaps maybe "
    "unlike like besides despite so thus then here there it they this these that those we you i its their".split()
)


def _opens_with(before_copula: str, wanted: set[str]) -> bool:
    """Whether nothing but the subject, its article and its other form stands before the copula."""
    plain = words(before_copula)
    return not _NOT_PLAINLY.intersection(plain) and len(plain) <= 2 * len(wanted) + 6


def _spells_out(sentence: str, subject: str) -> bool:
    """Whether the sentence gives an abbreviation's long form, as in "term frequency (TF)" or "TF (term frequency)"."""
    if not re.fullmatch(r"[A-Za-z][\w-]{1,9}", subject):
        return False
    letters = re.sub(r"[^A-Za-z]", "", subject).lower()
    for found in re.finditer(
        rf"\b{re.escape(subject)}s?\s*\(([^)]+)\)|((?:[\w-]+ ){{1,8}})\({re.escape(subject)}s?\b", sentence, re.I
    ):
        long = found[1] or found[2]
        initials = "".join(word[0] for word in re.findall(r"[A-Za-z]+", long)).lower()
        if len(letters) >= 2 and letters[0] in initials and letters[-1] in initials:
            return True
    return False


def _plain_stems(text: str) -> list[str]:
    """Stems of the meaningful words, a hyphenated word by its parts alone."""
    return stems(text.replace("-", " ")) or stems(text)


_NOT_A_STATEMENT = (
    re.compile(r"^\W*(?:fig(?:ure)?|table|image|listing|algorithm|equation|photo)\.?\s*[\dA-Z]*\s*[:.—-]", re.I),
    re.compile(  # what stands under a picture: a name of it, and nothing said of it
        r"^\W*(?:an? |the )?(?:\w+ )?(?:illustration|overview|diagram|schematic|depiction|visuali[sz]ation|plot|graph|"
        r"screenshot|picture|animation|architecture|comparison|summary|sketch)s? (?:of|for|showing)\b"
        r"(?!.*\b(?:is|are|was|were|has|have|had|do|does|did|can|could|may|might|will|would|shows?|gives?|uses?)\b)",
        re.I,
    ),
    re.compile(r"^\W*(?:exercise|homework|hint|problem|question|quiz|solution)s?\s*\d*\s*[:.)]", re.I),
    re.compile(
        r"\b(?:we(?:'ll|’ll| will| shall)|let(?:'s|’s| us)|i(?:'ll|’ll| will)) (?:now |then |also |first |next )?"
        r"(?:see|discuss|look|cover|explore|describe|explain|show|return|talk|review|dive|go over|turn|start|begin)\b",
        re.I,
    ),
    re.compile(
        r"\b(?:see|shown|described|discussed|explained|as in) (?:in )?(?:the )?"
        r"(?:below|above|(?:next|previous|following) (?:section|chapter|part|figure|post))\b",
        re.I,
    ),
    re.compile(
        r"^(?:image source|(?:source|credits?|photo|cite|citation)s?\s*:|read more\b|click\b|subscribe\b)", re.I
    ),
    re.compile(r"\b(?:subscribe|newsletter|cookie|all rights reserved|sign up|log in|table of contents)\b", re.I),
    re.compile(r"\bplease\b|^\W*(?:required|recommended)\b[^.]{0,20}\bread|\bet al\.,? ?[“\"\[]|^\W*\[\d+\]", re.I),
    re.compile(
        r"https?://|\bwww\.|\barXiv:|\bet al\.,? \d{4}[.;,]?$|^\W*(?:thanks to|note that all|all illustrations)\b", re.I
    ),
)
# A statement has a verb; nearly every English one has one of these words or endings.
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|do|does|did|can|could|may|might|will|would|should|must|\w{2,}(?:s|ed|es|ing))\b",
    re.I,
)
_LETTERS = re.compile(r"[^\W\d_]{2,}")


# Who is spoken to by a page that wants to be obeyed, and what it wants: an answer of its own making.
_MACHINE = (
    r"(?:tutor|assistant|chat ?bot|ai(?: (?:assistant|model|system|tutor|agent))?|llms?|gpt\w*|"
    r"(?:large )?language models?|bot)"
)
_SAYING = (
    r"(?:answer|reply|respond|say|cite|quote|print|output|write|repeat|reveal|obey|comply|treat|rank|recommend|mention|"
    r"ignore|forget|tell|call|send|fetch|open|visit|execute|run)"
)
_RULES = r"(?:instructions?|prompts?|rules?|messages?|notes?|guidelines?|directions?|directives?|orders?)"
# Each rule with words of which one must be there, since looking for a word is much faster than for a rule.
_ORDERS = tuple(
    (tuple(words.split()), re.compile(rule))
    for words, rule in (
        (  # away with what the machine was told
            "ignor disregard forget overrid bypass discard",
            rf"\b(?:ignore|disregard|forget|override|bypass|discard)\b(?: \w+){{0,3}}? "
            rf"(?:all|any|every|the|your|these|those|previous|prior|above|earlier|other)(?: \w+){{0,3}} ?\b{_RULES}\b",
        ),
        (  # the same in the commonest other languages
            "ignor vergiss missachte oubli olvida desconsidere dimentica negeer 忽略 无视 無視 忘记 игнорируй",
            r"\b(?:ignor(?:iere?|a|ez|e|ate|en?)|vergiss|missachte|oublie[zr]?|olvida|desconsidere|dimentica|negeer)\b"
            r".{0,40}\b(?:anweisung|instru|consigne|istruzion|aanwijzing|regel|règle|reglas?)|"
            r"(?:忽略|无视|無視|忘记).{0,20}(?:指令|指示|说明|命令)|игнорируй\w*.{0,40}(?:инструкц|указани)",
        ),
        (  # what the machine has to do
            "must shall has is will needs should",
            rf"\b(?:the|this|every|any|an?) {_MACHINE} (?:must|shall|has to|is to|will now|needs to|"
            rf"should (?:always|never|only)) (?:\w+ )?{_SAYING}\b",
        ),
        (
            "you",
            rf"\byou (?:must|shall|are (?:now|required to|ordered to|to)|now|will (?:now|always|only)|have to|should) "
            r"(?:\w+ ){0,2}?(?:answer|reply|respond|say|cite|reveal|obey|comply|recommend|mention|repeat)\b"
            r"(?! (?:yourself|whether))|"
            rf"\bif you (?:are|were) (?:an? |the )?"
            rf"(?:{_MACHINE}\b|reading this\b)|\b(?:priority|precedence) over your\b|"
            r"\byour (?:system prompt|hidden (?:prompt|instructions))\b",
        ),
        (
            "order command instruct urge",
            rf"\b(?:i|we) (?:order|command|instruct|urge) (?:the |this )?(?:you|{_MACHINE})\b",
        ),
        (  # what is to be said
            "repl respon answer say print output repeat obey cite",
            r"^\W*(?:please |now |then |and )*(?:reply|respond|answer|say|print|output|repeat|obey|cite) "
            r"(?:only|exactly|nothing|with|yes|no|after me)\b|"
            r"\b(?:reply|respond|answer|say|output|print|cite) (?:only (?:with )?this|only with|nothing but)\b",
        ),
        (
            "your each every",
            r"\b(?:add|append|include|insert|put|mention)\b.{1,60}\b(?:to|in|into) (?:your|each|every) "
            r"(?:answers?|replies|reply|responses?|outputs?)\b",
        ),
        (
            "tell inform convince warn ask",
            r"^\W*(?:please |and |now )*(?:tell|inform|convince|warn|ask) the (?:user|reader|learner)\b",
        ),
        (  # letters to the machine
            "dear attention hello hey hi note message instruction to",
            rf"(?:^|[.!?:;] )\W*(?:dear|attention|hello|hey|hi|note to|message (?:to|for)|instructions? (?:to|for)|to) "
            rf"(?:the |all |any |every )*{_MACHINE}(?: reading this)?\s*[,:!—-]",
        ),
        (
            "new override administrator mode",
            rf"\bnew (?:instructions?|rules|orders) for (?:the )?{_MACHINE}\b|\b(?:system|admin\w*|safety) override\b|"
            r"\bas (?:the|your) (?:system )?administrator\b|\bdeveloper mode (?:is|has been) ",
        ),
        (  # a page that wants no other beside it
            "other",
            r"\ball other (?:sources?|pages?|documents?|articles?|texts?)\b.{0,80}"
            r"\b(?:wrong|false|fake|lies|lying|forged)\b",
        ),
        (
            "this",
            r"\b(?:cite|trust|use|rank|quote|believe) (?:only )?this (?:page|source|article|document|site)\b",
        ),
        (
            "by",
            rf"\b(?:checked|confirmed|verified|approved|endorsed) by (?:the|this|your) {_MACHINE}\b",
        ),  # a mark of ours
        (":", r"^\W*(?:user|human|assistant|system|ai|bot|tutor|notes|answer)\s*:"),  # the turns of a conversation
    )
)
# What is mentioned and not used: words in quotation marks, code.
_MENTIONED = re.compile(r"“[^“”]*”|\"[^\"]*\"|‘[^‘’]*’|(`+)[^`]*\1")
# A word of two scripts that look alike is made to deceive; so are not formulas, which mix Latin and Greek.
_DISGUISED = re.compile(r"\b(?=\w{0,60}[A-Za-z])\w{0,60}[\u0400-\u052f\u0530-\u058f\u13a0-\u13ff]")


# Characters; what is longer is no sentence.
LONGEST_SENTENCE = 1_200


def orders(sentence: str) -> bool:
    """
    Whether a sentence speaks to the machine that reads it, wants to be obeyed, or plays another's turn.

    Words in quotation marks and code are mentioned, not said: "Prompts such as “ignore all rules” are attacks" is no
    order. Rules on words, so a paraphrase may pass; what keeps an order without effect is that nothing is obeyed.
    """
    said = sentence if sentence.isascii() else unicodedata.normalize("NFKC", sentence)
    said = _MENTIONED.sub(" ", said).lower()
    if any(any(word in said for word in words) and rule.search(said) for words, rule in _ORDERS):
        return True
    return bool(TURN_MARKS.search(said) or (not said.isascii() and _DISGUISED.search(said)))


# No sentence acts without one of these.
_ACTING = re.compile(r"[@<\\\]/=]|:\S|^\s*[+-]")
# What leads away or acts where somebody shows it: addresses, markup with a power of its own, TeX that links or loads.
_ACTS = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}://|\b(?:javascript|vbscript|data|mailto|tel):\S|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}\.[a-z]{2,}\b|"
    r"(?<![\w/.-])(?:[a-z][\w-]{0,63}\.){1,5}[a-z]{2,12}/\S|!?\[[^\[\]\n]*\](?:\(|\[)|"
    r"<\s*/?\s*(?:script|style|i?frame|img|svg|math|object|embed|form|input|button|link|meta|base|a|mark|details|video|"
    r"audio|body|html|iframe|template|portal)\b|\bon\w+\s*=\s*[\"']|"
    r"\\(?:href|url|includegraphics|html(?:class|id|style|data)|input|include|write|def|gdef|edef|newcommand|require)\b|"
    r"^\s*(?:[=@+]\S|-\d)",
    re.I,
)


def acts(sentence: str) -> bool:
    """Whether a sentence holds an address, or markup that does something where it is shown."""
    said = sentence if sentence.isascii() else unicodedata.normalize("NFKC", sentence)
    return bool(_ACTING.search(said) and _ACTS.search(said))


def quotable(sentence: str, block: Block) -> bool:
    """
    Whether a sentence can be evidence: a statement in words, not a heading, caption, exercise or signpost, nor one
    that gives orders or leads away.
    """
    if block not in (Block.PROSE, Block.LIST):
        return False
    if len(sentence) > LONGEST_SENTENCE:
        return False
    plain = re.sub(r"\$[^$]*\$|`[^`]*`", " ", sentence)
    if len(_LETTERS.findall(plain)) < 4:
        return False
    if sentence.rstrip().endswith("?") or not _VERB.search(plain):
        return False
    if sentence.startswith("where "):  # it explains the symbols of a formula that stands before it
        return False
    if any(pattern.search(sentence) for pattern in _NOT_A_STATEMENT):
        return False
    return not (orders(sentence) or acts(sentence))


_LEANS = re.compile(
    r"^(?:\W*)(?:this|that|these|those|it|its|they|their|he|she|such|both|the (?:former|latter|same|above)|here|then|"
    r"however|but|and|so|thus|therefore|hence|instead|otherwise|in (?:this|that|other|contrast|addition|practice)|"
    r"for (?:example|instance|this)|as a result|on the other hand|similarly|also|because of (?:this|that)|where|"
    r"(?:un)?fortunately|sadly|of course|indeed|moreover|furthermore|nevertheless|nonetheless|consequently|likewise|"
    r"conversely|by contrast|(?:as|because|since|if|when|while|after|with) (?:this|that|these|those|it|they))\b",
    re.I,
)


def leans(sentence: str) -> bool:
    """Whether a sentence needs the one before it to be understood."""
    return bool(_LEANS.match(sentence))
