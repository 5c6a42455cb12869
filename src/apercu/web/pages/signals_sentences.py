"""What the sentences of errors about signals are in French; see ``error_sentences``."""

from __future__ import annotations

SIGNALS_SENTENCES: tuple[tuple[str, str], ...] = (
    (
        "signal {key} was answered meanwhile by {actor}",
        "entre-temps, le signalement {key} a été traité par {actor}",
    ),
    (
        "the answer to signal {key} was taken back meanwhile by {actor}",
        "entre-temps, la réponse au signalement {key} a été reprise par {actor}",
    ),
    (
        "the last answer to signal {key} is that of {actor}",
        "la dernière réponse au signalement {key} est celle de {actor}",
    ),
    ("signal {key} has no answer", "le signalement {key} n'a pas de réponse"),
    ("Look at it again before you answer.", "Revoyez-le avant de répondre."),
    ("signal {key} has no answer to take back", "le signalement {key} n'a pas de réponse à reprendre"),
    ("Confirm or dismiss it.", "Confirmez-le ou écartez-le."),
    ("no signal {key}", "aucun signalement {key}"),
    ("List them.", "Voyez la liste."),
    ("was erased meanwhile", "a été effacé entre-temps"),
    ("Look at what there is now.", "Voyez ce qu'il y a maintenant."),
)
"""English as it is raised, and French. No full stop counts at the end."""
