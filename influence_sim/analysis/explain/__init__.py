"""Why an outcome moved: an effect divided among what the scenario fixes, rules, interests and mechanisms."""

INTERVENTIONS, RULES, INTERESTS, MECHANISMS = GROUPS = ("interventions", "rules", "interests", "mechanisms")
"""Groups of parts, each of which divides the whole effect."""
DIVISIONS = (INTERVENTIONS, RULES, MECHANISMS)
"""Those among which it is divided unless others are asked for."""
