"""The texts of the page of signals."""

from __future__ import annotations

from apercu.purposes import Wording

SIGNALS = Wording("Signals", "Signalements")
OPEN = Wording("To answer", "À traiter")
ANSWERED = Wording("Answered", "Traités")
ALL_CAMERAS = Wording("All cameras", "Toutes les caméras")
CAMERA = Wording("Camera", "Caméra")
ALL_RULES = Wording("All rules", "Toutes les règles")
MARK = Wording("Mark (M)", "Marquer (M)")
UNMARK = Wording("Unmark (M)", "Démarquer (M)")
MARK_THIS = Wording("Mark {signal}", "Marquer {signal}")
MARK_ALL = Wording("Mark all listed (A)", "Marquer toute la liste (A)")
UNMARK_ALL = Wording("Unmark all: {count} (A)", "Tout démarquer : {count} (A)")
FOR_MARKED = Wording(
    "Marked: {count}. An answer goes to each of them, and only to them.",
    "Marqués : {count}. La réponse vaut pour chacun d'eux, et pour eux seuls.",
)
CONFIRM_MARKED = Wording("Confirm {count} (C)", "Confirmer : {count} (C)")
DISMISS_MARKED = Wording("Dismiss {count} (X)", "Écarter : {count} (X)")
SOUND = Wording("Sound for new ones", "Son à l'arrivée")
NOTHING_OPEN = Wording("Nothing is waiting for an answer.", "Rien n'attend de réponse.")
NOTHING_ANSWERED = Wording("Nothing was answered yet.", "Rien n'a encore été traité.")
LIST = Wording("List of signals", "Liste des signalements")
SIGNAL = Wording("Signal", "Signalement")
MISSING = Wording(
    "This signal is not there: it was erased, or the address is not right.",
    "Ce signalement n'est pas là : il a été effacé, ou l'adresse n'est pas la bonne.",
)
SOME = Wording("{shown} of {total}", "{shown} sur {total}")
SOME_WAIT = Wording(
    "{shown} of {total}; the oldest has been waiting for {length}",
    "{shown} sur {total} ; le plus ancien attend depuis {length}",
)
MORE = Wording("Show {count} more", "En montrer {count} de plus")
WAITING = Wording("waiting for {length}", "attend depuis {length}")
CONFIRMED = Wording("confirmed", "confirmé")
DISMISSED = Wording("dismissed", "écarté")
REOPENED = Wording("open", "ouvert")
SEVERITY = Wording("severity: {severity}", "gravité : {severity}")
WHERE = Wording("{camera}, {place}", "{camera}, {place}")
PICTURE = Wording(
    "Picture of the signal, people made unrecognisable", "Image du signalement, personnes méconnaissables"
)
NO_PICTURE = Wording("There is no picture, or it is not yours to see.", "Aucune image, ou pas pour vous.")
CLIP = Wording("Show the seconds around it", "Voir les secondes autour")
CONFIRM = Wording("Confirm (C)", "Confirmer (C)")
DISMISS = Wording("Dismiss (X)", "Écarter (X)")
UNDO = Wording("Take the last answer back (U)", "Reprendre la dernière réponse (U)")
NEXT = Wording("Next (J)", "Suivant (J)")
PREVIOUS = Wording("Previous (K)", "Précédent (K)")
BECAUSE = Wording("Dismiss because…", "Écarter car…")
CONFIRM_AS = Wording("Confirm as…", "Confirmer car…")
WORDS = Wording("In words (kept with the answer)", "En toutes lettres (gardé avec la réponse)")
DECIDES = Wording(
    "A person decides: nothing acts by itself. Whatever you answer is recorded under your name.",
    "Une personne décide : rien n'agit de soi-même. Chaque réponse est consignée sous votre nom.",
)
HISTORY = Wording("{actor}, {moment}: {state} ({reason})", "{actor}, {moment} : {state} ({reason})")
ANSWERED_BY = Wording("Answered by {given}", "Traité par {given}")
ANSWERED_MEANWHILE = Wording("Answered meanwhile by {given}", "Traité entre-temps par {given}")
TAKEN_BACK_MEANWHILE = Wording("Taken back meanwhile by {given}", "Repris entre-temps par {given}")
ASK_AGAIN = Wording("Answer it all the same", "Répondre quand même")
PRECISION = Wording("How often rules are right", "Justesse des règles")
PRECISION_ABOUT = Wording(
    "Of the signals that were answered; the bounds hold the true share with 95 % confidence.",
    "Parmi les signalements traités ; les bornes contiennent la vraie part avec 95 % de confiance.",
)
RULE = Wording("Rule", "Règle")
SHARE = Wording("Precision", "Précision")
BOUNDS = Wording("{low} to {high}", "{low} à {high}")
UNANSWERED = Wording("Unanswered", "Sans réponse")
CONFIRMED_COUNT = Wording("Confirmed", "Confirmés")
DISMISSED_COUNT = Wording("Dismissed", "Écartés")
