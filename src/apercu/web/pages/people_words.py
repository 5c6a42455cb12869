"""The texts of the page of people, and of one's own account."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from apercu.purposes import Wording

PEOPLE = Wording("People", "Personnes")
ADD = Wording("Add a person", "Ajouter une personne")
NAME = Wording("Name, as the ledger says it", "Nom, tel que le registre le dit")
PASSWORD = Wording("Password", "Mot de passe")
PASSWORD_HINT = Wording(
    "12 characters or more; empty for somebody who comes by single sign-on",
    "12 caractères ou plus ; vide pour qui vient par authentification unique",
)
PASSWORD_ONLY = Wording("12 characters or more", "12 caractères ou plus")
ROLES = Wording("Roles", "Rôles")
ROLE: Mapping[str, Wording] = MappingProxyType(
    {
        "operator": Wording("Operator", "Opérateur"),
        "reviewer": Wording("Reviewer", "Enquêteur"),
        "overseer": Wording("Overseer", "Contrôleur"),
        "administrator": Wording("Administrator", "Administrateur"),
    }
)
NO_ROLE = Wording("no role", "aucun rôle")
ADDED = Wording(
    "{name} is added. Give a right in an archive next.", "{name} est ajouté. Donnez-lui un droit."
)
LISTED = Wording("{name}: {roles}", "{name} : {roles}")
DISABLED = Wording("Disabled", "Désactivé")
SINGLE_SIGN_ON = Wording("Single sign-on", "Authentification unique")
SINCE = Wording("Account since {day}", "Compte depuis {day}")
CHOOSE = Wording("Choose a person in the list.", "Choisissez une personne dans la liste.")
SAVE_ROLES = Wording("Save roles", "Enregistrer les rôles")
SET_PASSWORD = Wording("Set a new password", "Définir un nouveau mot de passe")
DISABLE = Wording("Disable the account", "Désactiver le compte")
ENABLE = Wording("Enable the account", "Réactiver le compte")
DISABLE_SURE = Wording(
    "Disabling logs {name} out at once and ends the tokens. What the ledger says stays.",
    "Désactiver déconnecte aussitôt {name} et met fin aux jetons. Le registre demeure.",
)
SAVED = Wording("Saved.", "Enregistré.")
RIGHTS = Wording("Rights in archives", "Droits sur les archives")
NO_RIGHTS = Wording("No right in any archive.", "Aucun droit sur une archive.")
UNTIL = Wording("until {day}", "jusqu'au {day}")
ENDED = Wording("ended on {day}", "terminé le {day}")
GIVEN_BY = Wording("given by {person} on {day}", "donné par {person} le {day}")
END_RIGHT = Wording("End now", "Terminer")
END_RIGHT_OF = Wording("End the right in {archive} now", "Terminer le droit sur {archive}")
GIVE_RIGHT = Wording("Give or extend a right", "Donner ou prolonger un droit")
LAST_DAY = Wording("Last day", "Dernier jour")
GIVE = Wording("Give", "Donner")
NO_DAY = Wording("Write the last day.", "Indiquez le dernier jour.")
RECORDED = Wording(
    "The archive's ledger records who gave or ended a right.",
    "Le registre de l'archive consigne qui a donné ou terminé un droit.",
)
OTHER_ARCHIVE = Wording("an archive not served here", "une archive non servie ici")

ACCOUNT = Wording("My account", "Mon compte")
MY_TOKENS = Wording("Tokens for programs", "Jetons pour les programmes")
TOKENS_ABOUT = Wording(
    "A token lets a program use the API in your name, for less than all that you may, and for a while.",
    "Un jeton permet à un programme d'utiliser l'API en votre nom, pour moins que tous vos droits, et pour "
    "un temps.",
)
NO_TOKENS = Wording("You have no token.", "Vous n'avez aucun jeton.")
TOKEN_FOR = Wording("What it is for", "À quoi il sert")
SCOPES = Wording("What it may ask for", "Ce qu'il peut demander")
DAYS = Wording("Days", "Jours")
MAKE_TOKEN = Wording("Make a token", "Créer un jeton")
DELETE_TOKEN = Wording("End", "Terminer")
DELETE_TOKEN_OF = Wording("End the token {name}", "Terminer le jeton {name}")
SECRET = Wording(
    "Copy it now: it is shown once. Send it as: Authorization: Bearer …",
    "Copiez-le maintenant : il n'est montré qu'une fois. Envoyez-le ainsi : Authorization: Bearer …",
)
MY_ROLES = Wording("My roles", "Mes rôles")
