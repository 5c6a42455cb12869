"""The texts of the oversight page, and of the public one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from apercu.purposes import Wording

OVERSIGHT = Wording("Oversight", "Contrôle")
LEAD = Wording(
    "What this archive is for, what it may and may not do, and what was done with it.",
    "À quoi sert cette archive, ce qu'elle peut faire ou non, et ce qui en a été fait.",
)
ABILITIES = Wording("What it may do", "Ce qu'elle peut faire")
ABILITY = Wording("What", "Quoi")
STATE = Wording("State", "État")
WHY = Wording("Condition, or why not", "Condition, ou pourquoi non")
ON = Wording("On", "Oui")
OFF = Wording("Off", "Non")
WITH_REASON = Wording("Only with a reason, which is recorded.", "Seulement avec un motif, qui est consigné.")
WITH_KIND = Wording(
    "Only with a reason of a listed kind, which is recorded.",
    "Seulement avec un motif d'un type prévu, qui est consigné.",
)
WITH_APPROVAL = Wording(
    "Only when another person has approved it.", "Seulement avec l'accord d'une autre personne."
)
CAMERAS = Wording("Cameras", "Caméras")
CAMERA = Wording("Camera", "Caméra")
RECORDINGS = Wording("Recordings", "Enregistrements")
FILMED = Wording("Filmed between", "Filmé entre")
SIZE = Wording("Picture", "Image")
NOT_SAID = Wording("not said", "non indiqué")
PLACES = Wording("Lines and zones looked at", "Lignes et zones observées")
USE = Wording("What it is for", "À quoi elle sert")
PLACE = Wording("Where it stands", "Où elle se trouve")
SAY_FOR = Wording("Say what a camera is for", "Dire à quoi sert une caméra")
SAY_ABOUT = Wording(
    "Everybody who may see this page reads it. Name nobody.",
    "Quiconque peut voir cette page le lit. Ne nommez personne.",
)
SAVE = Wording("Save", "Enregistrer")
SAID = Wording("Saved.", "Enregistré.")
WHOLE_PICTURE = Wording("whole picture", "image entière")
BETWEEN = Wording("{first} and {last}", "{first} et {last}")
UNKNOWN = Wording("not known", "inconnu")
NO_CAMERAS = Wording("No recording is in this archive.", "Aucun enregistrement dans cette archive.")
ERASURE = Wording("Next erasure", "Prochain effacement")
NO_ERASURE = Wording("Nothing waits to be erased.", "Rien n'attend d'être effacé.")
HELD = Wording(
    "{number} recordings are kept beyond their time for a stated reason.",
    "{number} enregistrements sont conservés au-delà de leur délai pour un motif déclaré.",
)

DONE_HERE = Wording("What was done", "Ce qui a été fait")
UNREDACTED = Wording("People shown as filmed", "Personnes montrées telles que filmées")
TIMES = Wording("{number} times", "{number} fois")
ONCE = Wording("once", "une fois")
NEVER_YET = Wording("never", "jamais")
REASONS = Wording("Reasons given", "Motifs donnés")
REASONS_PUBLIC = Wording(
    "The words of each reason may name somebody, so overseers read them.",
    "Les mots de chaque motif peuvent désigner quelqu'un : les contrôleurs les lisent.",
)
KINDS = Wording("For which kinds of reason", "Pour quels types de motif")
NO_KIND = Wording("A reason of no listed kind.", "Un motif d'aucun type prévu.")
KINDS_LISTED = Wording("Kinds of reason that count here", "Types de motif admis ici")
KINDS_ABOUT = Wording(
    "People are shown as filmed, and something leaves the archive, only for a reason of these kinds.",
    "Des personnes ne sont montrées telles que filmées, et rien ne sort de l'archive, que pour un motif de "
    "ces types.",
)
DECISIONS = Wording(
    "Requests by one person that another decided: {approved} approved, {denied} denied.",
    "Demandes d'une personne tranchées par une autre : {approved} accordées, {denied} refusées.",
)
USES_OF = Wording("How often each thing was asked for", "Combien de fois chaque chose fut demandée")
LEDGER_ONLY = Wording(
    "What was done is read by overseers and administrators.",
    "Ce qui a été fait est lu par les contrôleurs et les administrateurs.",
)
OUTCOMES: Mapping[str, Wording] = MappingProxyType(
    {
        "done": Wording("Done", "Fait"),
        "granted": Wording("Allowed", "Permis"),
        "refused": Wording("Refused", "Refusé"),
        "failed": Wording("Failed", "Échoué"),
        "interrupted": Wording("Cut off", "Coupé"),
    }
)

LEDGER = Wording("Is the record whole?", "Le registre est-il intact ?")
LEDGER_ABOUT = Wording(
    "Everything that is done here is an entry in the ledger; each entry seals the one before. Verifying "
    "reads all of it. A checkpoint that is kept outside proves later that nothing before it was altered.",
    "Tout ce qui est fait ici est une entrée du registre ; chacune scelle la précédente. La vérification lit "
    "tout. Un point de contrôle gardé à l'extérieur prouve plus tard que rien de ce qui précède n'a changé.",
)
VERIFY = Wording("Verify the ledger", "Vérifier le registre")
EXPORT = Wording("Save a checkpoint", "Enregistrer un point de contrôle")
INTACT = Wording("Intact", "Intact")
DAMAGED = Wording("Not as it was written", "Modifié depuis son écriture")
VERIFIED = Wording(
    "{entries} entries, verified {moment}; stored checkpoints that agree: {checkpoints}.",
    "{entries} entrées, vérifiées {moment} ; points de contrôle conservés qui concordent : {checkpoints}.",
)
LAST_HASH = Wording("Seal of the last entry", "Sceau de la dernière entrée")
FINGERPRINT = Wording("Fingerprint of its key", "Empreinte de sa clé")
FINDING = Wording("Entries {first} to {last}: {problem}", "Entrées {first} à {last} : {problem}")
PROBLEMS: Mapping[str, Wording] = MappingProxyType(
    {
        "changed": Wording("changed after they were written", "changées après écriture"),
        "removed": Wording("missing between others", "manquantes entre d'autres"),
        "moved": Wording("in another place than their own", "déplacées"),
        "inserted": Wording("a line that was never written", "une ligne jamais écrite"),
        "broken-link": Wording("two neighbours do not belong together", "deux voisines ne vont pas ensemble"),
        "torn": Wording("the last line has no end", "la dernière ligne est incomplète"),
        "truncated": Wording("missing at the end", "manquantes à la fin"),
        "rewritten": Wording("written anew after a checkpoint", "réécrites après un point de contrôle"),
        "bad-checkpoint": Wording("a checkpoint that does not hold", "un point de contrôle non valable"),
    }
)
CHECKPOINT = Wording("Checkpoint to keep", "Point de contrôle à garder")
READ_AT = Wording(
    "Read from the ledger {moment}; read anew every hour.",
    "Lu dans le registre {moment} ; relu chaque heure.",
)
PUBLIC_LEAD = Wording(
    "What each archive here is for, what it may and may not do, and what was done with it.",
    "À quoi sert chaque archive d'ici, ce qu'elle peut faire ou non, et ce qui en a été fait.",
)
PUBLIC = Wording("Public oversight", "Contrôle public")
PUBLIC_LINK = Wording("What is done here: for everybody to see", "Ce qui est fait ici : visible par tous")
NOT_PUBLIC = Wording("There is no such page.", "Cette page n'existe pas.")
