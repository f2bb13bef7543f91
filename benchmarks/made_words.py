"""The words that made-up datasets are made of, in English and Spanish. None of them says a figure."""

from typing import Final

FIRST: Final = (
    *("San", "Santa", "Villa", "Puerto", "Valle", "Cerro", "Punta", "Rancho", "Campo", "Costa", "Monte", "Bahía"),
    *("Cañada", "Laguna", "Mesa", "Colonia", "Ejido", "Fuerte", "Isla", "Loma"),
)
SECOND: Final = (
    *("Adelina", "Aurelio", "Baltasar", "Benigna", "Camila", "Cipriano", "Damiana", "Delfín", "Elvira", "Eusebio"),
    *("Fabiola", "Fermín", "Gala", "Gaspar", "Hilaria", "Humberto", "Ifigenia", "Isauro", "Jacinta", "Joel"),
    *("Leonor", "Leandro", "Macaria", "Melquiades", "Nieves", "Norberto", "Odilia", "Olegario", "Paloma", "Porfirio"),
    *("Querubín", "Quintila", "Rebeca", "Rutilio", "Salomé", "Severino", "Tarsila", "Tiburcio", "Ubaldo", "Urbana"),
)
THIRD: Final = (
    *("del Mar", "del Sol", "del Norte", "del Sur", "de la Sierra", "de la Barranca", "de los Pinos", "de las Dunas"),
    *("de la Bahía", "del Desierto", "del Palmar", "de la Frontera", "de los Álamos", "del Cobre", "de la Sal"),
    *("del Río", "de la Vega", "de las Garzas", "del Águila", "de la Arena", "de los Olivos", "del Faro"),
    *("de la Niebla", "del Cardón", "del Manglar"),
)

TOPICS: Final = (
    *(
        ("harbor", "puertos"),
        ("housing", "vivienda"),
        ("water", "agua"),
        ("road", "carreteras"),
        ("school", "escuelas"),
    ),
    *(("hospital", "hospitales"), ("customs", "aduanas"), ("energy", "energía"), ("labor", "trabajo")),
    *(("fishery", "pesca"), ("vineyard", "viñedos"), ("airport", "aeropuertos"), ("rail", "ferrocarriles")),
    *(("tourism", "turismo"), ("census", "censos"), ("factory", "fábricas"), ("warehouse", "almacenes")),
    *(("logistics", "logística"), ("software", "programación"), ("battery", "baterías"), ("solar", "energía solar")),
    *(("wind", "viento"), ("desalination", "desalinización"), ("irrigation", "riego"), ("tomato", "tomate")),
    *(("strawberry", "fresa"), ("dairy", "lácteos"), ("furniture", "muebles"), ("textile", "textiles")),
    *(
        ("toy", "juguetes"),
        ("plastics", "plásticos"),
        ("glass", "vidrio"),
        ("ceramics", "cerámica"),
        ("steel", "acero"),
    ),
    *(("copper", "cobre"), ("salt", "sal"), ("cement", "cemento"), ("timber", "madera"), ("paper", "papel")),
    *(("printing", "imprenta"), ("radio", "radio"), ("film", "cine"), ("music", "música"), ("museum", "museos")),
    *(
        ("library", "bibliotecas"),
        ("sports", "deporte"),
        ("park", "parques"),
        ("forest", "bosques"),
        ("coast", "costas"),
    ),
    *(("island", "islas"), ("desert", "desierto"), ("mountain", "montañas"), ("valley", "valles"), ("river", "ríos")),
    *(("bridge", "puentes"), ("tunnel", "túneles"), ("ferry", "transbordadores"), ("bus", "autobuses")),
    *(("taxi", "taxis"), ("bicycle", "bicicletas"), ("pedestrian", "peatones"), ("freight", "carga")),
    *(("container", "contenedores"), ("insurance", "seguros"), ("banking", "banca"), ("credit", "crédito")),
    *(("tax", "impuestos"), ("pension", "pensiones"), ("migration", "migración"), ("language", "lenguas")),
    *(("nutrition", "nutrición"), ("dental", "odontología"), ("pharmacy", "farmacias"), ("nursing", "enfermería")),
    *(("veterinary", "veterinaria"), ("optics", "óptica"), ("robotics", "robótica"), ("drone", "drones")),
    *(("satellite", "satélites"), ("helicopter", "helicópteros"), ("shipyard", "astilleros"), ("marina", "marinas")),
    *(("lighthouse", "faros"), ("market", "mercados"), ("bakery", "panaderías"), ("brewery", "cervecerías")),
    *(("restaurant", "restaurantes"), ("hotel", "hoteles"), ("cinema", "salas de cine"), ("theater", "teatros")),
    *(("laundry", "lavanderías"), ("recycling", "reciclaje"), ("waste", "residuos"), ("noise", "ruido")),
    *(
        ("air", "aire"),
        ("climate", "clima"),
        ("earthquake", "sismos"),
        ("fire", "incendios"),
        ("flood", "inundaciones"),
    ),
)
"""What reports are about, from the most to the least frequent: before the word for a report, and after it."""
REPORTS: Final = (
    *(("survey", "encuesta"), ("bulletin", "boletín"), ("yearbook", "anuario"), ("register", "registro")),
    *(("inventory", "inventario"), ("outlook", "panorama"), ("review", "revista"), ("atlas", "atlas")),
)
SCOPES: Final = (
    *(("women", "mujeres"), ("men", "hombres"), ("urban areas", "zonas urbanas"), ("rural areas", "zonas rurales")),
    *(("northbound", "hacia el norte"), ("southbound", "hacia el sur"), ("goods", "bienes"), ("services", "servicios")),
    *(("private sector", "sector privado"), ("public sector", "sector público"), ("small firms", "empresas pequeñas")),
    *(("large firms", "empresas grandes"), ("residents born abroad", "residentes nacidos en el extranjero")),
    *(("full time", "tiempo completo"), ("part time", "tiempo parcial"), ("exports only", "solo exportaciones")),
    *(("weekends", "fines de semana"), ("weekdays", "días hábiles"), ("new plants", "plantas nuevas")),
    *(("coastal strip", "franja costera"), ("border strip", "franja fronteriza"), ("gross", "en bruto")),
)
ACTIVITIES: Final = (
    *(("assembly of {}", "ensamble de {}"), ("repair of {}", "reparación de {}"), ("sale of {}", "venta de {}")),
    *(("design of {}", "diseño de {}"), ("study of {}", "estudio de {}"), ("teaching about {}", "enseñanza sobre {}")),
)
GOODS: Final = (
    *(("pumps", "bombas"), ("valves", "válvulas"), ("cables", "cables"), ("lenses", "lentes"), ("boats", "barcos")),
    *(("antennas", "antenas"), ("sensors", "sensores"), ("guitars", "guitarras"), ("surfboards", "tablas de surf")),
    *(("catheters", "catéteres"), ("circuit boards", "tarjetas de circuitos"), ("windows", "ventanas")),
    *(("doors", "puertas"), ("chairs", "sillas"), ("motors", "motores"), ("bearings", "rodamientos")),
)
