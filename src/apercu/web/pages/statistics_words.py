"""The texts of the statistics page."""

from __future__ import annotations

from apercu.purposes import Wording

STATISTICS = Wording("Statistics", "Statistiques")
NOTHING = Wording(
    "No camera was counted yet. Add footage first.", "Aucune caméra comptée. Ajoutez d'abord des images."
)
ADD = Wording("Add footage", "Ajouter des images")
STOP = Wording("Stop counting", "Arrêter le comptage")
PLACES = Wording("Lines and zones", "Lignes et zones")
PLACES_HINT = Wording(
    "Click on the picture to draw: a line takes two points, a zone three or more and a double click. By "
    "keyboard: arrows move, space sets a point, Enter ends, Backspace takes one back. Feet count, not heads.",
    "Cliquez sur l'image pour tracer : deux points pour une ligne, trois ou plus et un double clic pour une "
    "zone. Au clavier : flèches pour bouger, espace pour poser un point, Entrée pour finir, Retour arrière "
    "pour reprendre. Ce sont les pieds qui comptent.",
)
LINE = Wording("Line", "Ligne")
ZONE = Wording("Zone", "Zone")
NAME = Wording("Name", "Nom")
NAME_HINT = Wording("a letter, then letters, digits, - _ .", "une lettre, puis lettres, chiffres, - _ .")
KEEP = Wording("Keep it", "Garder")
AGAIN = Wording("Draw anew", "Recommencer")
REMOVE = Wording("Remove {name}", "Retirer {name}")
NO_PLACES = Wording("Nothing is drawn yet.", "Rien n'est encore tracé.")
KEPT = Wording("{name} is kept.", "{name} est gardé.")
BOARD = Wording("Picture of {camera}, to draw on", "Image de {camera}, pour tracer")
RIGHT_SIDE = Wording("right", "droite")

ASK = Wording("Count", "Compter")
INTERVAL = Wording("Interval", "Intervalle")
FROM = Wording("First day", "Premier jour")
TO = Wording("Last day", "Dernier jour")
CLASSES = Wording("Only these classes", "Seulement ces catégories")
ONLY_PLACES = Wording("Only these places", "Seulement ces lieux")
HEAT = Wording("Map of where it moves (by the hour)", "Carte des passages (par heure)")
COUNTING = Wording("Counting…", "Comptage…")
BAD_DAY = Wording("a day is written like 2026-05-31", "un jour s'écrit 2026-05-31")
RULES = Wording("Which numbers may leave", "Quels nombres peuvent sortir")
RESULT = Wording("Numbers", "Nombres")
LEFT = Wording("Numbers: {number}", "Nombres : {number}")
WITHHELD = Wording("Withheld: {number}", "Retenus : {number}")
NONE_WITHHELD = Wording("None withheld", "Aucun retenu")
OBSERVED = Wording("{share} of the time was observed", "{share} du temps observé")
CHARTS = Wording("Charts and tables", "Graphiques et tableaux")
MAP = Wording("Where it moves", "Où cela passe")
MAP_OF = Wording(
    "Map of movement over the empty scene of {camera}", "Carte des passages sur la scène vide de {camera}"
)
EXPORT = Wording("Save as", "Enregistrer")
REASON = Wording("Reason", "Motif")
NO_SCENE = Wording(
    "No empty scene of this camera is kept or may be shown: draw on the empty sheet.",
    "Aucune scène vide de cette caméra n'est gardée ou visible : tracez sur la feuille vide.",
)
FRAME = Wording("Draw on a picture of the footage", "Tracer sur une image du film")
FRAME_ABOUT = Wording("People in it are pixelated.", "Les personnes y sont pixelisées.")
