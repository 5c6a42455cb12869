"""What leaves the house: answers, and whole pictures in which nobody can be recognised.

Nothing is imported here: ``apercu.Archive`` comes from this room, and pictures take long to import.
"""
