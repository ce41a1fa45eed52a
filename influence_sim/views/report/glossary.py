"""Plain words for someone who has never heard of any of this: who the actors are, and what the outcomes mean."""

from __future__ import annotations

from typing import Final

ACTORS: Final = {
    "russia": "talks to the Taliban, invites Afghanistan's neighbours to Moscow, wants to be heard as a great power",
    "us": "leads the foreign troops and pays for Kabul; in early 2018 it still refused open relations with the Taliban",
    "kabul": "the internationally recognised government of Afghanistan, which depends on foreign money and troops",
    "taliban": "the insurgents who fight Kabul; a moderate and a hard-line wing pull in different directions",
    "daesh": "the local branch of the Islamic State, an enemy of everyone else here",
    "pakistan": "neighbour with long-standing ties to the Taliban",
    "china": "neighbour that wants quiet on its border and takes part in most of the talks",
    "iran": "neighbour that fears Daesh and rivals the US",
    "europe": "partners of the US who help Kabul and keep away from the Taliban, at least in public",
    "india": "close to Kabul, wary of Pakistan and the Taliban",
    "central_asia": "the five former Soviet republics to the north, through which drugs and fighters might pass",
}
"""One line on each actor; an actor that is not here is told by its name alone."""

OUTCOMES: Final = {
    "kabul_authority": "How far the government in Kabul really governs: ground, exclusive recognition, revenue and "
    "cohesion taken together.",
    "kabul_territory": "Part of the population that lives under the government's control.",
    "kabul_recognition": "How far outsiders deal with Kabul alone, and not with the Taliban as well.",
    "kabul_revenue": "Foreign aid and taxes, against the most they could be.",
    "kabul_cohesion": "How far the government holds together.",
    "russia_acceptance": "How willing those concerned, above all Kabul and the Taliban, are to let Russia mediate.",
    "us_acceptance": "How willing those concerned, above all Kabul and the Taliban, are to let the US mediate.",
    "russia_mediator_share": "Russia's part of the acceptance that Russia and the US have as mediators together: it "
    "falls when the US gains, even if Russia loses nothing.",
    "us_mediator_share": "The US's part of the acceptance that Russia and the US have as mediators together.",
    "russia_prestige": "How much of a great power Russia is taken to be: accepted as mediator, followed by others, "
    "leading talks that succeed.",
    "us_prestige": "The same for the US.",
    "consensus": "Weight of the outside powers whose public line on the Taliban is Moscow's.",
    "russia_inclusion": "Whether Russia sits wherever talks about Afghanistan are held.",
    "taliban_recognition": "Weight of the outside powers that deal openly with the Taliban.",
    "taliban_control": "Part of the population that lives under the Taliban.",
    "daesh_control": "Part of the population that lives under Daesh.",
    "daesh_strength": "How strong Daesh's organisation in Afghanistan is.",
    "contested": "Districts that neither side controls.",
    "districts_government": "Districts that the government controls or influences.",
    "districts_insurgent": "Districts that the insurgents control or influence.",
    "northern_threat": "How dangerous Daesh looks from Central Asia and Russia.",
    "us_presence": "Troops and money of the US in Afghanistan.",
    "opium_output": "How much opium is produced.",
    "opium_to_russia": "The part of it that travels north, towards Russia.",
    "taliban_opium_share": "The part of it that grows where insurgents rule.",
    "violence": "How violent the war is.",
    "settlement": "How far talks between Kabul and the Taliban have come: 0 is nothing, 1 is peace.",
    "moderate_share": "How strong the moderates among the Taliban are.",
    "p_us_engages": "How likely the US is to turn to open relations with the Taliban in that month.",
    "russia_support": "Money, arms or intelligence from Russia to the Taliban.",
    "iran_support": "The same from Iran.",
    "pakistan_support": "The same from Pakistan.",
    "russia_engagement": "How much Russia deals with the Taliban, openly or not.",
    "us_engagement": "How much the US deals with the Taliban, openly or not.",
    "europe_engagement": "How much European states deal openly with the Taliban.",
    "taliban_daesh_fighting": "How hard the Taliban fight Daesh.",
    "moscow_forum_states": "How many states came to the last talks in Moscow.",
    "us_in_moscow_format": "Whether the US had come to the last talks in Moscow.",
}
"""One sentence on each outcome; one that is not here is told by its label alone."""

PARAMETERS: Final = {
    "authority.erosion": "How much of Kabul's standing is lost if the whole world recognises the Taliban",
    "authority.inclusion_relief": "How much of that loss Kabul is spared by sitting at the same table",
    "authority.sidelined": "How far the government falls apart while others talk to the Taliban without it",
    "authority.mean": "How the four parts of authority combine",
    "prestige.following": "How much prestige it brings when others come round to one's line",
    "prestige.progress": "How much prestige the fortunes of one's own talks bring or cost",
    "prestige.acceptance": "How much prestige being accepted as mediator brings",
    "mediation.rivalry": "How far one mediator's gain is the other's loss",
    "mediation.absent": "How much acceptance a mediator keeps among those who do not sit at its table",
    "mediation.without_access": "How much acceptance counts if the mediator cannot reach both sides",
    "mediation.tie": "How much a close tie makes a mediator acceptable",
    "decide.rationality": "How strictly actors follow their interests, rather than act at random",
    "decide.alliance_weight": "How much alliances count against an actor's own interests",
    "decide.inertia": "How fast an actor's policy follows its decision",
    "tie.strength": "How much an actor's ties to others sway its decisions",
}
"""Plain words for parameters that a page is likely to offer; the others are told by their note."""

FORUMS: Final = {
    "moscow_format": "talks that Russia leads in Moscow",
    "qcg": "four-party talks of the US, China, Pakistan and Kabul",
}
"""What the forums are; others are told by their label."""

DEEDS: Final = {
    "engage_publicly": "open relations with {target}",
    "engage_covertly": "secret contacts with {target}",
    "support": "support for {target}: money, arms or intelligence",
    "fight": "fighting against {target}",
    "convene": "convening the {target}",
    "attend": "a seat at the {target}",
    "press_for_talks": "pressure on {target} to talk",
    "eradicate_poppy": "rooting out opium poppy on its own ground",
}
"""What an actor can do, as a thing that it does in full, in part or not at all."""
