"""Words that have a better one, and calls that belong to one room only. Each rule says what to write instead."""

import dataclasses
import re
import unittest

import tree

SOURCE = (".h", ".cc")
PROSE = (".h", ".cc", ".md", ".py", ".sh", ".cmake", ".txt", ".json", ".toml", ".yml", "Makefile", "CMakeLists.txt", ".ci/run")
VAGUE = "util|utils|utility|helper|helpers|common|manager|misc|stuff"
VAGUE_TYPE = "Util|Utils|Utility|Helper|Helpers|Common|Manager|Misc"


@dataclasses.dataclass(frozen=True)
class Rule:
    name: str
    pattern: str
    instead: str
    endings: tuple = SOURCE
    under: tuple = ("src/",)
    allowed: tuple = ()  # beginnings of paths
    code_only: bool = True  # comments and literals do not count
    flags: int = re.MULTILINE


RULES = (
    Rule("vague type", rf"\b(?:class|struct)\s+\w*(?:{VAGUE_TYPE})(?![a-z])\w*", "name the thing it is", under=("src/", "tests/", "bench/", "fuzz/")),
    Rule("unfinished", r"\b(?:TODO|FIXME|XXX|HACK)\b", "do it, or leave it out", PROSE, ("",), code_only=False),
    Rule("printing", r"\b(?:std::(?:cout|cerr|clog)|(?:std::)?(?:f?printf|f?puts|putchar|perror))\b(?!\s*=)", "return a value; cli prints", allowed=("src/cli/",)),
    Rule("using namespace in a header", r"\busing\s+namespace\b", "name what is used", (".h",), ("src/", "tests/", "bench/", "fuzz/")),
    Rule("the file system behind io's back", r"\bstd::filesystem\b|\bstd::[io]?fstream\b|(?<!\w)::open\s*\(|\bfopen\s*\(", "go through io::FileSystem", allowed=("src/io/",)),
    Rule("owning by hand", r"\bnew\s+(?!\()[\w:]|\bdelete(?:\s+|\s*\[\s*\]\s*)[\w*(]", "std::make_unique, or std::unique_ptr<T>(new T(...)) where the constructor is private"),
    Rule("reading a clock", r"\b(?:system|steady|high_resolution)_clock::now\b|\bclock_gettime\b|(?<![\w.>])time\s*\(\s*(?:NULL|nullptr|0)\s*\)", "take a Clock&", allowed=("src/base/clock.h", "src/cli/", "src/io/")),
    Rule("unseeded chance", r"\bstd::(?:random_device|mt19937(?:_64)?|default_random_engine)\b|(?<![\w.>])s?rand\s*\(", "take a Random (base/random.h)", allowed=("src/cli/", "src/io/")),
    Rule("ending the process", r"(?<![\w.>])(?:std::)?(?:exit|_exit|abort|quick_exit|terminate)\s*\(", "return an Error; cli chooses the exit code", allowed=("src/cli/",)),
    Rule("throwing", r"\bthrow\b", "return fail(...)", allowed=("src/cli/",)),
    Rule("a path of one machine", r"(?<![\w.])/(?:work|root|home/\w+|Users)/", "a path relative to the project, or a setting", PROSE, ("",), code_only=False),
    Rule("a registry's host", r"\b(?:pypi\.org|pythonhosted\.org|crates\.io|npmjs\.(?:org|com)|proxy\.golang\.org|repo1?\.maven\.org|deb\.debian\.org)\b", "tools/packages.txt names packages; their clients know where from", PROSE, ("",), code_only=False),
    Rule("workshop talk", r"\bseed 0\b|\bissues? #?\d+\b|\.\./shared\b.*\bhelper\b|\bshared/reference\b|\bacceptance\.md\b|\bhouse\.md\b", "what a reader of the project alone can look up", PROSE, ("",), code_only=False, flags=re.MULTILINE | re.IGNORECASE),
)
UNIQUE_FROM_PRIVATE = re.compile(r"\bunique_ptr<[^;]*>\s*\w*[({]\s*new\s")


def applies(rule, path):
    if path == "tests/house/words_test.py":  # the rules themselves
        return False
    return path.endswith(rule.endings) and path.startswith(rule.under) and not (rule.allowed and path.startswith(rule.allowed))


def bad_words(files):
    complaints = []
    for path, text in files.items():
        code = tree.blank_out(text) if path.endswith(SOURCE) else text
        for rule in RULES:
            if not applies(rule, path):
                continue
            looked_at = code if rule.code_only else text
            for match in re.finditer(rule.pattern, looked_at, rule.flags):
                if rule.name == "owning by hand" and (is_deleted_function(code, match) or is_owned_at_once(code, match)):
                    continue
                line = text.count("\n", 0, match.start()) + 1
                complaints.append(f"{path}:{line}: {match.group().strip()!r}: {rule.name}; instead: {rule.instead}")
    return complaints


def is_deleted_function(code, match):
    return match.group().startswith("delete") and code[:match.start()].rstrip().endswith("=")


def is_owned_at_once(code, match):
    statement = code.rfind(";", 0, match.start()) + 1
    return bool(UNIQUE_FROM_PRIVATE.search(code[statement:match.end()]))


def vague_names(paths):
    return [
        f"{path}: a name that says nothing; name it by what is in it"
        for path in paths if any(re.fullmatch(VAGUE, word, re.IGNORECASE) for part in path.split("/") for word in re.split(r"[._-]", part))
    ]


class Words(unittest.TestCase):
    BAD = {
        "vague type": ("src/log/a.h", "class TopicManager {"),
        "unfinished": ("docs/a.md", "TODO: say more"),
        "printing": ("src/log/a.cc", 'std::printf("x");'),
        "using namespace in a header": ("src/log/a.h", "using namespace std;"),
        "the file system behind io's back": ("src/log/a.cc", "std::filesystem::path p;"),
        "owning by hand": ("src/log/a.cc", "auto* a = new Topic(1);"),
        "reading a clock": ("src/log/a.cc", "auto now = std::chrono::system_clock::now();"),
        "unseeded chance": ("src/log/a.cc", "std::random_device chance;"),
        "ending the process": ("src/log/a.cc", "std::abort();"),
        "throwing": ("src/log/a.cc", "throw 1;"),
        "a path of one machine": ("docs/a.md", "see /root/playhead"),
        "a registry's host": ("tools/a.sh", "curl pypi.org"),
        "workshop talk": ("src/log/a.cc", "// as issue 3 asks"),
    }
    GOOD = """
// a comment may say new Topic, delete it, std::cout and printf(
Topic(const Topic&) = delete;
auto t = std::unique_ptr<Topic>(new Topic(1)); std::unique_ptr<Topic> u(new Topic(1));
std::snprintf(a, b, "std::cout new X throw");
new (place) Topic(1);
file->open(path); Status open(const std::string& path); Status Files::open(int) {}
struct Manage {}; struct Committed {};
"""

    def test_every_rule_refuses_its_sample(self):
        self.assertEqual(set(self.BAD), {rule.name for rule in RULES})
        for name, (path, text) in self.BAD.items():
            with self.subTest(name):
                complaints = bad_words({path: "int x;\n" + text + "\n"})
                self.assertEqual(len(complaints), 1, complaints)
                self.assertIn(f"{path}:2: ", complaints[0])
                self.assertIn(name, complaints[0])

    def test_good_code_passes(self):
        self.assertEqual(bad_words({"src/log/a.cc": self.GOOD}), [])

    def test_vague_names(self):
        self.assertEqual(len(vague_names(["src/base/string_util.h", "src/common/a.h", "src/log/topic.h", "src/log/commons.h"])), 2)

    def test_words(self):
        self.assertEqual(bad_words(tree.load(*PROSE)), [])

    def test_names(self):
        self.assertEqual(vague_names(tree.paths()), [])


if __name__ == "__main__":
    unittest.main()
