"""Why an outcome moved: an effect divided among what the scenario fixes, rules, interests and mechanisms."""
