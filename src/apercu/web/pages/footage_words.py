"""The texts of the footage page."""

from __future__ import annotations

from apercu.purposes import Wording

FOOTAGE = Wording("Footage", "Images")
ABOUT = Wording(
    "Recordings in the folders of this server. They stay where they are: the archive keeps boxes, outlines "
    "and empty scenes, never pictures of people.",
    "Enregistrements dans les dossiers de ce serveur. Ils restent où ils sont : l'archive garde des cadres, "
    "des contours et des scènes vides, jamais d'images de personnes.",
)
FOLDER = Wording("Folder", "Dossier")
FILES = Wording("Files to analyse", "Fichiers à analyser")
KNOWN = Wording("in the archive", "dans l'archive")
NO_FILES = Wording("No recording lies in these folders.", "Aucun enregistrement dans ces dossiers.")
CAMERA = Wording("Name of the camera (may be empty)", "Nom de la caméra (facultatif)")
ANALYSE = Wording("Analyse", "Analyser")
AGAIN = Wording("Read the folders anew", "Relire les dossiers")
RUNNING = Wording("File {stage}", "Fichier {stage}")
WAITING = Wording("Waits for its turn", "En attente de son tour")
JOBS = Wording("Analyses", "Analyses")
NO_JOBS = Wording("You have begun none since yesterday.", "Vous n'en avez lancé aucune depuis hier.")
BEGUN = Wording("begun {moment}", "lancée {moment}")
DONE = Wording("Done", "Terminée")
FAILED = Wording("Failed", "Échouée")
CANCELLED = Wording("Cancelled", "Annulée")
CANCEL_JOB = Wording("Cancel: what is finished stays", "Annuler : ce qui est fini reste")
FOUND = Wording("{file}: {tracks} objects in {length}", "{file} : {tracks} objets en {length}")
REPEATED = Wording("{file}: was in the archive already", "{file} : était déjà dans l'archive")
BROKEN = Wording("{file}: {kind} ({details})", "{file} : {kind} ({details})")
