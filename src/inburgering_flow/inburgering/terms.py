"""Figures that only this law has, and how names of facts are written."""

from __future__ import annotations

from inburgering_flow.i18n import N_
from inburgering_flow.model.plugin import Budget, Indicator

ACRONYMS = frozenset(("pip", "brp", "pvt", "map", "lbt", "coa", "b1", "nt2", "knm", "duo", "sisa"))
INDICATORS = (
    Indicator(
        N_("Lopende zaken per doelgroep"), "doelgroep", N_("Doelgroep"), N_("Er zijn nog geen zaken met een doelgroep.")
    ),
    Indicator(
        N_("Lopende zaken per leerroute"), "leerroute", N_("Leerroute"), N_("Er zijn nog geen zaken met een leerroute.")
    ),
)
FOLLOWED = (("handhaving", N_("Handhaving: hoe het afliep")), ("bezwaar-en-beroep", N_("Bezwaar en beroep: hoe het afliep")))
BUDGETS = (
    Budget(
        "structureel-2020", N_("Uitvoeringskosten, structureel"), N_("Bestuurlijk akkoord van 28 april 2020, meicirculaire 2020"),
        N_("Landelijk € 35,2 miljoen per jaar. Vul het deel van uw gemeente in."),
    ),
    Budget(
        "eenmalig-2020", N_("Invoeringskosten, eenmalig"), N_("Bestuurlijk akkoord van 28 april 2020, meicirculaire 2020"),
        N_("Landelijk € 36,5 miljoen, een keer. Vul het deel van uw gemeente in."),
    ),
    Budget(
        "ondertussengroep", N_("Ondertussengroep"), N_("Bestuurlijk akkoord van 28 april 2020"),
        N_("Landelijk € 25,5 miljoen. Vul het deel van uw gemeente in. Alleen voor wie onder de oude wet valt."),
    ),
    Budget(
        "spuk", N_("Specifieke uitkering inburgeringsvoorzieningen"), N_("Wet inburgering 2021, art. 40"),
        N_("Alleen voor voorzieningen, niet voor de uitvoering."),
    ),
)
"""The means that the agreement of 28 April 2020 and the law give. The three national sums are the agreement's; what a
municipality gets of them it writes down itself.
"""
