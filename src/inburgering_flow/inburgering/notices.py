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
TOLD, NOT_TOLD = N_("Wat de inwoner schrijft of zegt"), N_("Vul in wat de inwoner schrijft of zegt.")
END = StartField(
    "termijnEinde", N_("Einddatum van DUO (de eerste dag na de termijn)"), "date", N_("Vul de einddatum van DUO in.")
)
ENDED = StartField("plichtGeeindigdOp", N_("Dag waarop de plicht eindigde (laat leeg als die vandaag is)"), "date")
DIED = StartField("datumOverlijden", N_("Dag van overlijden (laat leeg als die niet bekend is)"), "date")
PERMITS = (
    ("asiel bepaalde tijd", N_("Asiel voor bepaalde tijd")), ("asiel onbepaalde tijd", N_("Asiel voor onbepaalde tijd")),
    ("regulier", N_("Regulier")),
    ("EU-langdurig ingezetene met aantekening", N_("EU-langdurig ingezetene, met aantekening internationale bescherming")),
    ("anders", N_("Anders")),
)  # fmt: skip
PERMIT = StartField("vergunning", N_("Verblijfsvergunning"), "choice", N_("Kies de verblijfsvergunning."), PERMITS)

SIGNALS = (
    ("SS109", N_("SS109: Tijdelijke vrijstelling toegekend")),
    ("SS112", N_("SS112: Verzoek om verlenging ingediend")),
    ("SS113", N_("SS113: Verzoek om verlenging afgewezen")),
    ("SS114", N_("SS114: Verzoek om gehele vrijstelling afgewezen")),
    ("SS115", N_("SS115: Verzoek om tijdelijke vrijstelling afgewezen")),
    ("SS116", N_("SS116: Verzoek om gedeeltelijke vrijstelling afgewezen")),
    ("SS117", N_("SS117: Gedeeltelijke vrijstelling toegekend")),
    ("SS118", N_("SS118: Verzoek om ontheffing afgewezen")),
    ("SS119", N_("SS119: Gedeeltelijke ontheffing toegekend")),
    ("SS123", N_("SS123: Vertrokken uit Nederland")),
    ("SS126", N_("SS126: Tien weken voorbij en nog geen leerroute")),
    ("SS127", N_("SS127: Nog geen inburgeringsaanbod ontvangen")),
    ("SS128", N_("SS128: Inburgeringsplichtig, bijna AOW")),
    ("SS129", N_("SS129: Tijdelijke vrijstelling ingetrokken, nog geen leerroute")),
    ("SS130", N_("SS130: Tijdelijke vrijstelling ingetrokken, PIP bekend")),
    ("SS132", N_("SS132: Opleidingscontract ontvangen, nog geen PIP")),
    ("SS133", N_("SS133: Opleidingscontract past niet bij de leerroute")),
    ("SS135", N_("SS135: Opleidingscontract met te hoog niveau in de Z-route")),
    ("SS136", N_("SS136: Contract taalschakeltraject zonder onderwijsroute")),
    ("SS137", N_("SS137: Aangemeld voor de leerbaarheidstoets")),
    ("SS139", N_("SS139: Tien weken voor het PIP begonnen")),
    ("SS140", N_("SS140: Advies gevraagd over bijzondere omstandigheden")),
    ("SS141", N_("SS141: Certificaat Z-route klaar")),
    ("SS142", N_("SS142: Opleiding die niet vrijstelt is beëindigd")),
    ("SS199", N_("SS199: Uitslag examen bekend")),
    ("anders", N_("Een ander signaal: schrijf de code hieronder")),
)
"""The signals of DUO without an event of their own in a case; what each means stands in d24-duo-signalen.dmn."""

NOTICES = (
    Notice(
        "burger.zienswijze", N_("Inwoner: zienswijze ontvangen"), ENFORCEMENT,
        (StartField("zienswijze", TOLD, "story", NOT_TOLD),),
        hint=N_("Ook als de termijn voorbij is: wie besluit, krijgt de zienswijze te zien."),
    ),
    Notice(
        "burger.bezwaar", N_("Inwoner: bezwaar ontvangen"), ENFORCEMENT,
        (
            StartField(
                "besluitSoort", N_("Tegen welk besluit?"), "choice", N_("Kies tegen welk besluit het bezwaar is."),
                (("boete", N_("Boete")), ("pip", N_("PIP")), ("route", N_("Andere leerroute")),
                 ("bijlage", N_("PIP-bijlage Participatiewet")),
                 ("betalen", N_("Besluit over betalen")), ("anders", N_("Een ander besluit"))),
            ),
            StartField("besluitKenmerk", N_("Kenmerk van het besluit (bij een boete: het kenmerk van de overtreding)")),
            StartField("bezwaarOntvangenOp", N_("Ontvangen op"), "date", N_("Vul in wanneer het bezwaar binnenkwam.")),
            StartField("bezwaarGepostOp", N_("Gepost op (volgens het poststempel)"), "date"),
            StartField("eldersOntvangenOp", N_("Eerder ontvangen bij een ander loket op"), "date"),
            StartField(
                "bezwaarWijze", N_("Hoe kwam het binnen?"), "choice", N_("Kies hoe het bezwaar binnenkwam."),
                (("post", N_("Post")), ("digitaal", N_("Digitaal")), ("verkeerd loket", N_("Bij een ander loket"))),
            ),
        ),
        hint=N_("Meld het altijd, ook als het te laat lijkt: een jurist beoordeelt dat."),
    ),
    Notice(
        "burger.bezwaar-aangevuld", N_("Inwoner: bezwaar aangevuld"), ENFORCEMENT,
        (StartField("aanvulling", N_("Wat is er aangevuld?"), "story", N_("Vul in wat er is aangevuld.")),),
    ),
    Notice("burger.bezwaar-ingetrokken", N_("Inwoner: bezwaar ingetrokken"), ENFORCEMENT),
    Notice("burger.ziet-af-van-horen", N_("Inwoner: wil niet worden gehoord"), ENFORCEMENT),
    Notice("burger.ingebrekestelling", N_("Inwoner: ingebrekestelling ontvangen"), ENFORCEMENT),
    Notice("burger.beroep", N_("Inwoner: beroep ingesteld"), ENFORCEMENT),
    Notice("rechtbank.uitspraak", N_("Rechtbank: uitspraak ontvangen"), ENFORCEMENT),
    Notice(
        "gemeente.vervangend-besluit", N_("Gemeente: besluit vervangen tijdens het bezwaar"), frozenset(("jurist",)),
        (
            StartField("vervangendBesluit", N_("Wat is het nieuwe besluit?"), "story", N_("Vul in wat het nieuwe besluit is.")),
            StartField("vervangendBedrag", N_("Nieuw bedrag van de boete in euro's"), "amount"),
        ),
    ),
    Notice(
        "gemeente.betaling", N_("Bank: betaling ontvangen"), frozenset(("financieel-medewerker",)),
        (
            StartField("betaaldBedrag", N_("Bedrag in euro's"), "amount", N_("Vul het bedrag in.")),
            StartField("bijgeschrevenOp", N_("Bijgeschreven op"), "date", N_("Vul in wanneer het is bijgeschreven.")),
        ),
        hint=N_("Een betaling telt vanaf de dag waarop zij op de rekening staat."),
    ),
    Notice(
        "burger.betaalverzoek", N_("Inwoner: vraagt iets over betalen"), ENFORCEMENT | {"financieel-medewerker"},
        (
            StartField(
                "verzoekSoort", N_("Waar vraagt de inwoner om?"), "choice", N_("Kies waar de inwoner om vraagt."),
                (("uitstel", N_("Later betalen")), ("betalingsregeling", N_("Betalen in delen")),
                 ("kwijtschelding", N_("Niet hoeven betalen"))),
            ),
            StartField("verzoekTekst", TOLD, "story", NOT_TOLD),
        ),
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
    Notice(
        "gemeente.vergunning-gewijzigd", N_("BRP: andere verblijfsvergunning"), CASE,
        (
            PERMIT,
            StartField(
                "verblijfBij", N_("Bij regulier: vergunning van de persoon bij wie de inwoner verblijft"), "choice",
                options=PERMITS,
            ),
        ),
        hint=N_("Begeleiding en ontzorgen hangen af van de vergunning."),
    ),
    Notice(
        "gemeente.bijstand-toegekend", N_("Bijstand: recht toegekend"), CASE,
        (
            StartField("bijstandVanaf", N_("Dag waarop het recht ontstond"), "date", N_("Vul in vanaf welke dag er recht is.")),
            PERMIT,
        ),
        hint=N_("De zes maanden ontzorgen tellen vanaf de dag van het recht, ook als u later meldt."),
    ),
    Notice(
        "gemeente.bijstand-beeindigd", N_("Bijstand: recht geëindigd"), CASE,
        (StartField("bijstandTot", N_("Laatste dag van het recht"), "date", N_("Vul de laatste dag van het recht in.")),),
    ),
    Notice(
        "gemeente.bijlage-herzien", N_("Bijstand: PIP-bijlage Participatiewet opnieuw bekijken"), CASE,
        (StartField("herzieningReden", N_("Wat is er veranderd?"), "story", N_("Vul in wat er is veranderd.")),),
        hint=N_("Het PIP zelf verandert hierdoor niet."),
    ),
    Notice(
        "coa.koppeling", N_("COA: gekoppeld aan deze gemeente"), RECEPTION,
        (StartField("koppelingOp", N_("Gekoppeld op"), "date", N_("Vul in wanneer de koppeling was.")),),
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
    Notice(
        "duo.SS106", N_("DUO: diploma behaald (SS106)"), CASE,
        (StartField("diplomaDatum", N_("Diploma of certificaat behaald op (leeg: vandaag)"), "date"),),
        hint=N_("Deze dag bepaalt voor welk jaar het traject meetelt in de uitkering."),
    ),
    Notice("duo.SS107", N_("DUO: vrijstelling (SS107)"), CASE, (ENDED,)),
    Notice("duo.SS108", N_("DUO: ontheffing (SS108)"), CASE, (ENDED,)),
    Notice("duo.SS110", N_("DUO: plicht vervallen (SS110)"), CASE, (ENDED,)),
    Notice("duo.SS111", N_("DUO: overleden (SS111)"), CASE, (DIED,)),
    Notice(
        "duo.SS122", N_("DUO: verhuisd naar een andere gemeente (SS122)"), CASE,
        (StartField("verhuisdOp", N_("Verhuisd op (leeg: vandaag)"), "date"),),
    ),
    Notice(
        "gemeente.gegevens-opgevraagd", N_("Andere gemeente: vraagt om gegevens"), CASE,
        (
            StartField("verzoekGemeente", N_("Welke gemeente vraagt erom?"), missing=N_("Vul in welke gemeente erom vraagt.")),
            StartField("verzoekOntvangenOp", N_("Ontvangen op"), "date", N_("Vul in wanneer het verzoek binnenkwam.")),
        ),
        hint=N_("Zonder verzoek gaat er niets naar een andere gemeente."),
    ),
    Notice(
        "gemeente.gegevens-ontvangen", N_("Andere gemeente: gegevens ontvangen"), CASE,
        (
            StartField(
                "vorigeLeerroute", N_("Leerroute in het eerdere PIP"), "choice",
                options=(("B1", N_("B1-route")), ("O", N_("Onderwijsroute")), ("Z", N_("Zelfredzaamheidsroute"))),
            ),
            StartField(
                "vorigNiveau", N_("Niveau in het eerdere PIP"), "choice", options=(("A2", "A2"), ("B1", "B1"), ("B2", "B2")),
            ),
            StartField("vorigePipDagtekening", N_("Datum van het eerste PIP"), "date"),
        ),
        hint=N_("Laat leeg wat de andere gemeente niet heeft: misschien was er nog geen PIP."),
    ),
    Notice("duo.SS124", N_("DUO: nu gezinsmigrant of overige migrant (SS124)"), CASE),
    Notice("duo.SS125", N_("DUO: nu asielstatushouder (SS125)"), CASE),
    Notice(
        "minister.uitkering-herzien", N_("Minister: uitkering van het jaar herzien"), frozenset(("financieel-medewerker",)),
        (StartField("herzieningOp", N_("De wet is gewijzigd op"), "date", N_("Vul in wanneer de wet is gewijzigd.")),),
    ),
    Notice(
        "duo.signaal", N_("DUO: een ander signaal"), CASE,
        (
            StartField("signaal", N_("Welk signaal?"), "choice", N_("Kies het signaal."), SIGNALS),
            StartField("signaalTekst", N_("Wat DUO erbij schrijft"), "story"),
        ),
    ),
)  # fmt: skip
