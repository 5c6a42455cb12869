"""What is wrong with a recording, in French: sentences of the rooms that read footage, for the page that adds
it. As in ``error_sentences``.
"""

from __future__ import annotations

_AGAIN = "Copiez-le de nouveau depuis l'enregistreur."

FOOTAGE_SENTENCES: tuple[tuple[str, str], ...] = (
    ("cannot be opened ({because})", "ne s'ouvre pas ({because})"),
    ("is a folder", "est un dossier"),
    ("Name a video file inside it.", "Indiquez un fichier vidéo de ce dossier."),
    ("no such file", "ce fichier n'existe pas"),
    ("Check the path.", "Vérifiez le chemin."),
    ("is an empty file", "est un fichier vide"),
    ("Copy it from the recorder again.", _AGAIN),
    (
        "is truncated, or still being written: the part needed to read it is missing",
        "est tronqué, ou en cours d'écriture : la partie qu'il faut pour le lire manque",
    ),
    (
        "If a recorder is at work on it, wait until it is complete; else copy it again.",
        "Si un enregistreur y écrit, attendez qu'il soit complet ; sinon, copiez-le de nouveau.",
    ),
    ("is not a video that can be read", "n'est pas une vidéo lisible"),
    (
        "Check with `apercu info` or a video player that it is a recording; copy it from the recorder again.",
        f"Vérifiez avec un lecteur vidéo que c'est un enregistrement. {_AGAIN}",
    ),
    ("holds only sound", "ne contient que du son"),
    ("holds no video", "ne contient pas de vidéo"),
    ("Name a file with a video stream.", "Indiquez un fichier qui contient une vidéo."),
    (
        "holds video in a format that this build of FFmpeg cannot decode",
        "contient une vidéo dans un format qui ne peut pas être décodé ici",
    ),
    ("Convert it to H.264 with a video tool.", "Convertissez-la en H.264 avec un outil vidéo."),
    (
        "its picture of {size} pixels is too small to analyse",
        "son image de {size} pixels est trop petite pour être analysée",
    ),
    (
        "Use a recording of at least {size} pixels.",
        "Prenez un enregistrement d'au moins {size} pixels.",
    ),
    (
        "holds a video stream of which no picture can be decoded",
        "contient une vidéo dont aucune image ne peut être décodée",
    ),
)
