"""Why an outcome moved: an effect divided among what the scenario fixes, rules, interests and mechanisms."""

INTERVENTIONS, RULES, INTERESTS, MECHANISMS = "interventions", "rules", "interests", "mechanisms"
RESPONSE = "response"
"""The division into what the scenario itself does, and how ground, stocks and other actors answer."""
GROUPS = (RESPONSE, INTERVENTIONS, RULES, INTERESTS, MECHANISMS)
"""Ways of dividing the whole effect."""
DIVISIONS = (RESPONSE, INTERVENTIONS, RULES, MECHANISMS)
"""Those in which it is divided unless others are asked for."""
MOST_ENTRIES = 6
"""Beyond so many entries pages do not take a scenario apart: every set of them would be an arm of its own."""
PARTS = {
    "itself": "what the scenario's own acts do within a month, all else being as in the other arm",
    "ground": "what they add up to over the months, in ground and stocks, if nobody else decides otherwise",
    "response": "what others decide otherwise because of them",
}
"""What each part of an effect is; they add up to it."""
