"""The texts of the footage page."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from apercu.purposes import Wording

FOOTAGE = Wording("Footage", "Images")
ABOUT = Wording(
    "The archive keeps boxes, outlines and empty scenes of a recording, never pictures of people. The "
    "recording itself stays where it is; one that you send goes when its time in the archive ends.",
    "L'archive garde d'un enregistrement des cadres, des contours et des scènes vides, jamais d'images de "
    "personnes. L'enregistrement reste où il est ; celui que vous envoyez disparaît à la fin de sa durée de "
    "conservation.",
)
ABOUT_COUNT = Wording(
    "What passes the lines and zones of a camera is counted, and nothing else of a recording is kept: one "
    "that you send is erased as soon as it was counted.",
    "On compte ce qui passe les lignes et zones d'une caméra, et rien d'autre d'un enregistrement n'est "
    "gardé : celui que vous envoyez est effacé dès qu'il a été compté.",
)
DRAW = Wording("Draw lines and zones", "Tracer des lignes et des zones")
DRAW_FIRST = Wording(
    "It is here. Camera {camera} has no line and no zone yet: draw them, then count.",
    "C'est arrivé. La caméra {camera} n'a encore ni ligne ni zone : tracez-les, puis comptez.",
)
SEE_NUMBERS = Wording("See the numbers", "Voir les nombres")
SEND = Wording("Send recordings", "Envoyer des enregistrements")
SEND_HINT = Wording(
    "They are analysed when they are here. You may close the page: what was sent is kept for {days} days, "
    "and choosing the same file again goes on where it stopped.",
    "Ils sont analysés une fois arrivés. Vous pouvez fermer la page : ce qui a été envoyé est gardé {days} "
    "jours, et choisir de nouveau le même fichier reprend là où l'envoi s'est arrêté.",
)
SEND_HINT_COUNT = Wording(
    "They are counted when they are here. You may close the page: what was sent is kept for {days} days at "
    "most, and choosing the same file again goes on where it stopped.",
    "Ils sont comptés une fois arrivés. Vous pouvez fermer la page : ce qui a été envoyé est gardé {days} "
    "jours au plus, et choisir de nouveau le même fichier reprend là où l'envoi s'est arrêté.",
)
FOLDER = Wording("Folder", "Dossier")
UPLOADS = Wording("Sent files", "Fichiers envoyés")
FILES = Wording("Files on the server", "Fichiers sur le serveur")
KNOWN = Wording("in the archive", "dans l'archive")
NO_FILES = Wording("No recording is here yet.", "Aucun enregistrement pour l'instant.")
CAMERA = Wording("Camera (may be empty)", "Caméra (facultatif)")
INTERVAL = Wording("Interval", "Intervalle")
ANALYSE = Wording("Analyse", "Analyser")
COUNT = Wording("Count", "Compter")
AGAIN = Wording("Read the folders anew", "Relire les dossiers")
REMOVE = Wording("Remove {file}", "Retirer {file}")
STAYS = Wording(
    "It cannot be used like this. Remove it, or keep it and try again: it stays until its time ends.",
    "Il n'est pas utilisable ainsi. Retirez-le, ou gardez-le pour réessayer : il reste jusqu'à la fin de sa "
    "durée.",
)
RUNNING = Wording("File {stage}", "Fichier {stage}")
WAITING = Wording("Waits for its turn", "En attente de son tour")
JOBS = Wording("Analyses", "Analyses")
COUNTS = Wording("Counts", "Comptages")
NO_JOBS = Wording("You have begun none since yesterday.", "Rien n'a été lancé par vous depuis hier.")
BEGUN = Wording("begun {moment}", "début : {moment}")
DONE = Wording("Done", "Fini")
FAILED = Wording("Failed", "Échec")
CANCELLED = Wording("Cancelled", "Annulé")
CANCEL_JOB = Wording("Cancel: what is finished stays", "Annuler : ce qui est fini reste")
FOUND = Wording("{file}: {tracks} objects in {length}", "{file} : {tracks} objets en {length}")
REPEATED = Wording("{file}: was in the archive already", "{file} : était déjà dans l'archive")
COUNTED = Wording("{file}: {length} counted at {places}", "{file} : {length} comptés à {places}")
NOWHERE = Wording(
    "{file}: {length} counted, but camera {camera} has no line and no zone: only maps of movement. Draw "
    "some, and count again.",
    "{file} : {length} comptés, mais la caméra {camera} n'a ni ligne ni zone : seules des cartes de passage. "
    "Tracez-en, et comptez de nouveau.",
)
COUNTED_BEFORE = Wording("{file}: was counted already", "{file} : était déjà compté")
BROKEN = Wording("{file}: {problem}", "{file} : {problem}")

UNITS = Wording("B kB MB GB TB", "o ko Mo Go To")
SENDING: Mapping[str, Wording] = MappingProxyType(
    {
        "choose": Wording("Choose files", "Choisir des fichiers"),
        "drop": Wording("or drop them here", "ou les déposer ici"),
        "pause": Wording("Pause", "Suspendre"),
        "resume": Wording("Go on", "Reprendre"),
        "remove": Wording("Do not send", "Ne pas envoyer"),
        "waiting": Wording("waits", "en attente"),
        "sending": Wording("is being sent", "envoi en cours"),
        "paused": Wording("paused", "suspendu"),
        "begun": Wording("not finished", "inachevé"),
        "done": Wording("is here", "arrivé"),
        "failed": Wording("could not be sent", "n'a pu être envoyé"),
        "retrying": Wording("no connection, tries again", "pas de connexion, nouvel essai"),
        "away": Wording(
            "The service does not answer. What was sent is kept: go on when it does.",
            "Le service ne répond pas. Ce qui a été envoyé est gardé : reprenez plus tard.",
        ),
        "none": Wording(
            "This is not called like a recording, or it is empty.",
            "Ce fichier ne porte pas le nom d'un enregistrement, ou il est vide.",
        ),
        "again": Wording(
            "Choose the same file again to go on.", "Choisissez de nouveau ce fichier pour reprendre."
        ),
    }
)
"""What ``upload.js`` says."""
SENDING_ERRORS: Mapping[str, Wording] = MappingProxyType(
    {
        "UsageError": Wording(
            "This is no recording, it is empty, or too many are unfinished already.",
            "Ce n'est pas un enregistrement, il est vide, ou trop d'envois sont inachevés.",
        ),
        "TooLargeError": Wording(
            "It is too large: for one file, or for what may be sent to this archive. Remove sent files that "
            "are not needed, or ask whoever runs the service.",
            "Il est trop grand, pour un fichier ou pour ce qui peut être envoyé à cette archive. Retirez des "
            "fichiers inutiles, ou adressez-vous à l'exploitant du service.",
        ),
        "OutputError": Wording(
            "The server's disk is full. What was sent is kept; ask whoever runs the service to free space.",
            "Le disque du serveur est plein. Ce qui a été envoyé est gardé ; demandez à l'exploitant de "
            "libérer de la place.",
        ),
        "ConflictError": Wording(
            "It is being sent from another window, or was removed. Choose it again.",
            "Il est envoyé depuis une autre fenêtre, ou a été retiré. Choisissez-le de nouveau.",
        ),
        "NothingToShowError": Wording(
            "It was removed meanwhile. Choose it again.",
            "Il a été retiré entre-temps. Choisissez-le de nouveau.",
        ),
        "RefusedError": Wording(
            "The archive's purpose takes no footage now.",
            "La finalité de l'archive n'admet pas d'images à présent.",
        ),
        "RightError": Wording(
            "You have no right to add footage here, or no longer.",
            "Vous n'avez pas, ou plus, le droit d'ajouter des images ici.",
        ),
        "LoginError": Wording(
            "Your session is over. Log in, and choose the file again: what was sent is kept.",
            "Votre session est terminée. Reconnectez-vous et choisissez de nouveau le fichier : ce qui a été "
            "envoyé est gardé.",
        ),
    }
)
"""Why a file could not be sent, by the name of the error."""
