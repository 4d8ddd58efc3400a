"""What people ask for and the analyst cannot do: a plain sentence for each, with what it can do instead."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LANGUAGES = (
    r"(?:german|french|spanish|italian|dutch|portuguese|polish|turkish|russian|chinese|japanese|danish|swedish|"
    r"deutsch\w*|französisch\w*|spanisch\w*|englisch\w*)"
)
_KINDS = (
    r"sankey|treemaps?|tree maps?|radar|spider (?:chart|plot)|waterfall|funnel|violin\w*|gantt|candle ?sticks?"
    r"|word ?clouds?|network (?:graph|diagram|chart)|sunburst|gauge|chord|bubble (?:chart|plot)s?|contour"
    r"|surface|mosaic"
)


@dataclass(frozen=True, slots=True)
class Limit:
    """`sentence` is the answer; a `mild` limit is only remarked on when the rest of a request can be met."""

    pattern: str
    sentence: str
    mild: bool = False


_LIMITS = (
    Limit(
        r"forecast\w*|predict(?!or)\w*|extrapolat\w*|projections?|prognos\w*|vorhersag\w*|vorherseh\w*"
        r"|what will|will be"
        r"|(?:in|for|of) (?:the )?(?:next|coming) (?:\w+ )?(?:day|week|month|quarter|year)s?|the future",
        "I do not forecast: I only describe the data that are there, and I train no model on your files.",
    ),
    Limit(
        r"why (?:did|do|does|is|are|was|were|has|have)|warum|wieso|root cause|explain why|the reasons?",
        "I cannot say why something happened: data show what goes together, not what causes what.",
    ),
    Limit(
        r"should (?:i|we)|recommend\w*|advice|advise|strateg\w+|suggest(?:ions?)?|next steps?|empfehl\w*"
        r"|what to do",
        "I give no advice: I only describe what is in the data.",
    ),
    Limit(
        r"t-?tests?|anova|p-?values?|chi-?squared?|significan\w+|confidence intervals?|hypothes[ie]s|arima|"
        r"machine learning|neural|random forest|train\w*|classif\w+|cluster\w*|segment(?:s|ation)?|k-?means|pca|"
        r"anomal\w+|sentiment|topic model\w*",
        "I run no statistical tests and train no models on your files (only on the sample data of scikit-learn).",
    ),
    Limit(
        r"3-?d|three[- ]dimension\w*|animat\w+|interactive|(?<!heat )(?<!heat-)maps?|karte|choropleth"
        r"|geo\w* plot|globe",
        "I draw flat, still charts as PNG pictures: no 3D, no animation, nothing interactive and no maps.",
    ),
    Limit(
        r"(?:without|no|exclud\w+|remov\w+|drop\w*|ignor\w+|leave out) (?:the |any |all )?outliers?",
        "I leave no outliers out by my own judgement: say where to cut, like “price < 100”.",
    ),
    Limit(_KINDS, "That is a kind of chart that I do not draw."),
    Limit(
        r"duplicat\w*|dedup\w*|clean(?:ed|ing)?(?: up)?|fill (?:in )?(?:the )?(?:missing|gaps)|impute|merge|join"
        r"|concatenate|combine (?:the )?(?:files|tables|sheets)|rename|reshape|unpivot"
        r"|convert (?:it|them|the file|this) (?:in)?to",
        "I do not change, clean or join your data; I can say how much is missing and draw what is there.",
    ),
    Limit(
        r"e-?mail|send (?:it|this|them)|upload|download from|scrape|google it"
        r"|search (?:the )?(?:web|internet|online)|look (?:it )?up online|internet|database|sql\b"
        r"|weather (?:today|tomorrow|forecast)",
        "I cannot reach anything outside: the sandbox has no network, and I know only the files of this thread.",
    ),
    Limit(
        r"power ?point|pptx|slides?|(?:as|in|to|into) (?:a )?(?:pdf|svg|word|docx|html|latex|jpe?g)|dashboard",
        "I make PNG pictures and CSV or Excel tables, no other files.",
        mild=True,
    ),
    Limit(
        rf"(?:in|auf|to|into|with|use|using) (?:the )?{_LANGUAGES}|translat\w*|übersetz\w*"
        rf"|{_LANGUAGES} (?:labels?|titles?|names?|words?|text|beschriftung\w*)",
        "I cannot translate: labels are the names in your data, and my own words are English.",
        mild=True,
    ),
    Limit(
        r"(?:change|rename|set|use|give|other|another|new|different|remove|without|no|add|move|hide|bigger|larger"
        r"|smaller) (?:\w+ ){0,3}(?:titles?|legends?|grid\w*|fonts?|axis|axes|labels?|tick\w*|background|theme"
        r"|annotations?|subtitle|trend ?lines?|error bars?|logo)|dark mode|dark theme|rotat\w+|dotted|dashed",
        "Titles, labels, legends and fonts are set by my rules; I can change colour, size and scale.",
        mild=True,
    ),
    Limit(
        r"(?:per|by|in|into|to) (?:capita|euros?|eur|dollars?|usd|pounds?|gbp|yen)|currency|inflation"
        r"|exchange rate",
        "I convert no units or currencies: I draw the numbers as they are in the data.",
        mild=True,
    ),
)
_COMPILED = tuple((limit, re.compile(rf"(?<![\w-])(?:{limit.pattern})(?!\w)", re.IGNORECASE)) for limit in _LIMITS)


def find(text: str) -> Limit | None:
    """The limit that a request runs into, the hard ones first."""
    return next((limit for limit, pattern in _COMPILED if pattern.search(text)), None)


def without(text: str, limit: Limit) -> str:
    """A request without the words that run into a limit."""
    return re.sub(rf"(?<![\w-])(?:{limit.pattern})(?!\w)", " ", text, flags=re.IGNORECASE)
