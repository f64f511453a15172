# SPDX-License-Identifier: Apache-2.0
"""Words for people, places and firms of nobody. Data only.

Municipalities are real (name, province, postcode, land-registry code), so that tax codes and addresses look right;
every person, firm and street number is put together by chance.
"""


def _words(text: str) -> tuple[str, ...]:
    """Words between blanks; an underscore is a blank inside one."""
    return tuple(word.replace("_", " ") for word in text.split())


SURNAMES = _words(
    """
    Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti De_Luca
    Costa Giordano Mancini Rizzo Lombardi Moretti Barbieri Fontana Santoro Mariani Rinaldi Caruso
    Ferrara Galli Martini Leone Longo Gentile Martinelli Vitale Lombardo Serra Coppola De_Santis
    D'Angelo Marchetti Parisi Villa Conte Ferraro Ferri Fabbri Bianco Marini Grasso Valentini Messina
    Sala De_Angelis Gatti Pellegrini Palumbo Sanna Farina Rizzi Monti Cattaneo Morelli Amato Silvestri
    Mazza Testa Grassi Pellegrino Carbone Giuliani Benedetti Barone Rossetti Caputo Montanari Guerra
    Palmieri Bernardi Martino Fiore De_Rosa Ferretti Bellini Basile Riva Donati Piras Vitali Battaglia
    Sartori Neri Costantini Milani Pagano Ruggiero Sorrentino D'Amico Orlando Damico Negri
    """
)
MEN = _words(
    """
    Marco Andrea Luca Giuseppe Antonio Francesco Alessandro Matteo Lorenzo Davide Roberto Stefano Paolo
    Giovanni Simone Riccardo Federico Daniele Gabriele Michele Salvatore Vincenzo Fabio Massimo Claudio
    Enrico Alberto Giorgio Maurizio Nicola Pietro Emanuele Angelo Mario Sergio Filippo Tommaso Edoardo
    Samuele Diego
    """
)
WOMEN = _words(
    """
    Maria Anna Giulia Francesca Sara Laura Chiara Valentina Elena Alessia Silvia Martina Paola Federica
    Elisa Roberta Simona Cristina Barbara Daniela Monica Claudia Ilaria Giovanna Angela Rosa Teresa
    Lucia Patrizia Stefania Michela Serena Veronica Giorgia Beatrice Alice Irene Marta Caterina Nadia
    """
)
ABROAD = (
    ("Adrian", "Popescu", "Z129", "en"), ("Elena", "Ionescu", "Z129", "it"), ("Mohamed", "El Amrani", "Z330", "en"),
    ("Fatima", "Benali", "Z330", "it"), ("Wei", "Chen", "Z210", "en"), ("Olena", "Kovalenko", "Z138", "en"),
    ("Amina", "Diallo", "Z343", "en"), ("Besnik", "Hoxha", "Z100", "it"), ("Priya", "Sharma", "Z222", "en"),
    ("Carlos", "Mendoza", "Z611", "en"),
)  # fmt: skip
"""First name, surname, land-registry code of the state of birth, preferred language."""

CITIES = (
    ("Modena", "MO", "41121", "F257"), ("Reggio nell'Emilia", "RE", "42121", "H223"), ("Parma", "PR", "43121", "G337"),
    ("Bologna", "BO", "40121", "A944"), ("Ferrara", "FE", "44121", "D548"), ("Ravenna", "RA", "48121", "H199"),
    ("Forlì", "FC", "47121", "D704"), ("Cesena", "FC", "47521", "C573"), ("Imola", "BO", "40026", "E289"),
    ("Carpi", "MO", "41012", "B819"), ("Faenza", "RA", "48018", "D458"), ("Sassuolo", "MO", "41049", "I462"),
    ("Piacenza", "PC", "29121", "G535"), ("Mantova", "MN", "46100", "E897"), ("Cremona", "CR", "26100", "D150"),
    ("Verona", "VR", "37121", "L781"),
)  # fmt: skip
"""Municipality, province, postcode, land-registry code."""

COAST = (
    ("Rimini", "RN", "47921", "H294"), ("Riccione", "RN", "47838", "H274"), ("Cervia", "RA", "48015", "C553"),
    ("Cesenatico", "FC", "47042", "C574"), ("Cattolica", "RN", "47841", "C357"),
)  # fmt: skip

STREETS = _words(
    """
    Via_Garibaldi Via_Mazzini Via_Verdi Via_Cavour Via_Marconi Via_Dante Via_Leopardi Via_Manzoni
    Via_Gramsci Via_Matteotti Via_Carducci Via_Pascoli Via_dei_Tigli Via_delle_Rose Via_della_Pace
    Via_del_Mulino Viale_Europa Via_San_Francesco Via_Don_Minzoni Via_Galileo_Galilei
    Via_Leonardo_da_Vinci Via_Puccini Via_Rossini Viale_Trento Via_Torino Via_Po Via_Emilia_Est
    Corso_Italia Piazza_della_Libertà Via_dell'Artigianato Via_dell'Industria
    """
)
TRADES = _words(
    """
    Panificio Officina_Meccanica Ristorante Pizzeria Bar Farmacia Autotrasporti Edilizia Falegnameria
    Lavanderia Tipografia Ottica Caseificio Salumificio Ferramenta Carrozzeria Studio_Dentistico
    Ceramiche Impianti Vivai
    """
)
FORMS = ("S.r.l.", "S.n.c.", "S.a.s.", "S.r.l.", "S.p.A.", "S.r.l.s.")
HOTELS = _words(
    """
    Adriatico Belvedere Miramare Sirena Gabbiano Aurora Riviera Splendor Mareblu Stella Giardino
    Bellariva Lido Imperiale Corallo Ondina Tritone Villa_Azzurra Continental Nettuno
    """
)
CONDOMINIUMS = _words(
    """
    I_Pioppi Le_Betulle Il_Ponte La_Rocca San_Martino Europa Parco_Nord Le_Terrazze Il_Borgo Galvani
    Santa_Chiara Le_Magnolie Aldebaran Sole Il_Faro Quadrifoglio Verdi Torre_Alta La_Pergola Ariosto
    Girasole Arcobaleno
    """
)
SHOPS = _words(
    """
    Centro_Commerciale Mobili Calzature Abbigliamento Libreria Supermercato Casa_di_Cura Palestra Uffici
    """
)
PUBLIC = (
    "Comune di {city}", "Istituto Comprensivo di {city}", "Biblioteca Comunale di {city}", "Azienda Servizi alla "
    "Persona di {city}", "Casa della Salute di {city}", "Liceo Statale di {city}", "Polizia Locale di {city}",
)  # fmt: skip
