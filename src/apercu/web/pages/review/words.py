"""The texts of the review page: English and French side by side."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from apercu.purposes import Wording

CAMERA = Wording("Camera", "Caméra")
DAY = Wording("Day", "Jour")
DAY_BEFORE = Wording("Day before", "Jour précédent")
DAY_AFTER = Wording("Day after", "Jour suivant")
NO_CLOCK = Wording("{name} (no clock)", "{name} (sans horloge)")
SEARCH_TEXT = Wording("Search in words", "Chercher en mots")
SEARCH_HINT = Wording("class:car stopped:10s after:12:30", "class:car stopped:10s after:12:30")
SEARCH = Wording("Search", "Chercher")
HELP = Wording("Help", "Aide")
FOUND = Wording("{count} objects", "{count} objets")
FOUND_ONE = Wording("1 object", "1 objet")
NOTHING = Wording("Nothing was found. Ask for less.", "Rien n'a été trouvé. Demandez moins.")
NO_FOOTAGE = Wording(
    "This archive holds no recordings yet.", "Cette archive ne contient encore aucun enregistrement."
)
FIRST_OF = Wording("The first {count} are listed.", "Les {count} premiers sont listés.")

TIMELINE = Wording("Activity by minute", "Activité par minute")
TIMELINE_HINT = Wording(
    "Drag to choose a time; click for the hour; the wheel goes nearer.",
    "Glissez pour choisir une période ; cliquez pour l'heure ; la molette zoome.",
)
TIMELINE_KEYS = Wording(
    "Arrows walk along it, with Shift they choose, Enter takes it; plus, minus and zero show more or less.",
    "Les flèches la parcourent, avec Maj elles choisissent, Entrée valide ; plus, moins et zéro zooment.",
)
NEARER = Wording("Nearer (+)", "Plus près (+)")
FURTHER = Wording("Further (−)", "Plus loin (−)")
ALL_OF_IT = Wording("All", "Tout")
NOBODY = Wording("nothing", "rien")
TIMELINE_NO_CLOCK = Wording(
    "This recording has no clock: minutes count from its start.",
    "Cet enregistrement n'a pas d'horloge : les minutes comptent depuis son début.",
)
BEGIN = Wording("From", "De")
END = Wording("to", "à")
WHOLE_DAY = Wording("Whole day", "Jour entier")

FILTERS = Wording("Filters", "Filtres")
CLEAR = Wording("Clear all", "Tout effacer")
KIND = Wording("What it is", "Ce que c'est")
COLOUR = Wording("Colour", "Couleur")
DID = Wording("What it did", "Ce qu'il a fait")
STOPPED = Wording("Stopped 10 s or more", "Arrêté 10 s ou plus")
PARKED = Wording("Parked", "Stationné")
TURNED_BACK = Wording("Turned back", "A fait demi-tour")
AGAINST_FLOW = Wording("Against the flow", "À contresens")
LEAST_THERE = Wording("There at least (s)", "Présent au moins (s)")
WHERE = Wording("Where", "Où")
DRAW = Wording("Draw on the scene", "Dessiner sur la scène")
NAMED = Wording("Drawn before:", "Déjà dessinés :")
PLACES = Wording("Drawn or named: {count}", "Dessinés ou nommés : {count}")
REMOVE = Wording("Remove", "Retirer")
SAVED = Wording("Saved searches", "Recherches enregistrées")
SAVE = Wording("Save this search", "Enregistrer la recherche")
SAVE_NAME = Wording("Name (letters, digits, - _ .)", "Nom (lettres, chiffres, - _ .)")
SAVED_NOW = Wording("Saved as {name}.", "Enregistrée sous {name}.")

SCENE = Wording("Draw on the empty scene", "Dessiner sur la scène vide")
AREA = Wording("Area", "Zone")
LINE = Wording("Line", "Ligne")
PATH = Wording("Path", "Trajet")
SCENE_HINT = Wording(
    "Click to set points; double-click or Enter ends. Or: arrows move the cross, space sets a point.",
    "Cliquez pour poser des points ; double-clic ou Entrée termine. Au clavier : les flèches déplacent la "
    "croix, espace pose un point.",
)
WAY_IN = Wording("was there", "y a été")
WAY_ENTERED = Wording("came in", "y est entré")
WAY_LEFT = Wording("went out", "en est sorti")
SIDE_EITHER = Wording("crossed it", "l'a franchie")
SIDE_RIGHT = Wording("crossed to the right", "franchie vers la droite")
SIDE_LEFT = Wording("crossed to the left", "franchie vers la gauche")
ALONG = Wording("went along it", "l'a suivi")
AGAIN = Wording("Start again", "Recommencer")
USE = Wording("Search here", "Chercher ici")
NO_SCENE = Wording("No empty scene may be shown here.", "Aucune scène vide ne peut être montrée ici.")

GROWING = Wording(
    "Still being rendered: more comes by itself.", "Rendu en cours : la suite arrive d'elle-même."
)
GONE = Wording(
    "This video can no longer be shown: it is gone, or the service cannot be reached. Make or open it again.",
    "Cette vidéo ne peut plus être montrée : elle n'existe plus, ou le service est injoignable. "
    "Refaites-la ou rouvrez-la.",
)
SYNOPSIS = Wording("Synopsis", "Synopsis")
NOTICE = Wording(
    "A synopsis shows moments together that did not happen together. It is not evidence.",
    "Un synopsis montre ensemble des moments qui n'ont pas eu lieu ensemble. Ce n'est pas une preuve.",
)
MAKE = Wording("Make the synopsis", "Faire le synopsis")
MAKE_AGAIN = Wording("Make it anew", "Refaire le synopsis")
AT_ONCE = Wording("At once", "À la fois")
ANY_NUMBER = Wording("no limit", "sans limite")
OVERLAP = Wording("Overlap", "Chevauchement")
FOLLOW = Wording("Make it anew when I change this", "Le refaire à chaque changement")
WOULD_LAST = Wording("{objects} of {whole} in {length}", "{objects} de {whole} en {length}")
SHAPE_HINT = Wording("Move a slider to see how long it becomes.", "Déplacez un curseur pour voir sa durée.")
OUTDATED = Wording(
    "The filters have changed since this was made.", "Les filtres ont changé depuis sa création."
)
WAITS = Wording("Waiting for its turn…", "En attente…")
NO_PICTURES = Wording("This archive may not show pictures.", "Cette archive ne peut pas montrer d'images.")
BEFORE_MAKING = Wording(
    "Choose what to see, then make the synopsis. People are pixelated.",
    "Choisissez quoi voir, puis faites le synopsis. Les personnes sont pixelisées.",
)
STAGES: Mapping[str, Wording] = MappingProxyType(
    {
        "begin": Wording("Beginning", "Début"),
        "check": Wording("Checking the recordings", "Vérification des enregistrements"),
        "arrange": Wording("Arranging", "Arrangement"),
        "cut": Wording("Cutting out", "Découpe"),
        "render": Wording("Rendering", "Rendu"),
        "show": Wording("Reading pictures", "Lecture des images"),
    }
)

PLAY = Wording("Play or pause", "Lire ou suspendre")
BACK = Wording("One second back", "Une seconde en arrière")
FORWARD = Wording("One second on", "Une seconde en avant")
SPEED = Wording("Speed", "Vitesse")
POSITION = Wording("Position", "Position")
FULL = Wording("Full screen", "Plein écran")
BOXES = Wording("Show boxes", "Montrer les cadres")
ON_SCREEN = Wording("On screen", "À l'écran")
PLAYER = Wording("Player of the synopsis", "Lecteur du synopsis")

OBJECTS = Wording("Objects", "Objets")
SHEET = Wording("Contact sheet", "Planche-contact")
HIDE_REVIEWED = Wording("Hide reviewed", "Masquer les vus")
REVIEWED = Wording("Reviewed", "Vu")
REVIEWED_OF = Wording("{done} of {count} reviewed by you", "{done} sur {count} vus par vous")

BEFORE = Wording("Previous object (P)", "Objet précédent (P)")
NEXT = Wording("Next object (N)", "Objet suivant (N)")
MOMENT = Wording("Original moment", "Moment original")
CHOOSE_ONE = Wording(
    "Click an object in the synopsis or in the list to see its original moment.",
    "Cliquez sur un objet du synopsis ou de la liste pour voir son moment original.",
)
PIXELATED = Wording("People are pixelated", "Personnes pixelisées")
AS_FILMED = Wording("People as they were filmed", "Personnes telles que filmées")
TAKE_CLIP = Wording("Take this clip", "Prendre cet extrait")
MARK = Wording("Mark reviewed", "Marquer comme vu")
UNMARK = Wording("Take the mark away", "Retirer la marque")
COPY_LINK = Wording("Copy link", "Copier le lien")
COPIED = Wording("The link is copied.", "Le lien est copié.")
ONLY_THIS = Wording("Search for this one only", "Ne chercher que celui-ci")
ASK_UNREDACTED = Wording("Ask to see people as filmed", "Demander à voir les personnes telles que filmées")
SHOW_UNREDACTED = Wording("Show people as filmed", "Montrer les personnes telles que filmées")
ASK_ABOUT = Wording(
    "Another person has to approve this, for exactly this moment. Say why you need it.",
    "Une autre personne doit l'autoriser, pour exactement ce moment. Dites pourquoi vous en avez besoin.",
)
WHY_ABOUT = Wording(
    "Say why people are to be seen as they were filmed. It is recorded.",
    "Dites pourquoi les personnes doivent être vues telles que filmées. C'est consigné.",
)
ASK_SEARCH = Wording("Ask another person to approve this search", "Faire autoriser cette recherche")
ASKED = Wording(
    "Asked. Another person has to approve it now.", "Demandé. Une autre personne doit maintenant l'autoriser."
)
WAITING_FOR = Wording("Your request waits for another person.", "Votre demande attend une autre personne.")
WAS_DENIED = Wording("Your request was denied: {remark}", "Votre demande a été refusée : {remark}")
APPROVED_BY = Wording("Approved by {person}.", "Autorisé par {person}.")
LASTS = Wording("there for {length}", "présent {length}")

SPACE = Wording("Space", "Espace")
KEYS: Mapping[str, Wording] = MappingProxyType(
    {
        "{space} K": Wording("play or pause", "lire ou suspendre"),
        "← →": Wording("one second back or on; with Shift one picture", "une seconde ; avec Maj une image"),
        "J": Wording("backwards; again: faster", "en arrière ; encore : plus vite"),
        "L": Wording("forwards; again: faster", "en avant ; encore : plus vite"),
        "N P": Wording("next or previous object", "objet suivant ou précédent"),
        "M": Wording("mark the chosen object as reviewed", "marquer l'objet choisi comme vu"),
        "+ − 0": Wording(
            "on the timeline: nearer, further, all; arrows walk, with Shift they choose",
            "sur la frise : plus près, plus loin, tout ; les flèches parcourent, avec Maj choisissent",
        ),
        "/": Wording("search in words", "chercher en mots"),
        "?": Wording("this help", "cette aide"),
    }
)

COLOURS: Mapping[str, Wording] = MappingProxyType(
    {
        "black": Wording("black", "noir"),
        "white": Wording("white", "blanc"),
        "grey": Wording("grey", "gris"),
        "red": Wording("red", "rouge"),
        "orange": Wording("orange", "orange"),
        "yellow": Wording("yellow", "jaune"),
        "green": Wording("green", "vert"),
        "blue": Wording("blue", "bleu"),
        "purple": Wording("purple", "violet"),
        "pink": Wording("pink", "rose"),
        "brown": Wording("brown", "marron"),
    }
)
