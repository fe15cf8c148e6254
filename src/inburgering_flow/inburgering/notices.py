"""What staff record of a case when it happens: what DUO, COA, the BRP, a third party or the person told the municipality.

The names are those of DUO's own signals (SS101 and on) and of the messages in the processes. Once a connector receives a
partner's message by itself, the same message comes in twice at worst: the case hears it once.
"""

from __future__ import annotations

from inburgering_flow.i18n import N_
from inburgering_flow.model.plugin import Notice, StartField

CASE = frozenset(("klantmanager", "regievoerder"))
ENFORCEMENT = frozenset(("klantmanager", "handhaver", "jurist", "regievoerder"))
RECEPTION = CASE | {"coa-medewerker"}
BRP = StartField("brpDatum", N_("Datum inschrijving BRP"), "date")
END = StartField(
    "termijnEinde", N_("Einddatum van DUO (de eerste dag na de termijn)"), "date", N_("Vul de einddatum van DUO in.")
)

NOTICES = (
    Notice(
        "burger.zienswijze", N_("Inwoner: zienswijze ontvangen"), ENFORCEMENT,
        (StartField(
            "zienswijze", N_("Wat de inwoner schrijft of zegt"), "story", N_("Vul in wat de inwoner schrijft of zegt.")
        ),),
        hint=N_("Ook als de termijn voorbij is: wie besluit, krijgt de zienswijze te zien."),
    ),
    Notice("gemeente.alsnog-nagekomen", N_("Inwoner: alsnog nagekomen"), ENFORCEMENT),
    Notice(
        "gemeente.informatie-gevraagd", N_("Gemeente: informatie van een derde gevraagd"), CASE,
        (StartField(
            "informatieDerdenGrond", N_("Bij wie en welke informatie"), "story", N_("Vul in bij wie u welke informatie vroeg.")
        ),),
        hint=N_("Bijvoorbeeld een diploma bij een school. Een inwoner die niet komt, is geen derde."),
    ),
    Notice(
        "gemeente.informatie-derden", N_("Derde: informatie ontvangen"), CASE,
        (StartField("informatieDerdenOntvangen", N_("Ontvangen op"), "date", N_("Vul in wanneer u de informatie ontving.")),),
    ),
    Notice(
        "gemeente.brp-inschrijving", N_("BRP: ingeschreven"), CASE,
        (StartField("brpDatum", N_("Datum inschrijving BRP"), "date", N_("Vul de datum van de inschrijving in.")),),
    ),
    Notice("coa.uitstroom", N_("COA: uit de opvang vertrokken"), RECEPTION, (BRP,)),
    Notice(
        "duo.SS131", N_("DUO: uitslag leerbaarheidstoets (SS131)"), CASE,
        (StartField(
            "lbtUitslag", N_("Uitslag"), "choice", N_("Kies de uitslag."),
            (("B1-route haalbaar", N_("B1-route haalbaar")), ("B1-route niet haalbaar", N_("B1-route niet haalbaar"))),
        ),),
    ),
    Notice("duo.SS102", N_("DUO: termijn begonnen (SS102)"), CASE, (END,)),
    Notice(
        "duo.SS103", N_("DUO: termijn ambtshalve verlengd (SS103)"), CASE, (END,)
    ),
    Notice(
        "duo.SS104", N_("DUO: termijn op verzoek verlengd (SS104)"), CASE, (END,)
    ),
    Notice("duo.SS106", N_("DUO: diploma behaald (SS106)"), CASE),
    Notice("duo.SS107", N_("DUO: vrijstelling (SS107)"), CASE),
    Notice("duo.SS108", N_("DUO: ontheffing (SS108)"), CASE),
    Notice("duo.SS110", N_("DUO: plicht vervallen (SS110)"), CASE),
    Notice("duo.SS111", N_("DUO: overleden (SS111)"), CASE),
    Notice("duo.SS122", N_("DUO: verhuisd naar een andere gemeente (SS122)"), CASE),
    Notice("duo.SS124", N_("DUO: nu gezinsmigrant of overige migrant (SS124)"), CASE),
    Notice("duo.SS125", N_("DUO: nu asielstatushouder (SS125)"), CASE),
)  # fmt: skip
