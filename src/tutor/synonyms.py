"""
Words of explaining prose that may stand for each other, so that a paraphrase is known for what it is.

Plain data and one function on stems. Knows nothing of statements or evidence. Only words that agree in direction are in
one group; technical terms are in none, since one term for another is an error. Not covered: senses of a word.
"""

from tutor.words import stem

_GROUPS = """
favor prefer like | eliminate remove delete abolish | cheap inexpensive | forecast predict foresee
show demonstrate reveal | use employ apply utilize | need require demand call | allow permit enable let
keep retain preserve maintain hold | begin start | end finish stop | make produce create generate yield give
build construct form | begin start onset | introduce propose present publish describe name | big large huge
small little tiny | bigger larger | fast quick rapid speedy | slow sluggish | hard difficult tough | easy simple
important crucial essential vital | whole entire full complete | part portion fraction share piece
several multiple various | usual usually typical typically normal normally common | often frequent frequently
rare rarely seldom | roughly about approximately around nearly some | exact exactly precise
pick choose select take | pass send transfer transmit move | join combine merge unite mix
divide split partition cut | add append attach insert | drop discard skip omit leave
limit restrict bound confine cap | prevent avoid stop | increase raise grow rise boost enlarge lift
decrease reduce lower shrink lessen diminish fall | improve better enhance | worse worsen degrade harm hurt damage
help aid assist support | fail break collapse | try attempt | learn acquire pick | teach train | train learn
turn switch toggle | stay remain leave keep unchanged same | put place insert set | tell distinguish separate
understand comprehend | explain account | compute calculate determine | estimate approximate
measure gauge quantify | compare contrast | match agree fit | differ vary | change alter modify | adjust tune
repair fix correct mend | replace substitute swap exchange | copy imitate mimic reproduce | store save hold
memory storage | speed pace rate | cost price expense | expensive costly | time duration | job task
way manner method | technique approach method scheme procedure | goal aim objective purpose | result outcome
reason cause | example instance sample | kind type sort variety | problem issue trouble difficulty struggle
error mistake | gap hole | people human person | author researcher | answer reply respond response | question query
text writing | word term | sentence phrase | image picture photo photograph | sound audio | sequence series
order arrangement | amount quantity | number count | group set collection family | list catalogue
member element item | level degree | place location position | part component | device machine
paper study article work | contain include hold comprise consist have | lack miss | see observe look view
examine inspect check verify test | find discover recover detect notice | assume suppose | prove confirm establish
suggest imply indicate | depend rely rest | treat handle process | act behave work function | run execute perform
happen occur arise | appear come emerge | become turn | last final | earlier previous prior preceding
later subsequent following next | current present | new fresh novel | old earlier | main chief principal primary
extra additional further more another | sole single only | separate own distinct
alike similar same equal identical | different distinct | opposite reverse contrary | correct right accurate
wrong incorrect false inaccurate | reliable dependable trustworthy | strong powerful | weak feeble | wide broad
narrow tight | near close | far distant remote | deep profound | shallow | above over beyond | below under beneath
throughout during while | because since as | enough sufficient | possible feasible | ready available
ignore disregard overlook | overwrite replace | forget lose | remember recall | repeat recur
spread distribute scatter | gather collect | serve suit | hide conceal mask | guess draft
convert transform turn map | link connect tie | guide steer direct | control govern | rank order sort
score rate grade | concern regard | cover span | reach attain achieve hit get
exceed surpass outperform beat overtake | trail lag | consume spend take | waste squander | fill occupy
empty vacant | idle wait | busy occupied | dislike avoid | push press | pull draw | throw discard | back backward
front forward | jump leap | stable steady | oscillate cycle | blurry unsharp | sharp crisp | dull bland
coherent consistent | incoherent inconsistent | trick fool deceive | judge grader evaluator
evaluate assess judge rate | label annotate | annotation labeling | human people | topic subject theme
meaning sense
"""
_OF: dict[str, set[int]] = {}
for _number, _group in enumerate(group.split() for line in _GROUPS.strip().splitlines() for group in line.split(" | ")):
    for _word in _group:
        _OF.setdefault(stem(_word), set()).add(_number)


def synonyms(one: str, other: str) -> bool:
    """Whether two stems are of words that may stand for each other."""
    return one == other or not _OF.get(one, set()).isdisjoint(_OF.get(other, ()))
