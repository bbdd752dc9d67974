// simulate/catalogue_words.h: the words of which the synthetic catalogue makes the names of artists, albums and tracks.
//
// All names are put together by chance; where one is like a name of the real world, that is chance too. Real catalogues hold accents,
// quotes, ampersands, scripts of half the world and emoji, so these do as well: whoever reads the events must cope with them.
//
// UTF-8. Constants of the program.
#pragma once

#include <array>
#include <string_view>

namespace playhead::simulate::words {

using std::literals::string_view_literals::operator""sv;

inline constexpr std::array kAdjectives = {
    "Silver"sv, "Broken"sv,  "Golden"sv,   "Quiet"sv,    "Endless"sv,  "Electric"sv, "Lonely"sv,   "Wild"sv,     "Hollow"sv, "Velvet"sv,
    "Blue"sv,   "Crimson"sv, "Faded"sv,    "Frozen"sv,   "Burning"sv,  "Distant"sv,  "Gentle"sv,   "Heavy"sv,    "Hidden"sv, "Honest"sv,
    "Little"sv, "Lost"sv,    "Magnetic"sv, "Midnight"sv, "Neon"sv,     "Paper"sv,    "Perfect"sv,  "Restless"sv, "Second"sv, "Secret"sv,
    "Simple"sv, "Slow"sv,    "Strange"sv,  "Sudden"sv,   "Summer"sv,   "Sweet"sv,    "Tender"sv,   "Tired"sv,    "Wasted"sv, "Winter"sv,
    "Amber"sv,  "Bitter"sv,  "Crooked"sv,  "Empty"sv,    "Fearless"sv, "Glass"sv,    "Northern"sv, "Plastic"sv,  "Sacred"sv, "Violet"sv};

inline constexpr std::array kNouns = {
    "Heart"sv,      "River"sv,    "City"sv,     "Light"sv,    "Shadow"sv,   "Road"sv,      "Fire"sv,    "Rain"sv,    "Summer"sv,
    "Dream"sv,      "Window"sv,   "Mirror"sv,   "Ocean"sv,    "Highway"sv,  "Garden"sv,    "Ghost"sv,   "Moon"sv,    "Letter"sv,
    "Morning"sv,    "Night"sv,    "Echo"sv,     "Stranger"sv, "Thunder"sv,  "Harbour"sv,   "Horizon"sv, "Machine"sv, "Melody"sv,
    "Memory"sv,     "Mountain"sv, "Paradise"sv, "Promise"sv,  "Radio"sv,    "Satellite"sv, "Silence"sv, "Skyline"sv, "Smoke"sv,
    "Station"sv,    "Storm"sv,    "Sugar"sv,    "Sunday"sv,   "Tomorrow"sv, "Train"sv,     "Valley"sv,  "Voice"sv,   "Water"sv,
    "Wilderness"sv, "Wire"sv,     "Wolf"sv,     "Wonder"sv,   "Youth"sv,    "Anchor"sv,    "Bridge"sv,  "Candle"sv,  "Diamond"sv,
    "Feather"sv,    "Island"sv,   "Lantern"sv,  "Ribbon"sv,   "Tide"sv,     "Vision"sv};

inline constexpr std::array kVerbs = {"Leaving"sv,   "Chasing"sv,     "Holding"sv,      "Breaking"sv,     "Finding"sv,    "Losing"sv,
                                      "Following"sv, "Waiting for"sv, "Dancing with"sv, "Running from"sv, "Painting"sv,   "Counting"sv,
                                      "Burning"sv,   "Remembering"sv, "Stealing"sv,     "Crossing"sv,     "Singing to"sv, "Falling for"sv};

inline constexpr std::array kTowns = {"Lisbon"sv, "Memphis"sv, "Reykjavík"sv, "São Paulo"sv, "Kraków"sv, "Málaga"sv,      "Osaka"sv,
                                      "Dakar"sv,  "Tbilisi"sv, "Nashville"sv, "Zürich"sv,    "Bogotá"sv, "Göteborg"sv,    "Naples"sv,
                                      "Quito"sv,  "Seoul"sv,   "Montréal"sv,  "Austin"sv,    "Cádiz"sv,  "Thessaloniki"sv};

inline constexpr std::array kFirstNames = {"Mara"sv,    "Elio"sv,   "Noor"sv,  "Zoë"sv,     "Tomás"sv,  "Ingrid"sv,   "Kofi"sv,  "Yara"sv,
                                           "Léo"sv,     "Søren"sv,  "Amara"sv, "Juno"sv,    "Dmitri"sv, "Hana"sv,     "Milo"sv,  "Aïcha"sv,
                                           "Otis"sv,    "Paloma"sv, "Rafał"sv, "Saoirse"sv, "Theo"sv,   "Ursula"sv,   "Viggo"sv, "Wren"sv,
                                           "Ximena"sv,  "Yusuf"sv,  "Žofia"sv, "Beatriz"sv, "Caleb"sv,  "Delphine"sv, "Emeka"sv, "Freya"sv,
                                           "Gustavo"sv, "Hélène"sv, "Ivo"sv,   "Jolene"sv,  "Kiara"sv,  "Lucía"sv,    "Mateo"sv, "Nadia"sv};

inline constexpr std::array kLastNames = {
    "Arden"sv,     "Bellweather"sv, "Castellano"sv, "Dubois"sv,     "Eriksen"sv,  "Fontaine"sv, "Grimaldi"sv, "Hollis"sv,    "Ibáñez"sv,
    "Jansen"sv,    "Kovačević"sv,   "Lindqvist"sv,  "Marlowe"sv,    "Nakamura"sv, "O'Dell"sv,   "Park"sv,     "Quispe"sv,    "Rousseau"sv,
    "Sandoval"sv,  "Thornton"sv,    "Underhill"sv,  "Villanueva"sv, "Whitlock"sv, "Yılmaz"sv,   "Zamora"sv,   "Bergström"sv, "Okafor"sv,
    "Delacroix"sv, "Nguyễn"sv,      "Müller"sv,     "Castro"sv,     "Sinclair"sv, "Baptiste"sv, "McCrae"sv,   "Ferrante"sv,  "Halloran"sv};

// What a band calls itself: "The Silver Herons", "Velvet Engines".
inline constexpr std::array kBands = {"Herons"sv,    "Engines"sv,    "Lanterns"sv,      "Pilots"sv,  "Orphans"sv,    "Sailors"sv,
                                      "Tigers"sv,    "Satellites"sv, "Cartographers"sv, "Wolves"sv,  "Astronauts"sv, "Brothers"sv,
                                      "Sisters"sv,   "Thieves"sv,    "Foxes"sv,         "Mirrors"sv, "Saints"sv,     "Kings"sv,
                                      "Strangers"sv, "Arcades"sv,    "Magnolias"sv,     "Cousins"sv, "Gardeners"sv,  "Ravens"sv};

// Each genre's own kind of ensemble, in the order of kGenres: "Noor Castellano Quartet".
inline constexpr std::array<std::array<std::string_view, 4>, 8> kEnsembles = {
    {{"Club", "Avenue", "Hearts", "Parade"},
     {"Band", "Revival", "Experience", "Riot"},
     {"Trio", "Quartet", "Quintet", "Big Band"},
     {"Chamber Orchestra", "Ensemble", "String Quartet", "Philharmonic"},
     {"Soundsystem", "Machine", "Collective", "Project"},
     {"Crew", "Clique", "Mafia", "Squad"},
     {"& the Drifters", "Family Band", "& the Ranch Hands", "Ramblers"},
     {"Blues Band", "Delta Review", "& the Night Shift", "Stompers"}}};

// Artists of other scripts and spellings; a number is added where one is taken.
inline constexpr std::array kWorldArtists = {"Björklund"sv, "夜行列車"sv,     "Сны о море"sv,    "밤하늘 소년"sv, "فرقة القمر"sv,
                                             "להקת הים"sv,  "Ήλιος & Σκιά"sv, "นักเดินทาง"sv,      "李小雨"sv,      "Molotov ''76"sv,
                                             "AC\\Delta"sv, "M¥ST€R"sv,       "¡Órale!"sv,       "Sigur & Sön"sv, "!!!WOW!!!"sv,
                                             "चाँदनी"sv,     "Ñandú"sv,        "The \"Quotes\""sv};

inline constexpr std::array kWorldTitles = {"夜のドライブ"sv,
                                            "Ночной город"sv,
                                            "밤의 노래"sv,
                                            "أغنية الليل"sv,
                                            "שיר של בוקר"sv,
                                            "Καλημέρα, Αθήνα"sv,
                                            "雨后的街"sv,
                                            "Corazón de papel"sv,
                                            "L'été à Marseille"sv,
                                            "Für immer jung"sv,
                                            "Não me esqueças"sv,
                                            "Café \"El Sueño\""sv,
                                            "Señorita Año Nuevo"sv,
                                            "Dziękuję, mamo"sv,
                                            "Gözlerin"sv,
                                            "Đêm Sài Gòn"sv,
                                            "บ้านเก่า"sv,
                                            "चाँद के पार"sv,
                                            "Straße ohne Ende"sv,
                                            "Le cœur & la nuit"sv,
                                            "love 💔"sv,
                                            "¿Dónde estás?"sv,
                                            "Smörgåsbord"sv,
                                            "Já se mě neptej"sv,
                                            "さくら・さくら"sv,
                                            "Älska mig"sv,
                                            "Tu & yo"sv,
                                            "Hôtel d'Amérique"sv,
                                            "N°5"sv,
                                            "100 % you"sv,
                                            "<3"sv,
                                            "C:\\Users\\Love"sv};

inline constexpr std::array kForms = {"Sonata"sv,         "Prelude"sv, "Nocturne"sv, "Symphony"sv,
                                      "String Quartet"sv, "Étude"sv,   "Waltz"sv,    "Piano Concerto"sv};
inline constexpr std::array kKeyNames = {"C Major"sv, "C-Sharp Minor"sv, "D Major"sv, "D Minor"sv,      "E-Flat Major"sv, "E Minor"sv,
                                         "F Major"sv, "F-Sharp Minor"sv, "G Minor"sv, "A-Flat Major"sv, "A Minor"sv,      "B-Flat Major"sv};
inline constexpr std::array kMovements = {"I. Allegro"sv, "II. Andante con moto"sv, "III. Scherzo: Vivace"sv,
                                          "IV. Presto"sv, "II. Adagio"sv,           "I. Moderato"sv};

inline constexpr std::array kAfterTitles = {" (Remix)"sv,           " - Radio Edit"sv, " (Acoustic)"sv, " - Live"sv,
                                            " - Remastered 2011"sv, " (Interlude)"sv,  ", Pt. 2"sv,     " (Demo)"sv};

}  // namespace playhead::simulate::words
