"""Rules over tracks: what was met is an event; a signal puts it before a person, who decides."""
