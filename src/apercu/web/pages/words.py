"""The texts of the shell and of the small pages: English and French side by side.

Each page with many texts has a module of its own like this one, for example ``review/words.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from apercu.purposes import Wording

REVIEW = Wording("Review", "Visionner")
APPROVALS = Wording("Approvals", "Autorisations")
SKIP = Wording("Skip to the content", "Aller au contenu")
ARCHIVE = Wording("Archive", "Archive")
PAGES = Wording("Pages", "Pages")
THEME = Wording("Theme", "Thème")
THEME_SYSTEM = Wording("As the system", "Comme le système")
THEME_LIGHT = Wording("Light", "Clair")
THEME_DARK = Wording("Dark", "Sombre")
LANGUAGE = Wording("Language", "Langue")
LOG_OUT = Wording("Log out", "Se déconnecter")
LOG_IN = Wording("Log in", "Se connecter")
LOG_IN_WITH = Wording("Log in with single sign-on", "Se connecter par authentification unique")
WELCOME = Wording(
    "Hours of footage in minutes, under a declared purpose.",
    "Des heures d'images en quelques minutes, pour une finalité déclarée.",
)
RECORDED = Wording(
    "What you do here is recorded under your name in the archive's ledger.",
    "Ce que vous faites ici est consigné sous votre nom dans le registre de l'archive.",
)
NAME = Wording("Name", "Nom")
PASSWORD = Wording("Password", "Mot de passe")
WRONG = Wording(
    "Name and password do not fit. Write both again.", "Nom et mot de passe incorrects. Recommencez."
)
TOO_MANY = Wording("Too many tries. Wait a while.", "Trop d'essais. Patientez un moment.")
NO_CONNECTION = Wording("The service does not answer.", "Le service ne répond pas.")
NO_ARCHIVE = Wording(
    "You have no right in any archive now. An administrator can give you one.",
    "Vous n'avez actuellement de droit sur aucune archive. Un administrateur peut vous en donner un.",
)
NO_PAGE = Wording(
    "This page is not for your roles, or not for what this archive may do.",
    "Cette page ne correspond pas à vos rôles, ou à ce que cette archive peut faire.",
)
BROKEN = Wording("This page cannot be shown", "Cette page ne peut être montrée")
GO_ON = Wording("To the start page", "Vers la page d'accueil")
CANCEL = Wording("Cancel", "Annuler")
CLOSE = Wording("Close", "Fermer")
SEND = Wording("Send", "Envoyer")
REASON = Wording("Reason", "Motif")
REASON_KIND = Wording("Kind of reason", "Type de motif")
WHY_HERE = Wording(
    "Looking here takes a reason. It is recorded with everything that is asked.",
    "Regarder ici demande un motif. Il est consigné avec tout ce qui est demandé.",
)
WHY_FIRST = Wording("Say why first.", "Dites d'abord pourquoi.")
REASON_HINT = Wording("Recorded in the ledger.", "Consigné dans le registre.")

ASKED_BY = Wording("Asked by {person} on {moment}", "Demandé par {person} le {moment}")
DECIDED_BY = Wording("Decided by {person} on {moment}", "Décidé par {person} le {moment}")
HOLDS_UNTIL = Wording("Holds until {moment}", "Valable jusqu'au {moment}")
TO_DECIDE = Wording("To decide", "À décider")
MINE = Wording("My requests", "Mes demandes")
DECIDED = Wording("Decided", "Décidées")
NOTHING_TO_DECIDE = Wording("Nobody waits for your decision.", "Personne n'attend votre décision.")
NO_REQUESTS = Wording("You have asked for nothing.", "Vous n'avez rien demandé.")
APPROVE = Wording("Approve", "Autoriser")
DENY = Wording("Deny", "Refuser")
REMARK = Wording("Remark (may be empty)", "Remarque (facultative)")
OPEN_MOMENT = Wording("Open this moment", "Ouvrir ce moment")
APPROVED = Wording("Approved", "Autorisée")
DENIED = Wording("Denied", "Refusée")
PENDING = Wording("Waiting", "En attente")
EXPIRED = Wording("Expired", "Expirée")
APPROVAL_ABOUT = Wording(
    "An approval holds for exactly what is written here, for the person who asked, and for a limited time.",
    "Une autorisation vaut exactement pour ce qui est écrit ici, pour la personne qui a demandé, et pour un "
    "temps limité.",
)

ERRORS: Mapping[str, Wording] = MappingProxyType(
    {
        "ApercuError": Wording("Something went wrong", "Un problème est survenu"),
        "UsageError": Wording("This cannot be asked like that", "Cela ne peut être demandé ainsi"),
        "UnknownNameError": Wording("An unknown name", "Nom inconnu"),
        "TooLargeError": Wording("That is too much at once", "C'est trop à la fois"),
        "ConflictError": Wording("It is no longer as it was", "Ce n'est plus comme avant"),
        "FootageError": Wording("A recording cannot be read", "Un enregistrement ne peut être lu"),
        "ModelError": Wording("A model cannot be used", "Un modèle ne peut être utilisé"),
        "ArchiveError": Wording("The archive cannot be used", "L'archive ne peut être utilisée"),
        "OutputError": Wording("A result cannot be written", "Un résultat ne peut être écrit"),
        "NothingToShowError": Wording("There is nothing to show", "Il n'y a rien à montrer"),
        "RefusedError": Wording("The purpose does not allow it", "La finalité ne le permet pas"),
        "AccessError": Wording("You may not do this", "Vous ne pouvez pas faire cela"),
        "LoginError": Wording("Nobody is logged in", "Personne n'est connecté"),
        "RightError": Wording("You have no right for this", "Vous n'avez pas de droit pour cela"),
        "ApprovalError": Wording(
            "Another person has to approve it first", "Une autre personne doit d'abord l'autoriser"
        ),
        "TooManyTriesError": Wording("Too much at once: wait a while", "Trop à la fois : patientez"),
    }
)
"""What went wrong, by the branch of the tree of errors; ``error_words`` tells the details."""
