"""Functions stay under 70 lines and files under 500: what does not fit wants to be two things."""

import re
import unittest

import tree

FUNCTION_LINES_MAX = 69
FILE_LINES_MAX = 499
TEMPLATE = re.compile(r"\btemplate\s*<(?:[^<>]|<[^<>]*>)*>")
ACCESS = {"public", "protected", "private"}
SCOPE = re.compile(r"\b(namespace|class|struct|union|extern)\b")
INITIALISER_LIST = re.compile(r"\)\s*(?:noexcept\s*)?:[^:].*[\w>]\s*$", re.DOTALL)


def functions(text):
    """Yields (first line, lines) of every function at namespace or class scope; a lambda belongs to the function it stands in."""
    code = tree.blank_out(text)
    head_start = 0
    at = 0
    while at < len(code):
        if code[at] in ";}" or (code[at] == ":" and code[head_start:at].strip() in ACCESS):
            head_start = at + 1
        elif code[at] == "{":
            head = code[head_start:at]
            kind = kind_of(head)
            end = at + 1 if kind == "scope" else closing_brace(code, at) + 1
            if kind == "function":
                first = code.count("\n", 0, head_start + len(head) - len(head.lstrip())) + 1
                yield first, code.count("\n", 0, end) + 1 - first + 1
            at = end
            if kind != "initialiser":
                head_start = end
            continue
        at += 1


def kind_of(head):
    plain = TEMPLATE.sub("", head)
    if "(" not in plain and "=" not in plain:
        if re.search(r"\benum\b", plain):
            return "value"
        return "scope" if SCOPE.search(plain) else "initialiser"
    if "(" not in plain or re.search(r"=\s*$", plain):
        return "initialiser"
    return "initialiser" if INITIALISER_LIST.search(plain) else "function"


def closing_brace(code, at):
    depth = 0
    for index in range(at, len(code)):
        depth += {"{": 1, "}": -1}.get(code[index], 0)
        if depth == 0:
            return index
    return len(code) - 1


def long_functions(files):
    return [
        f"{path}:{first}: a function of {lines} lines; at most {FUNCTION_LINES_MAX}: move a part that has a name of its own out of it"
        for path, text in files.items() for first, lines in functions(text) if lines > FUNCTION_LINES_MAX
    ]


def long_files(files):
    return [
        f"{path}: {text.count(chr(10))} lines; at most {FILE_LINES_MAX}: split it by what it talks about"
        for path, text in files.items() if text.count("\n") > FILE_LINES_MAX
    ]


class Length(unittest.TestCase):
    SAMPLE = """
#define NOT_A_FUNCTION(x) { \\
  x }
namespace a::b {  // {
struct Plain { int number{3}; std::vector<int> list = {1, 2}; };
enum class Kind : int { kOne };
template <typename T>
class Box : public Base<T> {
 public:
  explicit Box(int x) noexcept : a_{x}, b_{"}"} {
    go('{', 1'000);
  }
  auto get() const -> int { return a_; }
};
void long_one(std::function<void()> f) {
  auto inner = [&] { return R"x(})x"; };
%s
}
}
"""

    def test_sees_functions_and_nothing_else(self):
        self.assertEqual(list(functions(self.SAMPLE % "  go();")), [(10, 3), (13, 1), (15, 4)])

    def test_refuses_what_is_too_long(self):
        self.assertEqual(len(long_functions({"a.cc": self.SAMPLE % ("  go();\n" * 66)})), 1)
        self.assertEqual(long_functions({"a.cc": self.SAMPLE % ("  go();\n" * 65)}), [])
        self.assertEqual(len(long_files({"a.cc": "x\n" * 500})), 1)
        self.assertEqual(long_files({"a.cc": "x\n" * 499}), [])

    def test_functions(self):
        files = tree.load(".h", ".cc", under=("src/", "tests/", "bench/", "fuzz/"))
        self.assertGreater(sum(1 for text in files.values() for _ in functions(text)), 20)
        self.assertEqual(long_functions(files), [])

    def test_files(self):
        self.assertEqual(long_files(tree.load(".h", ".cc", ".py", ".sh", ".cmake", "CMakeLists.txt", "Makefile")), [])


if __name__ == "__main__":
    unittest.main()
