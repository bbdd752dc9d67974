#include "simulate/person_table.h"

#include <algorithm>
#include <array>

namespace playhead::simulate {
namespace {

using Name = std::string_view;

constexpr Name kEnglishFemale[] = {"Olivia",   "Emma",   "Amelia",  "Charlotte", "Sophia",   "Isabella", "Ava",   "Mia",
                                   "Evelyn",   "Harper", "Grace",   "Chloe",     "Lily",     "Hannah",   "Zoe",   "Abigail",
                                   "Madison",  "Ella",   "Natalie", "Jessica",   "Sarah",    "Emily",    "Megan", "Rachel",
                                   "Ashley",   "Freya",  "Niamh",   "Jennifer",  "Michelle", "Karen",    "Linda", "Susan",
                                   "Patricia", "Erin",   "Kayla",   "Brianna",   "Jasmine",  "Ruby"};
constexpr Name kEnglishMale[] = {"Liam", "Noah",   "Oliver",  "James",       "Elijah", "Lucas",  "Henry",  "William", "Jack",   "Benjamin",
                                 "Theo", "Mason",  "Ethan",   "Logan",       "Jacob",  "Daniel", "Samuel", "David",   "Joseph", "Matthew",
                                 "Ryan", "Nathan", "Michael", "Christopher", "Andrew", "Joshua", "Tyler",  "Brandon", "Kevin",  "Robert",
                                 "John", "Thomas", "Harry",   "George",      "Callum", "Seán",   "Connor", "Malik"};
constexpr Name kEnglishLast[] = {
    "Smith",   "Johnson",  "Williams", "Brown",    "Jones",    "Davis",    "Miller",     "Wilson",    "Taylor",   "Anderson",
    "Thomas",  "Jackson",  "White",    "Harris",   "Martin",   "Thompson", "Clark",      "Lewis",     "Robinson", "Walker",
    "Young",   "Allen",    "King",     "Wright",   "Scott",    "Hill",     "Green",      "Adams",     "Baker",    "Nelson",
    "Carter",  "Mitchell", "Roberts",  "Turner",   "Phillips", "Campbell", "Parker",     "Evans",     "Edwards",  "Collins",
    "Stewart", "Morris",   "Murphy",   "Cook",     "Rogers",   "Morgan",   "Cooper",     "Reed",      "Bailey",   "Kelly",
    "Howard",  "Ward",     "O'Brien",  "O'Connor", "McCarthy", "Hughes",   "Washington", "Jefferson", "Freeman",  "Fraser"};
constexpr Name kGermanFemale[] = {"Emma",    "Mia",    "Hannah", "Lina",      "Marie",  "Lea",   "Anna",   "Sophie",
                                  "Clara",   "Zoë",    "Jana",   "Katharina", "Sabine", "Petra", "Monika", "Julia",
                                  "Antonia", "Jördis", "Käthe",  "Frieda",    "Greta",  "Nele"};
constexpr Name kGermanMale[] = {"Paul",    "Jonas",  "Leon",      "Felix", "Lukas",  "Maximilian", "Moritz",  "Jakob",
                                "Anton",   "Emil",   "Jürgen",    "Jörg",  "Günter", "Stefan",     "Andreas", "Matthias",
                                "Florian", "Tobias", "Sebastian", "Björn", "Niklas", "Karl"};
constexpr Name kGermanLast[] = {"Müller",   "Schmidt",    "Schneider", "Fischer", "Weber",   "Meyer",    "Wagner", "Becker",   "Schulz",
                                "Hoffmann", "Schäfer",    "Koch",      "Bauer",   "Richter", "Klein",    "Wolf",   "Schröder", "Neumann",
                                "Schwarz",  "Zimmermann", "Braun",     "Krüger",  "Hofmann", "Hartmann", "Lange",  "Krause",   "Köhler",
                                "Weiß",     "Jäger",      "Böhm",      "Gruber",  "Huber",   "Günther",  "Groß"};
constexpr Name kFrenchFemale[] = {"Jade",  "Louise", "Emma",   "Alice",  "Chloé",     "Inès",    "Léa",     "Manon",    "Camille", "Zoé",
                                  "Anaïs", "Océane", "Hélène", "Céline", "Françoise", "Aurélie", "Margaux", "Juliette", "Noémie",  "Élise"};
constexpr Name kFrenchMale[] = {"Gabriel", "Louis",   "Raphaël",  "Jules",  "Adam",   "Lucas",     "Hugo",   "Théo",    "Arthur", "Antoine",
                                "Maxime",  "Clément", "François", "Benoît", "Jérôme", "Sébastien", "Mathéo", "Étienne", "Loïc",   "Rémi"};
constexpr Name kFrenchLast[] = {"Martin",    "Bernard",  "Dubois",  "Thomas",   "Robert",    "Petit",    "Durand", "Leroy",
                                "Moreau",    "Simon",    "Laurent", "Lefèvre",  "Michel",    "Garcia",   "Roux",   "Fournier",
                                "Girard",    "Mercier",  "Lambert", "Fontaine", "Chevalier", "Gauthier", "Péron",  "Léger",
                                "Delacroix", "Tremblay", "Gagnon",  "Côté",     "Bélanger"};
constexpr Name kSpanishFemale[] = {"Sofía",     "Valentina", "Lucía",  "María", "Martina", "Camila",  "Paula",
                                   "Daniela",   "Isabel",    "Carmen", "Ana",   "Ximena",  "Renata",  "Fernanda",
                                   "Guadalupe", "Begoña",    "Rocío",  "Pilar", "Inés",    "Gabriela"};
constexpr Name kSpanishMale[] = {"Santiago", "Mateo",    "Sebastián", "Diego",  "Alejandro", "Carlos", "José",
                                 "Juan",     "Luis",     "Hugo",      "Pablo",  "Álvaro",    "Andrés", "Joaquín",
                                 "Íñigo",    "Emiliano", "Jesús",     "Martín", "Óscar",     "Tomás"};
constexpr Name kSpanishLast[] = {"García",   "Rodríguez", "González", "Hernández", "López",   "Martínez", "Pérez",   "Sánchez",
                                 "Ramírez",  "Torres",    "Flores",   "Rivera",    "Gómez",   "Díaz",     "Cruz",    "Morales",
                                 "Reyes",    "Gutiérrez", "Ortiz",    "Ruiz",      "Jiménez", "Muñoz",    "Álvarez", "Romero",
                                 "Castillo", "Vargas",    "Núñez",    "Ibáñez",    "Peña",    "Quispe",   "Rojas",   "Mamani"};
constexpr Name kPortugueseFemale[] = {"Maria",   "Ana",  "Júlia",     "Helena", "Alice",   "Laura", "Beatriz", "Mariana", "Larissa",
                                      "Letícia", "Inês", "Conceição", "Camila", "Vitória", "Luísa", "Débora",  "Bruna",   "Antônia"};
constexpr Name kPortugueseMale[] = {"Miguel", "Arthur",  "João", "Pedro", "Lucas",    "Gabriel", "Rafael", "Matheus", "Gustavo",
                                    "Tiago",  "Antônio", "José", "Caio",  "Vinícius", "Fábio",   "Márcio", "Luís",    "Gonçalo"};
constexpr Name kPortugueseLast[] = {"Silva",  "Santos",    "Oliveira",  "Souza",     "Rodrigues", "Ferreira",  "Alves",    "Pereira",
                                    "Lima",   "Gomes",     "Costa",     "Ribeiro",   "Martins",   "Carvalho",  "Almeida",  "Lopes",
                                    "Araújo", "Gonçalves", "Conceição", "Magalhães", "Simões",    "Guimarães", "Assunção", "Brandão"};
constexpr Name kItalianFemale[] = {"Sofia",     "Giulia", "Aurora",  "Alice", "Ginevra", "Emma",  "Giorgia", "Beatrice",
                                   "Francesca", "Chiara", "Martina", "Elena", "Paola",   "Noemi", "Lucia",   "Ilaria"};
constexpr Name kItalianMale[] = {"Leonardo", "Francesco", "Alessandro", "Lorenzo", "Mattia", "Tommaso", "Andrea",  "Gabriele",
                                 "Riccardo", "Matteo",    "Giuseppe",   "Antonio", "Marco",  "Luca",    "Niccolò", "Davide"};
constexpr Name kItalianLast[] = {"Rossi",   "Russo",  "Ferrari",  "Esposito", "Bianchi",  "Romano",  "Colombo",
                                 "Ricci",   "Marino", "Greco",    "Bruno",    "Gallo",    "Conti",   "De Luca",
                                 "Mancini", "Costa",  "Giordano", "Rizzo",    "Lombardi", "Moretti", "D'Angelo"};
constexpr Name kDutchFemale[] = {"Emma",  "Julia", "Mila",  "Tess",  "Sophie", "Zoë",  "Sara",    "Nora",
                                 "Lotte", "Fleur", "Sanne", "Anouk", "Femke",  "Noor", "Marijke", "Ingrid"};
constexpr Name kDutchMale[] = {"Noah", "Sem",   "Liam",   "Lucas",  "Daan",  "Finn",   "Levi",    "Luuk",
                               "Bram", "Thijs", "Jeroen", "Pieter", "Joris", "Sander", "Maarten", "Gijs"};
constexpr Name kDutchLast[] = {"de Jong",     "Jansen",  "de Vries", "van den Berg", "Bakker",   "van Dijk", "Visser",  "Smit",
                               "Meijer",      "de Boer", "Mulder",   "de Groot",     "Bos",      "Vos",      "Peters",  "Hendriks",
                               "van Leeuwen", "Dekker",  "Brouwer",  "Peeters",      "Janssens", "Maes",     "Coëhoorn"};
constexpr Name kNordicFemale[] = {"Alma",   "Ella", "Freja", "Nora",  "Astrid",  "Maja",   "Saga",  "Ida",   "Ingrid",
                                  "Sigrid", "Åsa",  "Märta", "Sølvi", "Solveig", "Linnéa", "Karin", "Mette", "Thea"};
constexpr Name kNordicMale[] = {"Noah",   "William", "Oscar", "Emil", "Elias",  "Jakob",  "Lars",   "Håkon", "Bjørn",
                                "Anders", "Göran",   "Søren", "Åke",  "Magnus", "Henrik", "Øyvind", "Jens",  "Malthe"};
constexpr Name kNordicLast[] = {"Hansen",   "Johansen", "Olsen",     "Larsen",   "Andersson", "Johansson",   "Karlsson", "Nilsson",
                                "Eriksson", "Nielsen",  "Jensen",    "Pedersen", "Andersen",  "Kristiansen", "Sørensen", "Lindström",
                                "Åkesson",  "Sjöberg",  "Bergström", "Ødegård",  "Møller",    "Østergaard"};
constexpr Name kFinnishFemale[] = {"Aino",  "Eevi",  "Sofia", "Helmi", "Emilia", "Päivi",
                                   "Tuuli", "Kaisa", "Hanna", "Mervi", "Säde",   "Venla"};
constexpr Name kFinnishMale[] = {"Leo", "Eino", "Väinö", "Onni", "Elias", "Mikko", "Antti", "Juhani", "Jyrki", "Pekka", "Yrjö", "Oiva"};
constexpr Name kFinnishLast[] = {"Korhonen",  "Virtanen", "Mäkinen",  "Nieminen", "Mäkelä",   "Hämäläinen", "Laine",
                                 "Heikkinen", "Koskinen", "Järvinen", "Lehtonen", "Saarinen", "Salminen",   "Lindqvist"};
constexpr Name kPolishFemale[] = {"Zofia",     "Zuzanna", "Hanna",  "Maja",     "Julia",  "Małgorzata", "Agnieszka",
                                  "Katarzyna", "Anna",    "Joanna", "Elżbieta", "Bożena", "Oliwia",     "Magdalena"};
constexpr Name kPolishMale[] = {"Antoni", "Jan",    "Jakub",  "Aleksander", "Franciszek", "Piotr",   "Paweł",
                                "Michał", "Łukasz", "Tomasz", "Stanisław",  "Grzegorz",   "Mikołaj", "Bartosz"};
constexpr Name kPolishLast[] = {"Nowak",   "Wójcik",  "Mazur",    "Krawczyk", "Kaczmarek", "Zając",  "Król",  "Wróbel",   "Pawlak",
                                "Walczak", "Stępień", "Michalak", "Dudek",    "Adamczyk",  "Sikora", "Baran", "Szewczyk", "Gołąb"};
constexpr Name kCzechFemale[] = {"Eliška", "Anna",     "Tereza",  "Kateřina", "Lucie", "Zuzana",
                                 "Lenka",  "Kristýna", "Barbora", "Markéta",  "Věra",  "Jiřina"};
constexpr Name kCzechMale[] = {"Jakub",  "Jan",  "Tomáš", "Matěj",  "Vojtěch", "Lukáš",
                               "Ondřej", "Jiří", "Petr",  "Zdeněk", "Václav",  "František"};
constexpr Name kCzechLast[] = {"Novák",  "Svoboda", "Novotný", "Dvořák", "Černý",   "Procházka",
                               "Kučera", "Veselý",  "Horák",   "Němec",  "Pokorný", "Růžička"};
constexpr Name kCzechLastFemale[] = {"Nováková", "Svobodová", "Novotná",  "Dvořáková", "Černá",   "Procházková",
                                     "Kučerová", "Veselá",    "Horáková", "Němcová",   "Pokorná", "Růžičková"};
constexpr Name kHungarianFemale[] = {"Hanna", "Anna", "Zsófia", "Réka", "Eszter", "Katalin", "Ildikó", "Tünde", "Boglárka", "Lilla"};
constexpr Name kHungarianMale[] = {"Bence", "Máté", "Levente", "Ádám", "László", "Gábor", "István", "Zoltán", "Balázs", "Gergő"};
constexpr Name kHungarianLast[] = {"Nagy",   "Kovács", "Tóth",   "Szabó",  "Horváth", "Varga", "Kiss",
                                   "Molnár", "Németh", "Farkas", "Balogh", "Szűcs",   "Erdős", "Lőrincz"};
constexpr Name kRomanianFemale[] = {"Maria",     "Andreea", "Ioana", "Ștefania", "Elena",
                                    "Alexandra", "Mihaela", "Daria", "Bianca",   "Ruxandra"};
constexpr Name kRomanianMale[] = {"Andrei", "Ștefan", "Alexandru", "Mihai", "Ionuț", "Cristian", "Vlad", "Rareș", "Horațiu", "Radu"};
constexpr Name kRomanianLast[] = {"Popescu",  "Ionescu", "Popa",    "Radu", "Dumitru", "Stan",    "Stoica",
                                  "Gheorghe", "Matei",   "Ciobanu", "Rusu", "Mocanu",  "Țurcanu", "Bălan"};
constexpr Name kUkrainianFemale[] = {"Sofiia", "Anna", "Mariia", "Olena", "Oksana", "Daryna", "Iryna", "Nataliia", "Yuliia", "Kateryna"};
constexpr Name kUkrainianMale[] = {"Artem", "Oleksandr", "Maksym", "Dmytro", "Andrii", "Bohdan", "Taras", "Mykola", "Yevhen", "Vitalii"};
constexpr Name kUkrainianLast[] = {"Melnyk",    "Shevchenko", "Kovalenko", "Bondarenko", "Tkachenko", "Kravchenko", "Oliinyk",
                                   "Savchenko", "Lysenko",    "Moroz",     "Marchenko",  "Rudenko",   "Petrenko",   "Klymenko"};
constexpr Name kGreekFemale[] = {"Maria", "Eleni", "Aikaterini", "Vasiliki", "Sofia", "Georgia", "Dimitra", "Ioanna", "Zoi", "Despina"};
constexpr Name kGreekMale[] = {"Georgios",   "Konstantinos", "Dimitrios", "Ioannis",  "Nikolaos",
                               "Panagiotis", "Vasileios",    "Christos",  "Spyridon", "Stavros"};
constexpr Name kGreekLast[] = {"Papadopoulos", "Vlachos",  "Angelopoulos", "Nikolaidis", "Georgiou",
                               "Papadakis",    "Economou", "Karagiannis",  "Makris",     "Dimitriou"};
constexpr Name kGreekLastFemale[] = {"Papadopoulou", "Vlachou",  "Angelopoulou", "Nikolaidou", "Georgiou",
                                     "Papadaki",     "Economou", "Karagianni",   "Makri",      "Dimitriou"};
constexpr Name kTurkishFemale[] = {"Zeynep", "Defne",  "Elif",  "Asel", "Ayşe",   "Fatma", "Merve",
                                   "Büşra",  "Gülşen", "Özlem", "Ebru", "Çiğdem", "Tuğba", "Irmak"};
constexpr Name kTurkishMale[] = {"Yusuf",  "Alparslan", "Mustafa", "Mehmet", "Ahmet",   "Emre",  "Burak",
                                 "Gökhan", "Oğuz",      "Hüseyin", "Çağlar", "İbrahim", "Kağan", "Ömer"};
constexpr Name kTurkishLast[] = {"Yılmaz",  "Kaya",   "Demir", "Şahin", "Çelik", "Yıldız", "Yıldırım", "Öztürk", "Aydın",
                                 "Özdemir", "Arslan", "Doğan", "Kılıç", "Aslan", "Çetin",  "Kara",     "Koç",    "Güneş"};
constexpr Name kArabicFemale[] = {"Fatima", "Maryam", "Aisha", "Noor", "Layla",  "Salma", "Yasmin",
                                  "Hana",   "Rania",  "Dina",  "Nour", "Zainab", "Amira", "Reem"};
constexpr Name kArabicMale[] = {"Mohammed", "Ahmed",   "Omar",  "Ali",   "Youssef", "Khalid", "Hassan",
                                "Abdullah", "Mahmoud", "Karim", "Tariq", "Saeed",   "Faisal", "Ibrahim"};
constexpr Name kArabicLast[] = {"Hassan",  "Ibrahim",   "Mahmoud", "Mostafa", "Al-Harbi", "Al-Qahtani", "El-Sayed",    "Khalil",
                                "Mansour", "Al-Ghamdi", "Nasser",  "Saleh",   "Farouk",   "Haddad",     "Al-Mansoori", "Said"};
constexpr Name kWestAfricanFemale[] = {"Ngozi", "Chidinma", "Amina", "Folasade", "Adaeze",   "Yetunde",
                                       "Ama",   "Akosua",   "Efua",  "Halima",   "Blessing", "Títílayọ"};
constexpr Name kWestAfricanMale[] = {"Chukwuemeka", "Oluwaseun", "Ibrahim", "Tunde", "Emeka",  "Kwame",
                                     "Kofi",        "Kwabena",   "Musa",    "Femi",  "Samuel", "Adébáyọ"};
constexpr Name kWestAfricanLast[] = {"Okafor", "Adeyemi", "Balogun", "Okonkwo", "Eze",   "Bello",    "Abubakar", "Mensah",
                                     "Owusu",  "Boateng", "Asante",  "Osei",    "Nwosu", "Ogunleye", "Danjuma",  "Agyeman"};
constexpr Name kEastAfricanFemale[] = {"Wanjiku", "Achieng", "Akinyi", "Wambui", "Njeri", "Nekesa", "Faith", "Mercy", "Esther", "Chebet"};
constexpr Name kEastAfricanMale[] = {"Kamau", "Otieno", "Mwangi", "Kipchoge", "Ochieng", "Brian", "Dennis", "Kiprono", "Juma", "Wekesa"};
constexpr Name kEastAfricanLast[] = {"Mwangi", "Otieno",   "Ochieng",   "Kamau",  "Njoroge", "Kariuki", "Odhiambo",
                                     "Kimani", "Ng'ang'a", "Cheruiyot", "Wafula", "Mutua",   "Omondi",  "Rotich"};
constexpr Name kSouthAfricanFemale[] = {"Thandiwe", "Nomvula", "Lerato", "Zanele",   "Ayanda",  "Anika",
                                        "Chanté",   "Lesedi",  "Naledi", "Precious", "Elmarie", "Nokuthula"};
constexpr Name kSouthAfricanMale[] = {"Sipho",  "Thabo",  "Bongani", "Mandla", "Lwazi", "Johan",
                                      "Pieter", "Kagiso", "Tshepo",  "Themba", "Riaan", "Junaid"};
constexpr Name kSouthAfricanLast[] = {"Dlamini", "Nkosi", "Ndlovu",    "Khumalo", "Mokoena",  "Botha",  "van der Merwe", "Naidoo",
                                      "Mthembu", "Zulu",  "Pretorius", "Sithole", "Govender", "Molefe", "Joubert",       "Cilliers"};
constexpr Name kIndianFemale[] = {"Aadhya", "Ananya", "Saanvi", "Priya",   "Diya",   "Kavya",     "Lakshmi", "Pooja",
                                  "Shreya", "Neha",   "Meera",  "Nandini", "Ishita", "Aishwarya", "Zara",    "Harpreet"};
constexpr Name kIndianMale[] = {"Aarav",     "Vihaan",  "Arjun", "Rohan",  "Rahul", "Vikram", "Krishna",  "Aditya",
                                "Siddharth", "Karthik", "Imran", "Sanjay", "Harsh", "Manish", "Gurpreet", "Suresh"};
constexpr Name kIndianLast[] = {"Sharma", "Patel", "Singh",     "Kumar",      "Gupta",  "Reddy",   "Nair", "Iyer",
                                "Khan",   "Das",   "Mukherjee", "Chatterjee", "Mehta",  "Joshi",   "Rao",  "Verma",
                                "Desai",  "Kaur",  "Pillai",    "Banerjee",   "Shetty", "Kulkarni"};
constexpr Name kIndonesianFemale[] = {"Siti", "Dewi", "Putri", "Ayu", "Rina", "Wulan", "Indah", "Nur", "Ratna", "Fitri", "Intan", "Melati"};
constexpr Name kIndonesianMale[] = {"Budi", "Agus", "Rizky", "Andi", "Dimas", "Bayu", "Joko", "Hendra", "Wayan", "Fajar", "Arif", "Yoga"};
constexpr Name kIndonesianLast[] = {"Wijaya", "Santoso", "Saputra",     "Pratama", "Hidayat", "Setiawan", "Nugroho",
                                    "Kusuma", "Siregar", "Simanjuntak", "Susanto", "Rahman",  "Hartono",  "Lestari"};
constexpr Name kMalayFemale[] = {"Nurul", "Siti", "Aisyah", "Farah", "Hui Min", "Mei Ling", "Izzah", "Shalini", "Balqis", "Amirah"};
constexpr Name kMalayMale[] = {"Muhammad", "Ahmad", "Amir", "Hafiz", "Farid", "Wei Jie", "Jun Hao", "Azlan", "Ravi", "Iskandar"};
constexpr Name kMalayLast[] = {"Abdullah", "Ismail", "Rahman", "Tan", "Lim", "Lee", "Wong", "Hassan", "Othman", "Raj", "Yusof", "Ng"};
constexpr Name kJapaneseFemale[] = {"Himari", "Hina",   "Yua",    "Sakura", "Aoi",  "Yui",   "Mei",
                                    "Rin",    "Haruka", "Misaki", "Akiko",  "Yūko", "Keiko", "Nanami"};
constexpr Name kJapaneseMale[] = {"Haruto", "Sōta",   "Yūto", "Ren",  "Hiroto",  "Minato", "Daiki",
                                  "Kenta",  "Takumi", "Shō",  "Kōji", "Hiroshi", "Kazuki", "Riku"};
constexpr Name kJapaneseLast[] = {"Satō",      "Suzuki",   "Takahashi", "Tanaka",  "Watanabe", "Itō",    "Nakamura",
                                  "Kobayashi", "Yamamoto", "Katō",      "Yoshida", "Yamada",   "Sasaki", "Matsumoto",
                                  "Inoue",     "Kimura",   "Shimizu",   "Saitō",   "Ōno",      "Mori"};
constexpr Name kKoreanFemale[] = {"Seo-yeon", "Min-seo", "Ji-woo", "Ha-eun", "Soo-ah",   "Ye-jin",
                                  "Eun-ji",   "Hye-jin", "Da-eun", "Yu-na",  "Chae-won", "Bo-ram"};
constexpr Name kKoreanMale[] = {"Min-jun",  "Seo-jun", "Do-yoon",  "Ji-ho",     "Joon-woo", "Hyun-woo",
                                "Sung-min", "Jae-won", "Tae-yang", "Dong-hyun", "Yong-ho",  "Jin-woo"};
constexpr Name kKoreanLast[] = {"Kim",  "Lee", "Park", "Choi", "Jung", "Kang", "Cho",   "Yoon",
                                "Jang", "Lim", "Han",  "Shin", "Seo",  "Kwon", "Hwang", "Oh"};
constexpr Name kChineseFemale[] = {"Xinyi", "Yutong", "Mengyao", "Lihua",  "Jing",   "Fang",  "Xiuying",
                                   "Na",    "Ting",   "Yan",     "Meilin", "Xiaoyu", "Ruoxi", "Ziyi"};
constexpr Name kChineseMale[] = {"Haoran", "Yuxuan", "Zihao", "Wei",      "Jun",     "Lei",  "Qiang",
                                 "Tao",    "Peng",   "Bowen", "Xiaoming", "Jianguo", "Chen", "Yifan"};
constexpr Name kChineseLast[] = {"Wang", "Li",  "Zhang", "Liu", "Chen", "Yang", "Huang", "Zhao", "Wu", "Zhou",
                                 "Xu",   "Sun", "Ma",    "Zhu", "Hu",   "Guo",  "Lin",   "He",   "Lü", "Gao"};
constexpr Name kFilipinoFemale[] = {"Maria", "Angel",   "Althea", "Princess", "Jasmine", "Rosario",
                                    "Liza",  "Marites", "Andrea", "Niña",     "Corazon", "Joy"};
constexpr Name kFilipinoMale[] = {"Jose",    "Juan",  "Gabriel", "Nathaniel", "Angelo", "Rommel",
                                  "Jericho", "Paolo", "Ramon",   "Jayson",    "Renato", "Niño"};
constexpr Name kFilipinoLast[] = {"Santos", "Reyes",      "Cruz",  "Bautista",  "Ocampo",     "Garcia",       "Mendoza",  "Dela Cruz",
                                  "Aquino", "Villanueva", "Ramos", "Magsaysay", "Panganiban", "Dimaculangan", "Peñaflor", "Tolentino"};
constexpr Name kThaiFemale[] = {"Somying", "Kanya", "Malee", "Ploy", "Siriporn", "Nattaya", "Pimchanok", "Suda", "Wanida", "Araya"};
constexpr Name kThaiMale[] = {"Somchai", "Anan", "Kittisak", "Narong", "Prasert", "Thanawat", "Wichai", "Chaiwat", "Nattapong", "Surasak"};
constexpr Name kThaiLast[] = {"Saetang",   "Srisuk",  "Chaiyasit",  "Wongsakul", "Phromma", "Kaewmanee",
                              "Thongchai", "Boonmee", "Rattanakul", "Suwan",     "Sukjai",  "Intharat"};
constexpr Name kVietnameseFemale[] = {"Linh", "Thảo", "Hương", "Ngọc", "Trang", "Mai", "Lan", "Phương", "Quỳnh", "Yến", "Thùy", "Hà"};
constexpr Name kVietnameseMale[] = {"Minh", "Tuấn", "Hùng", "Dũng", "Đức", "Nam", "Quân", "Long", "Khoa", "Phúc", "Sơn", "Việt"};
constexpr Name kVietnameseLast[] = {"Nguyễn", "Trần", "Lê",  "Phạm", "Huỳnh", "Hoàng", "Phan",  "Vũ",
                                    "Võ",     "Đặng", "Bùi", "Đỗ",   "Hồ",    "Ngô",   "Dương", "Lý"};

constexpr NameGroup kGroups[] = {
    {kEnglishFemale, kEnglishMale, kEnglishLast, {}},
    {kGermanFemale, kGermanMale, kGermanLast, {}},
    {kFrenchFemale, kFrenchMale, kFrenchLast, {}},
    {kSpanishFemale, kSpanishMale, kSpanishLast, {}},
    {kPortugueseFemale, kPortugueseMale, kPortugueseLast, {}},
    {kItalianFemale, kItalianMale, kItalianLast, {}},
    {kDutchFemale, kDutchMale, kDutchLast, {}},
    {kNordicFemale, kNordicMale, kNordicLast, {}},
    {kFinnishFemale, kFinnishMale, kFinnishLast, {}},
    {kPolishFemale, kPolishMale, kPolishLast, {}},
    {kCzechFemale, kCzechMale, kCzechLast, kCzechLastFemale},
    {kHungarianFemale, kHungarianMale, kHungarianLast, {}},
    {kRomanianFemale, kRomanianMale, kRomanianLast, {}},
    {kUkrainianFemale, kUkrainianMale, kUkrainianLast, {}},
    {kGreekFemale, kGreekMale, kGreekLast, kGreekLastFemale},
    {kTurkishFemale, kTurkishMale, kTurkishLast, {}},
    {kArabicFemale, kArabicMale, kArabicLast, {}},
    {kWestAfricanFemale, kWestAfricanMale, kWestAfricanLast, {}},
    {kEastAfricanFemale, kEastAfricanMale, kEastAfricanLast, {}},
    {kSouthAfricanFemale, kSouthAfricanMale, kSouthAfricanLast, {}},
    {kIndianFemale, kIndianMale, kIndianLast, {}},
    {kIndonesianFemale, kIndonesianMale, kIndonesianLast, {}},
    {kMalayFemale, kMalayMale, kMalayLast, {}},
    {kJapaneseFemale, kJapaneseMale, kJapaneseLast, {}},
    {kKoreanFemale, kKoreanMale, kKoreanLast, {}},
    {kChineseFemale, kChineseMale, kChineseLast, {}},
    {kFilipinoFemale, kFilipinoMale, kFilipinoLast, {}},
    {kThaiFemale, kThaiMale, kThaiLast, {}},
    {kVietnameseFemale, kVietnameseMale, kVietnameseLast, {}},
};

// The countries of each group, with spaces between them, in the order of kGroups.
constexpr std::array<std::string_view, std::size(kGroups)> kCountriesOfGroup = {"US GB CA AU NZ IE",
                                                                                "DE AT CH",
                                                                                "FR",
                                                                                "ES MX AR CL CO EC PE",
                                                                                "PT BR",
                                                                                "IT",
                                                                                "NL BE",
                                                                                "DK NO SE",
                                                                                "FI",
                                                                                "PL",
                                                                                "CZ",
                                                                                "HU",
                                                                                "RO",
                                                                                "UA",
                                                                                "GR",
                                                                                "TR",
                                                                                "AE SA EG",
                                                                                "NG GH",
                                                                                "KE",
                                                                                "ZA",
                                                                                "IN",
                                                                                "ID",
                                                                                "MY",
                                                                                "JP",
                                                                                "KR",
                                                                                "CN SG",
                                                                                "PH",
                                                                                "TH",
                                                                                "VN"};

}  // namespace

std::span<const NameGroup> name_groups() { return kGroups; }

std::size_t name_group_of(std::string_view country) {
  const auto group = std::ranges::find_if(kCountriesOfGroup, [&](Name countries) { return countries.find(country) != Name::npos; });
  return group == kCountriesOfGroup.end() ? 0 : static_cast<std::size_t>(group - kCountriesOfGroup.begin());
}

}  // namespace playhead::simulate
